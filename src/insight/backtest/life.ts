/** One lead's recorded life: from the texts that the store reads to what is walked, and what became of the lead. */
import { knownTraits } from '../../definition/facts.js';
import { type Subject, subjectOf } from '../../definition/subject.js';
import type { WalkedLead } from '../../definition/walk.js';
import type { OutcomeKind } from '../../domain/definition.js';
import type { LifeEvent, LifeHandoff, LifeHead, LifeText } from '../../store/read/lives.js';
import type { EventBody } from '../../store/schema.js';
import type { LaterOutcome } from './result.js';

export interface RecordedLife {
  readonly lead: WalkedLead;
  readonly became: LeadRecord;
}

/** What is on record of a lead's later life. */
export interface LeadRecord {
  /** In the order of their numbers. */
  readonly handoffs: readonly LifeHandoff[];
  /** When it became a customer, by the log; the last time. */
  readonly customerAtMs: number | null;
  /** It ended as a customer, whoever said so. */
  readonly converted: boolean;
}

/** Throws Error naming the lead when its numbers have a gap: such a log cannot be walked. */
export function readLife(text: LifeText): RecordedLife {
  const head = JSON.parse(text.head) as LifeHead;
  const subjects: Subject[] = [];
  let customerAtMs: number | null = null;
  for (const part of text.events) {
    const events = (JSON.parse(part) as LifeEvent[]).sort((one, other) => one[0] - other[0]);
    for (const [seq, type, occurredAtMs, acceptedAtMs, flags, label, body] of events) {
      if (seq !== subjects.length + 1)
        throw new Error(
          `The log of lead ${head.leadId} has no event ${subjects.length + 1}; it cannot be replayed.`,
        );
      if (type === 'customer.created') customerAtMs = acceptedAtMs;
      subjects.push(
        subjectOf({
          seq,
          type,
          occurredAtMs,
          acceptedAtMs,
          backfill: (flags & 1) !== 0,
          anonymous: (flags & 2) !== 0,
          label,
          body: body as EventBody,
        }),
      );
    }
  }
  const { leadId, source, owner, traits, handoffs, stage } = head;
  return {
    lead: {
      id: leadId,
      source,
      subjects,
      traits: knownTraits(traits),
      owner,
      given: new Map(handoffs.map(({ number, rep }) => [number, rep])),
    },
    became: { handoffs, customerAtMs, converted: stage === 'converted' },
  };
}

/**
 * What became of a handoff: how the recorded handoff of the same number ended, since that is this lead's same passage
 * to sales, if at another time. Where none is on record, what became of the lead from `atMs` on.
 */
export function laterOutcome(record: LeadRecord, number: number, atMs: number): LaterOutcome {
  const recorded = record.handoffs.find((handoff) => handoff.number === number);
  if (recorded) return (recorded.outcome as OutcomeKind | null) ?? 'open';
  const { customerAtMs, converted } = record;
  return converted || (customerAtMs !== null && customerAtMs >= atMs) ? 'customer' : 'none';
}
