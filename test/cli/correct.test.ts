import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerCorrect } from '../../src/cli/commands/correct.js';
import { type Asked, fakeGateway, recordingIo, type Told } from './fake-gateway.js';

let terminal: ReturnType<typeof recordingIo>;
let gateway: Awaited<ReturnType<typeof fakeGateway>>;
let corrected: Told;
beforeEach(async () => {
  terminal = recordingIo();
  corrected = { body: reply() };
  gateway = await fakeGateway(({ path }: Asked) =>
    path.startsWith('/v1/leads?') ? { body: { items: [{ id: 'l1' }], nextCursor: null } } : corrected,
  );
});
afterEach(async () => {
  terminal.remove();
  await gateway.close();
});

const reply = (more = {}) => ({
  applied: false,
  event: { seq: 3, type: 'email.clicked' },
  label: 'machine',
  text: 'The score goes from 52 to 47 (threshold 50). Without this click nothing would have happened; Ana has it.',
  offers: [
    { id: 'close_handoff/1', onlyWhenNamed: false, text: 'Close handoff 1.' },
    { id: 'hand_off', onlyWhenNamed: true, text: 'Hand the lead off.' },
  ],
  compensated: [],
  ...more,
});

async function correct(...args: string[]) {
  const lead = new Command('lead').exitOverride();
  registerCorrect(lead, terminal.io);
  await lead.parseAsync(['correct', ...args, '--url', gateway.url, '--key', 'k'], { from: 'user' });
  return gateway.asked.at(-1);
}

it('says what a label would change, sentence by sentence, and what can be done about it', async () => {
  const asked = await correct('kim@example.com', '--event', '3', '--as', 'machine', '--dry-run');
  expect(asked).toMatchObject({
    path: '/v1/leads/l1/corrections',
    body: { seq: 3, label: 'machine', dryRun: true },
  });
  expect(terminal.out()).toBe(
    [
      'event 3 (email.clicked) as machine: this is what would change',
      'The score goes from 52 to 47 (threshold 50).',
      'Without this click nothing would have happened; Ana has it.',
      '',
      'Can be done about it:',
      '  --compensate  Close handoff 1.',
      '  --compensate hand_off  Hand the lead off.',
    ].join('\n'),
  );
});

it('names events by their id, compensates, and says what came of it', async () => {
  const compensated = [{ offer: 'close_handoff/1', status: 'accepted', text: 'Handoff 1 is closed.' }];
  corrected = { body: reply({ applied: true, compensated }) };
  const asked = await correct('l1', '--event', 'c-17', '--as', 'machine', '--by', 'ana', '--compensate');
  expect(asked?.body).toEqual({ eventId: 'c-17', label: 'machine', by: 'ana', compensate: true });
  expect(terminal.out()).toContain('event 3 (email.clicked) is labelled machine');
  expect(terminal.out()).toContain('close_handoff/1: accepted. Handoff 1 is closed.');
  expect(terminal.out()).not.toContain('Close handoff 1.');
  const named = await correct('l1', '--event', 'id:17', '--as', 'human', '--compensate', 'judge', 'hand_off');
  expect(named?.body).toEqual({ eventId: '17', label: 'human', compensate: ['judge', 'hand_off'] });
});

it('fails when a compensation was refused, and on a label that is none', async () => {
  corrected = {
    body: reply({ applied: true, compensated: [{ offer: 'judge', status: 'refused', text: 'No.' }] }),
  };
  await expect(correct('l1', '--event', '3', '--as', 'human')).rejects.toThrow();
  expect(terminal.out()).toContain('judge: refused. No.');
  await expect(correct('l1', '--event', '3', '--as', 'robot')).rejects.toThrow(
    '--as must be machine or human (it is "robot")',
  );
});

it('says that nothing is decided yet while Temporal is away', async () => {
  corrected = { status: 202, body: { commandId: 'k1', status: 'pending' } };
  await correct('l1', '--event', '3', '--as', 'human');
  expect(terminal.out()).toContain('recorded as command k1, not decided yet');
});
