/** The activities a worker registers. */
import type { LeadActivities } from '../contracts/lead-workflow.js';
import { barrier } from './barrier.js';
import { closeLead } from './close-lead.js';
import { computeDeadlines } from './compute-deadlines.js';
import type { ActivityDeps } from './deps.js';
import { performEffect } from './perform-effect.js';
import { prepareHandoff } from './prepare-handoff.js';
import { recordJournal } from './record-journal.js';
import { refold } from './refold.js';
import { requestResend } from './request-resend.js';

/**
 * Everything that happens outside the workflow sandbox for a lead. Register it with `closedFailures` as the worker's
 * activity interceptor: what these functions throw may quote other systems.
 */
export function createActivities(deps: ActivityDeps): LeadActivities {
  return {
    performEffect: (input) => performEffect(deps, input),
    prepareHandoff: (input) => prepareHandoff(deps, input),
    computeDeadlines: (input) => computeDeadlines(deps, input),
    barrier: (input) => barrier(deps, input),
    refold: (input) => refold(deps, input),
    recordJournal: (input) => recordJournal(deps, input),
    closeLead: (input) => closeLead(deps, input),
    requestResend: (input) => requestResend(deps, input),
  };
}
