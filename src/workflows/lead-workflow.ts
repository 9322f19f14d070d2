/**
 * One lead, for as long as it lives. Handlers only validate and enqueue; the loop decides, synchronously, with the
 * pure core; the pump does effects beside it; their answers come back as events.
 */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  COMMAND_UPDATES,
  type CommandUpdateInput,
  type CommandUpdateResult,
  ENGAGEMENT_SIGNAL,
  type EngagementBatch,
  LEAD_QUERY,
  type LeadInput,
  type LeadOutcome,
  type LeadQueryResult,
} from '../contracts/lead-workflow.js';
import { attempts } from './activity-proxies.js';
import { LeadRun } from './lead-run.js';

const engagementSignal = defineSignal<[EngagementBatch]>(ENGAGEMENT_SIGNAL);
const leadQuery = defineQuery<LeadQueryResult>(LEAD_QUERY);

/** Far below the limits of a run, so that a lead that is a robot never makes a replay long. */
const HISTORY_EVENTS_MAX = 800;
const MESSAGES_MAX = 1_000;
const COMMAND_ID_MAX = 64;

export async function leadWorkflow(input: LeadInput): Promise<LeadOutcome> {
  const run = new LeadRun(input);
  registerHandlers(run);
  // The first batch may come with the input alone (reopening) or as a signal that is already buffered.
  await condition(() => run.hasStarted());
  for (;;) {
    run.drain();
    const leaving = shouldContinueAsNew(run, input);
    run.startAttempts({ recordOnly: leaving });
    run.show();
    if (leaving && run.isQuiet() && allHandlersFinished()) await continueLead(run, input);
    if (run.isAtRest() && allHandlersFinished() && (await close(run))) return run.outcome();
    run.armTimer();
    await condition(
      () => run.hasWork() || (leaving && run.isQuiet() && allHandlersFinished()) || restReached(run),
    );
  }
}

function restReached(run: LeadRun): boolean {
  return run.isAtRest() && allHandlersFinished();
}

/**
 * Every handler is registered at once and for good: a signal that finds no handler is buffered, an update that finds
 * none is refused, and one that is taken away before continue-as-new loses what arrives meanwhile.
 */
function registerHandlers(run: LeadRun): void {
  setHandler(engagementSignal, (batch) => run.receive(batch), {
    description: "One lead's next events, in order, reduced to facts",
  });
  for (const name of Object.values(COMMAND_UPDATES)) {
    setHandler(
      defineUpdate<CommandUpdateResult, [CommandUpdateInput]>(name),
      async ({ commandId }) => {
        run.messages++;
        await condition(() => run.durableVerdict(commandId) !== undefined || run.leaving);
        return run.durableVerdict(commandId) ?? 'pending';
      },
      { validator: checkCommandInput, description: 'Waits for the verdict on a command of the log' },
    );
  }
  setHandler(leadQuery, () => run.query(), { description: 'The live state, for people who debug' });
}

/** Shape only: events still in the inbox may change the verdict itself. Synchronous, or nothing would be refused. */
function checkCommandInput(input: CommandUpdateInput): undefined {
  const id: unknown = input?.commandId;
  if (typeof id !== 'string' || id.length === 0 || id.length > COMMAND_ID_MAX) {
    throw ApplicationFailure.nonRetryable('commandId: expected the id of a command', 'InvalidCommand');
  }
  return undefined;
}

function shouldContinueAsNew(run: LeadRun, input: LeadInput): boolean {
  const info = workflowInfo();
  const eventsMax = input.eventsMax ?? HISTORY_EVENTS_MAX;
  run.leaving =
    info.historyLength >= eventsMax || info.continueAsNewSuggested || run.messages >= MESSAGES_MAX;
  return run.leaving;
}

async function continueLead(run: LeadRun, input: LeadInput): Promise<never> {
  return makeContinueAsNewFunc<typeof leadWorkflow>({ workflowType: workflowInfo().workflowType })({
    ...input,
    ...run.carry(),
  });
}

/** Ends this epoch in Postgres first; answers whether the run may end, or whether events are on their way. */
async function close(run: LeadRun): Promise<boolean> {
  const { more } = await attempts
    .closeLead({ leadId: run.leadId, epoch: run.epoch, lastSeq: run.state.seq, state: run.state })
    .catch(() => ({ more: true }));
  if (more) await condition(() => run.hasWork(), '15 seconds');
  return !more && !run.hasWork();
}
