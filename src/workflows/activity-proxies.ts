/** How the sandbox calls out. Timeouts and retries are here and nowhere else, with the reason for each. */
import { proxyActivities } from '@temporalio/workflow';
import type { LeadActivities } from '../contracts/lead-workflow.js';

/**
 * One attempt at an effect or a question. The bounds are short because what must be tried for longer is retried from
 * state, where people can see it; a request's own timeout inside the activity is shorter still.
 */
export const attempts = proxyActivities<
  Pick<
    LeadActivities,
    'performEffect' | 'prepareHandoff' | 'computeDeadlines' | 'barrier' | 'closeLead' | 'requestResend'
  >
>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '60 seconds',
  retry: { initialInterval: '500 milliseconds', maximumAttempts: 3 },
});

/** Folding a long log anew may page through many events; the lead decides nothing until it is done. */
export const folding = proxyActivities<Pick<LeadActivities, 'refold'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '20 seconds' },
});

/**
 * The journal is retried without end by the server, which costs no history: while Postgres is away no event
 * can arrive either, and a decision that is not recorded must never be forgotten.
 */
export const recording = proxyActivities<Pick<LeadActivities, 'recordJournal'>>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});
