/** A lead workflow reduced to what delivery sees of it: it applies facts in order, and ends when told to. */
import {
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import {
  COMMAND_UPDATES,
  ENGAGEMENT_SIGNAL,
  type EngagementBatch,
  LEAD_QUERY,
  type LeadInput,
} from '../../src/contracts/lead-workflow.js';
import type { Verdict } from '../../src/domain/decision.js';
import type { LeadState } from '../../src/domain/state.js';

const activities = proxyActivities<{
  closeLead(input: {
    leadId: string;
    epoch: number;
    lastSeq: number;
    state: LeadState;
  }): Promise<{ more: boolean }>;
  requestResend(input: { leadId: string; fromSeq: number }): Promise<void>;
}>({ startToCloseTimeout: '10s' });

export interface Recording {
  seq: number;
  epoch: number;
  batches: number[][];
  startedFrom: number;
}

export async function leadWorkflow(input: LeadInput): Promise<Recording> {
  const startedFrom = input.state?.seq ?? 0;
  const recording: Recording = { seq: startedFrom, epoch: input.epoch, batches: [], startedFrom };
  const commands = new Set<string>();
  let ending = false;
  let gapAt = 0;
  const apply = (batch: EngagementBatch) => {
    recording.batches.push(batch.facts.map(({ seq }) => seq));
    for (const fact of batch.facts) {
      if (fact.seq > recording.seq + 1) gapAt = recording.seq + 1;
      if (fact.seq !== recording.seq + 1) continue;
      recording.seq = fact.seq;
      if (fact.kind === 'command') commands.add(fact.commandId);
      if (fact.kind === 'engagement' && fact.type === 'customer.created') ending = true;
    }
  };
  for (const batch of input.carried?.batches ?? []) apply(batch);
  setHandler(defineQuery<Recording>(LEAD_QUERY), () => recording);
  setHandler(defineSignal<[EngagementBatch]>(ENGAGEMENT_SIGNAL), apply);
  setHandler(
    defineUpdate<Verdict, [{ commandId: string }]>(COMMAND_UPDATES.activity),
    async ({ commandId }) => {
      await condition(() => commands.has(commandId));
      return { commandId, ok: true };
    },
  );
  for (;;) {
    await condition(() => ending || gapAt > 0);
    if (gapAt > 0) {
      const fromSeq = gapAt;
      gapAt = 0;
      await activities.requestResend({ leadId: input.leadId, fromSeq });
      continue;
    }
    const lastSeq = recording.seq;
    // The state of this stand-in is what the test's snapshot needs: its number and its stage.
    const state = { seq: lastSeq, stage: { name: 'dormant', since: 0 } } as unknown as LeadState;
    const { more } = await activities.closeLead({ leadId: input.leadId, epoch: input.epoch, lastSeq, state });
    await condition(allHandlersFinished);
    if (!more && recording.seq === lastSeq) return recording;
    await condition(() => recording.seq > lastSeq);
  }
}
