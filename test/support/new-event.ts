/** Checked events for tests of the log, as the edge would hand them over. */
import type { NewEvent } from '../../src/store/event-log.js';

let counter = 0;

/** An event of `connection`; everything but the lead has a default. */
export function newEvent(
  lead: { email?: string; userId?: string; anonymousId?: string },
  fields: Partial<NewEvent> & {
    properties?: Record<string, unknown>;
    source?: NewEvent['body']['source'];
  } = {},
): NewEvent {
  counter += 1;
  const { properties = {}, source, ...rest } = fields;
  return {
    connectionId: 'connection',
    eventId: `event-${counter}`,
    bodyHash: `hash-${counter}`,
    type: 'page.viewed',
    occurredAt: new Date('2026-03-02T10:00:00Z'),
    backfill: false,
    urgent: false,
    importId: null,
    body: { lead, properties, ...(source && { source }) },
    patch: null,
    about: null,
    command: null,
    ...rest,
  };
}
