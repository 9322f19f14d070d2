/** Delivery's side of Temporal: starting lead workflows, signalling them, and asking how far they are. */
import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { BaseWorkflowOptions, SearchAttributePair } from '@temporalio/common';
import {
  ENGAGEMENT_SIGNAL,
  type EngagementBatch,
  LEAD_QUERY,
  LEAD_WORKFLOW_TYPE,
  type LeadInput,
  leadWorkflowId,
} from '../contracts/lead-workflow.js';
import { searchAttributeKeys } from './search-attributes.js';
import { type LeadSignals, SignalFault } from './signals-port.js';

const CALL_MS = 10_000;
const QUERY_MS = 5_000;
const GRPC = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
};
/** Statuses that tell of this one call, not of the server. */
const REFUSALS: ReadonlySet<number> = new Set([
  GRPC.invalidArgument,
  GRPC.alreadyExists,
  GRPC.failedPrecondition,
]);

/** `callMs` bounds every call that changes something; a courier's lease must be longer. */
export function createLeadSignals(client: Client, taskQueue: string, callMs = CALL_MS): LeadSignals {
  const { workflow } = client;
  const timed = async <T>(ms: number, call: () => Promise<T>): Promise<T> => {
    try {
      return await workflow.withDeadline(Date.now() + ms, call);
    } catch (error) {
      throw translated(error);
    }
  };
  const describedEpoch = async (leadId: string): Promise<number | null> => {
    const { memo, status } = await workflow.getHandle(leadWorkflowId(leadId)).describe();
    const epoch = memo?.epoch;
    return status.name === 'RUNNING' && typeof epoch === 'number' ? epoch : null;
  };
  return {
    begin: (input, batch) =>
      timed(callMs, async () => {
        try {
          await workflow.signalWithStart(LEAD_WORKFLOW_TYPE, {
            ...startOptions(input, taskQueue),
            args: [input],
            signal: ENGAGEMENT_SIGNAL,
            signalArgs: [batch],
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
          });
          return 'begun';
        } catch (error) {
          if (isAlreadyStarted(error)) return 'ended';
          throw error;
        }
      }),

    send: (leadId, batch) =>
      timed(callMs, async () => {
        try {
          await workflow
            .getHandle(leadWorkflowId(leadId))
            .signal<[EngagementBatch]>(ENGAGEMENT_SIGNAL, batch);
          return 'sent';
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return 'no_run';
          throw error;
        }
      }),

    startEpoch: (input) =>
      timed(callMs, async () => {
        try {
          await workflow.start(LEAD_WORKFLOW_TYPE, {
            ...startOptions(input, taskQueue),
            args: [input],
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            workflowIdConflictPolicy: 'FAIL',
          });
          return 'started';
        } catch (error) {
          if (!isAlreadyStarted(error)) throw error;
          return { running: await describedEpoch(input.leadId) };
        }
      }),

    progress: async (leadId) => {
      try {
        return await workflow.withDeadline(Date.now() + QUERY_MS, async () => {
          const handle = workflow.getHandle(leadWorkflowId(leadId));
          // A query of a closed run would be answered from its history.
          if ((await handle.describe()).status.name !== 'RUNNING') return 'no_run';
          const { seq, epoch } = await handle.query<{ seq: number; epoch: number }>(LEAD_QUERY);
          return { seq, epoch };
        });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'no_run';
        if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError)
          return 'unanswered';
        const code = grpcCode(error);
        // Without a worker the server answers so at once, or not at all.
        if (code === GRPC.failedPrecondition || code === GRPC.deadlineExceeded) return 'unanswered';
        throw translated(error);
      }
    },
  };
}

/** What every start of a lead's run has in common: the attributes it says are shown, and labels. Nothing of it is personal: ids, words of the definition, numbers. */
function startOptions(
  input: LeadInput,
  taskQueue: string,
): BaseWorkflowOptions & { workflowId: string; taskQueue: string } {
  const { stage, source } = input.shown ?? {};
  const typedSearchAttributes: SearchAttributePair[] = [];
  if (stage) typedSearchAttributes.push({ key: searchAttributeKeys.LeadStage, value: stage });
  if (source) typedSearchAttributes.push({ key: searchAttributeKeys.LeadSource, value: source });
  return {
    workflowId: leadWorkflowId(input.leadId),
    taskQueue,
    typedSearchAttributes,
    staticSummary: `Lead from ${input.source}${input.epoch > 1 ? `, run ${input.epoch}` : ''}`,
    // Continue-as-new keeps it, so an open run can always be asked which epoch it belongs to.
    memo: { epoch: input.epoch },
  };
}

function isAlreadyStarted(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError || grpcCode(error) === GRPC.alreadyExists;
}

function grpcCode(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : null;
}

/** What is not an answer of the server is a mistake of ours and stays what it is. */
function translated(error: unknown): unknown {
  const code = grpcCode(error);
  if (code === null) return error instanceof ServiceError ? new SignalFault('unavailable', error) : error;
  if (code === GRPC.resourceExhausted) return new SignalFault('exhausted', error);
  return new SignalFault(REFUSALS.has(code) ? 'refused' : 'unavailable', error);
}
