import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerConnections } from '../../src/cli/commands/connections.js';
import { fakeGateway, recordingIo } from './fake-gateway.js';

const connection = {
  ...{ id: 'mg', kind: 'mailgun', title: 'Mailgun', active: true, lastReceivedAt: null },
  webhookUrl: 'https://baton.example.com/v1/webhooks/mailgun/mg',
  secrets: { signingKey: { set: true, formerHoldsUntil: '2026-11-24T00:00:00.000Z' } },
};
const checks = [
  { state: 'works', text: 'The secret signingKey is set and well-formed.' },
  { state: 'missing', text: 'It is switched off.' },
];

let gateway: Awaited<ReturnType<typeof fakeGateway>>;
let terminal: ReturnType<typeof recordingIo>;
beforeEach(async () => {
  gateway = await fakeGateway(({ method, path }) => {
    if (method === 'DELETE') return { status: 204 };
    if (path.endsWith('/test')) return { body: { works: false, checks } };
    return { body: method === 'GET' ? { items: [connection], nextCursor: null } : connection };
  });
  terminal = recordingIo({ BATON_URL: gateway.url, BATON_API_KEY: 'key' });
});
afterEach(async () => {
  terminal.remove();
  await gateway.close();
});

function run(...args: string[]): Promise<unknown> {
  const program = new Command('baton').exitOverride();
  registerConnections(program, terminal.io);
  return program.parseAsync(['connections', ...args], { from: 'user' });
}

describe('baton connections', () => {
  it('add sends settings and secrets, from a file too, and prints the address but no secret', async () => {
    writeFileSync(join(terminal.cwd, 'key.txt'), 'signing-key-of-mailgun\n');
    await run(
      'add',
      'mg',
      '--kind',
      'mailgun',
      '--secret',
      'signingKey=@key.txt',
      '--set',
      'toleranceSeconds=600',
    );
    expect(gateway.asked[0]).toMatchObject({
      ...{ method: 'POST', path: '/v1/connections' },
      body: {
        ...{ id: 'mg', kind: 'mailgun', settings: { toleranceSeconds: 600 } },
        secrets: { signingKey: 'signing-key-of-mailgun' },
      },
    });
    expect(terminal.out()).toContain(connection.webhookUrl);
    expect(terminal.out()).not.toContain('signing-key-of-mailgun');
  });

  it('rotate says until when the value before holds', async () => {
    await run('rotate', 'mg', '--secret', 'signingKey=new', '--grace', '7d');
    expect(gateway.asked[0]?.body).toEqual({ secrets: { signingKey: 'new' }, graceSeconds: 604_800 });
    expect(terminal.out()).toContain('holds until');
    await expect(run('rotate', 'mg')).rejects.toThrow(/--secret/);
    await expect(run('rotate', 'mg', '--secret', 'a=b', '--grace', 'soon')).rejects.toThrow(/--grace/);
  });

  it('list and remove', async () => {
    await run('list');
    expect(terminal.out()).toMatch(/mg\s+mailgun\s+Mailgun\s+yes\s+signingKey/);
    await run('remove', 'mg');
    expect(gateway.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/connections/mg' });
  });

  it('test prints every check, and fails while something is missing', async () => {
    await expect(run('test', 'mg')).rejects.toThrow(/does not work yet/);
    expect(terminal.out()).toMatch(/^ok +The secret signingKey[^\n]+\nMISSING It is switched off\.$/);
  });
});
