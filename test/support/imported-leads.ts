/** Leads with a history, as the sample definition judges them: events for `POST /v1/events` with `"backfill": true`. */
export interface ImportedEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly lead: { readonly email: string };
  readonly source: { readonly name: string };
  readonly properties: Record<string, unknown>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

const event = (
  email: string,
  n: number,
  type: string,
  agoMs: number,
  properties: Record<string, unknown> = {},
  source = 'webinar',
): ImportedEvent => ({
  id: `${email}-${n}`,
  type,
  occurredAt: ago(agoMs),
  lead: { email },
  source: { name: source },
  properties,
});

/** 45 points, 5 above the threshold of its source. */
export const ripe = (email: string): ImportedEvent[] => [
  event(email, 1, 'lead.created', 3 * DAY_MS, { traits: { country: 'US' } }),
  event(email, 2, 'webinar.attended', 2 * HOUR_MS),
  event(email, 3, 'content.downloaded', HOUR_MS, { resource: 'pricing-guide' }),
];

/** The score stands, and the fit (a free mail address) holds it back. */
export const misfit = (name: string): ImportedEvent[] =>
  ripe(`${name}@gmail.com`).map((one) => ({
    ...one,
    properties: one.type === 'lead.created' ? {} : one.properties,
  }));

/** One page, far below any threshold. */
export const cold = (email: string): ImportedEvent[] => [
  event(email, 1, 'lead.created', 3 * DAY_MS, {}, 'cold-download'),
  event(email, 2, 'page.viewed', DAY_MS, { url: 'https://acme.test/product/tour' }, 'cold-download'),
];

/** A low score, and everything that the fallback asks for, long since. */
export const patient = (email: string): ImportedEvent[] => [
  event(email, 1, 'lead.created', 100 * DAY_MS),
  ...[1, 2, 3, 4].map((mail) =>
    event(email, 1 + mail, 'email.opened', (90 - mail) * DAY_MS, { emailId: `nurture-${mail}` }),
  ),
  ...[1, 2].map((mail) =>
    event(email, 5 + mail, 'email.clicked', (80 - mail) * DAY_MS, {
      emailId: `nurture-${mail}`,
      url: `https://acme.test/blog/${mail}`,
    }),
  ),
];

/** An act that would hand off at once, had it not been imported; with few points. */
export const demoLongAgo = (email: string): ImportedEvent[] => [
  event(email, 1, 'lead.created', 30 * DAY_MS),
  event(email, 2, 'demo.requested', 20 * DAY_MS),
];
