/** Brings commands to lead workflows as updates, and says honestly when no verdict can be had now. */
import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { COMMAND_UPDATES, type CommandUpdateInput, leadWorkflowId } from '../contracts/lead-workflow.js';
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
  return {
    async execute({ leadId, commandId, kind }) {
      const deadline = Date.now() + verdictMs;
      const ask = () =>
        workflow
          .getHandle(leadWorkflowId(leadId))
          .executeUpdate<Verdict, [CommandUpdateInput]>(COMMAND_UPDATES[kind], {
            args: [{ commandId }],
            updateId: commandId,
          });
      const runExpectedBy = Math.min(deadline, Date.now() + RUN_EXPECTED_MS);
      for (;;) {
        try {
          return await workflow.withDeadline(deadline, ask);
        } catch (error) {
          if (!isNoVerdict(error)) throw error;
          if (!isNoRun(error) || Date.now() + LOOK_AGAIN_MS > runExpectedBy) return 'pending';
          await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        }
      }
    },

    async reachable() {
      try {
        await connection.withDeadline(Date.now() + REACHABLE_MS, () =>
          connection.workflowService.getSystemInfo({}),
        );
        return true;
      } catch {
        return false;
      }
    },
  };
}

function isNoRun(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}

/** An update that failed inside the workflow ended with its run, or was not understood by an older one: no verdict yet. */
function isNoVerdict(error: unknown): boolean {
  return (
    isNoRun(error) ||
    error instanceof WorkflowUpdateFailedError ||
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof ServiceError ||
    isGrpcServiceError(error)
  );
}
