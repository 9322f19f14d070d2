/** The end of a lead's workflow from outside: for erasure and for the sample story's removal. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { leadWorkflowId } from '../contracts/lead-workflow.js';

/**
 * Terminates the open run, if there is one, and deletes every run of this lead, histories included. The lead must be
 * tombstoned before, so that nothing starts a new run meanwhile. Safe to repeat.
 */
export async function endLeadRuns(client: Client, leadId: string): Promise<void> {
  const workflowId = leadWorkflowId(leadId);
  await client.workflow.getHandle(workflowId).terminate('lead removed').catch(ignoreMissing);
  const namespace = client.options.namespace;
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    await client.workflowService
      .deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId: run.runId } })
      .catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  const gone =
    error instanceof WorkflowNotFoundError || (error instanceof Error && 'code' in error && error.code === 5);
  if (!gone) throw error;
}
