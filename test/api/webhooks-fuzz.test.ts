import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KIM, VECTORS, type Vector } from './webhook-vectors.js';
import { openWebhookWorld, type Sending, type WebhookWorld } from './webhook-world.js';

let world: WebhookWorld;
const made = new Map<string, Sending>();
beforeAll(async () => {
  world = await openWebhookWorld();
  for (const vector of VECTORS) made.set(vector.kind, await world.connect(vector));
});
afterAll(() => world.close());

const madeFor = ({ kind }: Vector): Sending => {
  const sending = made.get(kind);
  if (!sending) throw new Error(`${kind} has no connection`);
  return sending;
};

const NAMES = [
  ...['X-Twilio-Email-Event-Webhook-Signature', 'X-Twilio-Email-Event-Webhook-Timestamp', 'authorization'],
  ...['x-postmark-secret', 'X-Mandrill-Signature', 'X-CIO-Timestamp', 'X-CIO-Signature', 'webhook-id'],
  ...[
    'webhook-timestamp',
    'webhook-signature',
    'svix-id',
    'svix-timestamp',
    'svix-signature',
    'content-type',
  ],
];
const headerText = fc.oneof(
  fc.string().map((text) => text.replace(/[^\x20-\x7e]/g, '')),
  fc.constantFrom(
    'v1,',
    'Basic ',
    'Basic cG06',
    'v1,AAAA',
    '1',
    '-1',
    '9'.repeat(30),
    'NaN',
    'application/json',
  ),
  fc.nat().map(() => String(Math.floor(Date.now() / 1_000))),
);
const headers = fc.dictionary(fc.constantFrom(...NAMES), headerText);
const words = [
  ...['email', 'event', 'timestamp', 'sg_event_id', 'url', 'RecordType', 'Recipient', 'signature', 'token'],
  ...[
    'event-data',
    'id',
    'recipient',
    'type',
    'data',
    'to',
    'lead',
    'metric',
    'object_type',
    'sg_message_id',
  ],
  ...[
    'open',
    'click',
    'bounce',
    'Bounce',
    'opened',
    'failed',
    'email.clicked',
    KIM,
    'tags',
    'client-info',
    'msg',
  ],
  ...[
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    'ReceivedAt',
    'reason',
    'dropped',
    'email.bounced',
    'user-variables',
  ],
];
const word = fc.constantFrom(...words);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.jsonValue(),
    fc.double(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 8 }),
  ),
})).value;
const body = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '[[[[',
    `${'['.repeat(100_000)}`,
    '{"signature":{}}',
    'type=unsubscribe',
  ),
  value.map((one) => JSON.stringify(one) ?? ''),
);

describe.each(VECTORS)('whatever is sent to $kind', (vector) => {
  it('is never a fault of Baton, and unverified it is never stored', async () => {
    const { id } = madeFor(vector);
    const { before } = await countOf();
    await fc.assert(
      fc.asyncProperty(headers, body, fc.string(), async (some, text, query) => {
        const signed = {
          headers: some,
          body: text,
          query: `?secret=${encodeURIComponent(query.replace(/\p{Cs}/gu, ''))}`,
        };
        const answer = await world.send(vector.kind, id, signed);
        expect(answer.status).toBe(401);
      }),
      { numRuns: 150 },
    );
    expect((await countOf()).before).toBe(before);
  });

  it('and verified, is stored, ignored, or refused as unreadable', async () => {
    const { id, secret } = madeFor(vector);
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const answer = await world.send(vector.kind, id, vector.sign(text, secret, world.clock.nowMs));
        expect([200, 400, 401]).toContain(answer.status);
      }),
      { numRuns: 150 },
    );
  });
});

async function countOf() {
  const { before } = await world.gateway.opened.db
    .selectFrom('events')
    .select(({ fn }) => fn.countAll<number>().as('before'))
    .executeTakeFirstOrThrow();
  return { before: Number(before) };
}
