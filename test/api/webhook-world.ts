/** A gateway with connections that are made as an operator makes them, and platforms that send to them. */
import { randomBytes } from 'node:crypto';
import { SecretBox } from '../../src/store/secret-box.js';
import { openGateway, type TestGateway } from '../support/gateway.js';
import type { Signed, Vector } from './webhook-vectors.js';

export interface Sending {
  readonly id: string;
  readonly secret: string;
  readonly secretName: string;
}

export async function openWebhookWorld() {
  const clock = { nowMs: Date.now() };
  const secrets = new SecretBox([randomBytes(32).toString('hex')]);
  const gateway = await openGateway({ secrets, now: () => clock.nowMs });
  let made = 0;
  return {
    gateway,
    clock,
    secrets,
    /** Makes a connection of that kind. */
    connect: async (vector: Vector, more: Record<string, unknown> = {}): Promise<Sending> => {
      made += 1;
      const id = `${vector.kind}-${made}`;
      const secret = vector.secret();
      const json = {
        ...{ id, kind: vector.kind, settings: vector.settings ?? {} },
        secrets: { [secret.name]: secret.entered },
        ...more,
      };
      const answer = await gateway.call('POST', '/v1/connections', { json });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return { id, secret: secret.private, secretName: secret.name };
    },
    /** Sends to a connection, without any key of Baton. */
    send: (kind: string, id: string, { headers, body, query = '' }: Signed) =>
      gateway.call('POST', `/v1/webhooks/${kind}/${id}${query}`, { key: null, headers, body }),
    stored: (id: string) => storedOf(gateway, id),
    close: () => gateway.close(),
  };
}

export type WebhookWorld = Awaited<ReturnType<typeof openWebhookWorld>>;

async function storedOf(gateway: TestGateway, id: string) {
  return gateway.opened.db
    .selectFrom('events')
    .select(['type', 'body', 'event_id', 'occurred_at'])
    .where('connection_id', '=', `connection:${id}`)
    .orderBy('position')
    .execute();
}
