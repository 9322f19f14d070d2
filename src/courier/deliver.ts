/** Brings one lead's undelivered events to its workflow, by the send rules of delivery. No transaction is open meanwhile. */
import type { EngagementBatch, LeadInput } from '../contracts/lead-workflow.js';
import { observeLog } from '../definition/facts.js';
import type { PublishedDefinition } from '../definition/versions.js';
import { type CorePolicy, corePolicy } from '../domain/definition.js';
import type { LogFact } from '../domain/lead-event.js';
import type { Db } from '../store/database.js';
import {
  type Acknowledgement,
  acknowledge,
  beginEpoch,
  type Delivery,
  release,
  retake,
  startingPoint,
} from '../store/stream-delivery.js';
import type { ReadLimits } from '../store/stream-log.js';
import type { LeadSignals } from '../temporal/signals-port.js';
import { project } from './projector.js';
import { judgeWake } from './wake.js';

/** Where the courier learns the definition that batches are observed under. */
export interface CurrentDefinition {
  current(): Promise<PublishedDefinition>;
}

export interface DeliveryDeps {
  readonly db: Db;
  readonly book: CurrentDefinition;
  readonly signals: LeadSignals;
  readonly limits: ReadLimits;
  /** Bytes of facts in one signal; a first fact always goes, however large. */
  readonly batchBytesMax: number;
  readonly now: () => number;
  readonly random: () => number;
  /** A projection that cannot be made is told here and holds up no delivery. */
  readonly projectionFailed: (leadId: string, error: unknown) => void;
}

export type DeliveryKind =
  | 'started'
  | 'signalled'
  | 'reopened'
  | 'logged'
  | 'waiting'
  | 'nothing'
  | 'lost_lease';

export interface Delivered {
  readonly kind: DeliveryKind;
  readonly events: number;
  /** More events wait for this lead already. */
  readonly more: boolean;
}

/** Between two looks at a run that is just ending. */
const ENDING_RUN_MS = 250;
/** A delivery meets at most: a run that is gone, a new epoch, a start. More turns mean that others interfere: later again. */
const TURNS_MAX = 5;

/** What a delivery's rows mean under the current definition. */
interface Parcel {
  readonly published: PublishedDefinition;
  readonly policy: CorePolicy;
  readonly facts: readonly LogFact[];
  readonly batch: EngagementBatch;
}
/** `again`: the stream changed under us (or was changed by us), so look at it anew. */
type Turn = Delivered | 'again';

/**
 * Delivers and acknowledges what a lease holds. Throws what kept it from that (`SignalFault`, database errors), with
 * the lease still held: the caller releases it.
 */
export async function deliver(deps: DeliveryDeps, taken: Delivery): Promise<Delivered> {
  let delivery: Delivery | null = taken;
  for (let turn = 0; turn < TURNS_MAX && delivery; turn += 1) {
    const done = await deliverOnce(deps, delivery);
    if (done !== 'again') return done;
    delivery = await retake(deps.db, taken, deps.limits);
  }
  if (!delivery) return { kind: 'lost_lease', events: 0, more: false };
  return postpone(deps, delivery, ENDING_RUN_MS);
}

async function deliverOnce(deps: DeliveryDeps, delivery: Delivery): Promise<Turn> {
  const later = delivery.epoch > 1;
  // A later epoch was begun because a run is needed, so it is started even when nothing waits for it.
  if (delivery.rows.length === 0 && !(delivery.status === 'new' && later)) {
    return settle(deps, delivery, null, 'nothing', { throughSeq: delivery.sentSeq });
  }
  const parcel = await pack(deps, delivery);
  switch (delivery.status) {
    case 'new':
      return later ? startLater(deps, delivery, parcel) : startFirst(deps, delivery, parcel);
    case 'open':
      return signal(deps, delivery, parcel);
    case 'closed':
      return wakeOrLog(deps, delivery, parcel);
    default:
      // Merged or erased since it was taken.
      return settle(deps, delivery, null, 'nothing', { throughSeq: delivery.sentSeq });
  }
}

async function startFirst(deps: DeliveryDeps, delivery: Delivery, parcel: Parcel): Promise<Turn> {
  const begun = await deps.signals.begin(inputOf(delivery, parcel), parcel.batch);
  if (begun === 'begun')
    return settle(deps, delivery, parcel, 'started', { ...throughBatch(parcel), started: true });
  // A run there was, and nobody closed the stream: it was ended by somebody else, or the database is older than it.
  return rehydrate(deps, delivery);
}

async function startLater(deps: DeliveryDeps, delivery: Delivery, parcel: Parcel): Promise<Turn> {
  const { snapshot } = await startingPoint(deps.db, delivery.leadId);
  const input = inputOf(delivery, parcel);
  const started = await deps.signals.startEpoch({
    ...input,
    ...(snapshot && { state: snapshot, shown: { ...input.shown, stage: snapshot.stage.name } }),
    carried: { batches: parcel.facts.length > 0 ? [parcel.batch] : [], unrecorded: [] },
  });
  if (started === 'started') {
    return settle(deps, delivery, parcel, 'reopened', {
      throughSeq: parcel.facts.at(-1)?.seq ?? delivery.sentSeq,
      started: true,
    });
  }
  // An earlier attempt of ours got through unheard. What it carried is unknown, so everything is signalled again.
  if (started.running === delivery.epoch) {
    return settle(deps, delivery, null, 'nothing', { throughSeq: delivery.sentSeq, started: true });
  }
  return postpone(deps, delivery, ENDING_RUN_MS * (1 + deps.random()));
}

async function signal(deps: DeliveryDeps, delivery: Delivery, parcel: Parcel): Promise<Turn> {
  if ((await deps.signals.send(delivery.leadId, parcel.batch)) === 'sent') {
    return settle(deps, delivery, parcel, 'signalled', throughBatch(parcel));
  }
  const now = await retake(deps.db, delivery, deps.limits);
  // Closed by the run itself, which reports that before it ends; if it reported nothing, Temporal lost it.
  return now?.status === 'open' && now.epoch === delivery.epoch ? rehydrate(deps, delivery) : 'again';
}

async function wakeOrLog(deps: DeliveryDeps, delivery: Delivery, parcel: Parcel): Promise<Turn> {
  const { snapshot, recorded } = await startingPoint(deps.db, delivery.leadId);
  const state = snapshot ?? recorded;
  if (!state) return rehydrate(deps, delivery);
  const facts = parcel.facts.filter((fact) => fact.seq > state.seq);
  const judgement = judgeWake(state, facts, parcel.policy, deps.now());
  switch (judgement.kind) {
    case 'log_only':
      return settle(deps, delivery, parcel, 'logged', { ...throughBatch(parcel), applied: true });
    case 'wait':
      return postpone(deps, delivery, Math.max(judgement.untilMs - deps.now(), 1));
    case 'wake':
      await beginEpoch(deps.db, delivery, state);
      return 'again';
  }
}

/** Begins the next epoch from the newest state that the lost run recorded, or from nothing. */
async function rehydrate(deps: DeliveryDeps, delivery: Delivery): Promise<'again'> {
  const { recorded } = await startingPoint(deps.db, delivery.leadId);
  await beginEpoch(deps.db, delivery, recorded);
  return 'again';
}

async function pack(deps: DeliveryDeps, delivery: Delivery): Promise<Parcel> {
  const published = await deps.book.current();
  const policy = corePolicy(published.policyFor(delivery.source), published.ref);
  const observed = await observeLog(
    deps.db,
    delivery.leadId,
    delivery.rows,
    published,
    delivery.source,
    'each',
  );
  const facts = withinBytes(observed, deps.batchBytesMax);
  const batch = {
    v: 1,
    epoch: delivery.epoch,
    definition: published.ref,
    source: policy.source,
    facts,
  } as const;
  return { published, policy, facts, batch };
}

/** As many of the first facts as fit, at least one. */
function withinBytes(facts: readonly LogFact[], bytesMax: number): readonly LogFact[] {
  let bytes = 0;
  const end = facts.findIndex((fact) => {
    bytes += JSON.stringify(fact).length;
    return bytes > bytesMax;
  });
  return end === -1 ? facts : facts.slice(0, Math.max(end, 1));
}

function inputOf(delivery: Delivery, { policy }: Parcel): LeadInput {
  const { source } = policy;
  // The attributes that a start sets, so that the run need not set them again.
  const shown = { stage: 'nurturing', source };
  return { v: 1, leadId: delivery.leadId, epoch: delivery.epoch, source, policy, shown };
}

function throughBatch({ facts }: Parcel): { throughSeq: number } {
  return { throughSeq: facts.at(-1)?.seq ?? 0 };
}

/** Takes the delivered facts into the projection, then ends the lease. */
async function settle(
  deps: DeliveryDeps,
  delivery: Delivery,
  parcel: Parcel | null,
  kind: DeliveryKind,
  acknowledgement: Acknowledgement,
): Promise<Delivered> {
  if (parcel && parcel.facts.length > 0) {
    try {
      await project(deps.db, delivery.leadId, { ...parcel, source: delivery.source }, deps.now());
    } catch (error) {
      deps.projectionFailed(delivery.leadId, error);
    }
  }
  const { owned, more } = await acknowledge(deps.db, delivery, acknowledgement);
  return { kind: owned ? kind : 'lost_lease', events: parcel?.facts.length ?? 0, more };
}

async function postpone(deps: DeliveryDeps, delivery: Delivery, delayMs: number): Promise<Delivered> {
  // What waits with a click that settles must not hold back an urgent event that comes meanwhile.
  await release(deps.db, delivery, { delayMs, dropUrgent: true });
  return { kind: 'waiting', events: 0, more: false };
}
