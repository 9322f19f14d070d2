/** Brings commands to lead workflows as updates, and says honestly when no verdict can be had now. */
import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  COMMAND_UPDATES,
  type CommandUpdateInput,
  type CommandUpdateName,
  type CommandUpdateResult,
  leadWorkflowId,
} from '../contracts/lead-workflow.js';
import type { LeadGateway } from '../contracts/ports.js';
import type { Verdict } from '../domain/decision.js';

const VERDICT_MS = 5_000;
const REACHABLE_MS = 2_000;
/** How often a run that the courier is about to start is looked for. */
const LOOK_AGAIN_MS = 150;
/** Longer than the courier needs to start a run; a lead without one that it does not start waits no longer than this. */
const RUN_EXPECTED_MS = 1_500;

/**
 * A gateway over a Temporal client. `execute` answers within `verdictMs`; the command is in the log already, so
 * whatever keeps a verdict from coming (server away, no worker, no run yet) makes it `pending`, never an error.
 */
export function createLeadGateway(client: Client, verdictMs = VERDICT_MS): LeadGateway {
  const { workflow, connection } = client;

  const ask = async (
    { leadId, commandId, kind }: Command,
    deadline: number,
  ): Promise<Verdict | 'pending'> => {
    const runExpectedBy = Math.min(deadline, Date.now() + RUN_EXPECTED_MS);
    for (;;) {
      const answer = await askOnce(leadId, commandId, COMMAND_UPDATES[kind], deadline);
      if (typeof answer === 'object') return answer;
      // A run that ends its turn lets callers go; the next run, or the one being started, can be asked soon.
      const askUntil = answer === 'no_run' ? runExpectedBy : answer === 'next_run' ? deadline : 0;
      if (Date.now() + LOOK_AGAIN_MS > askUntil) return 'pending';
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  };

  const askOnce = async (
    leadId: string,
    commandId: string,
    update: CommandUpdateName,
    deadline: number,
  ): Promise<Verdict | 'no_run' | 'next_run' | 'no_verdict'> => {
    try {
      const result = await workflow.withDeadline(deadline, () =>
        workflow
          .getHandle(leadWorkflowId(leadId))
          .executeUpdate<CommandUpdateResult, [CommandUpdateInput]>(update, {
            args: [{ commandId }],
            updateId: commandId,
          }),
      );
      return result === 'pending' ? 'next_run' : result;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'no_run';
      if (isNoVerdict(error)) return 'no_verdict';
      throw error;
    }
  };

  return {
    // Making a connection has a timeout of its own, longer than a caller should wait; hence a second clock.
    execute: (command) => within(verdictMs, ask(command, Date.now() + verdictMs), 'pending'),
    reachable: () =>
      within(
        REACHABLE_MS,
        connection
          .withDeadline(Date.now() + REACHABLE_MS, () => connection.workflowService.getSystemInfo({}))
          .then(
            () => true,
            () => false,
          ),
        false,
      ),
  };
}

type Command = Parameters<LeadGateway['execute']>[0];

/** The answer, or `otherwise` when it takes longer than `ms`. */
async function within<T, U>(ms: number, answer: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An update that failed inside the workflow ended with its run, or was not understood by an older one: no verdict yet. */
function isNoVerdict(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError ||
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof ServiceError ||
    isGrpcServiceError(error)
  );
}
