import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerDefinitionDocument } from '../../src/cli/commands/definition-document.js';
import { describeAll } from '../../src/definition/describe.js';
import { changedSample, TODAY, version } from '../support/described.js';
import { fakeGateway, recordingIo } from './fake-gateway.js';

const sample = fileURLToPath(new URL('../../definitions/sample.yaml', import.meta.url));

let terminal: ReturnType<typeof recordingIo>;
beforeEach(() => {
  terminal = recordingIo();
});
afterEach(() => terminal.remove());

async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerDefinitionDocument(program, terminal.io);
  for (const command of program.commands) command.copyInheritedSettings(program);
  await program.parseAsync(['document', ...args], { from: 'user' });
}

it('prints a file’s document as Markdown, without a gateway', async () => {
  await run(sample, '--on', TODAY);
  expect(terminal.out()).toMatch(/^# Acme handoff definition$/m);
  expect(terminal.out()).toMatch(/^# Webinar attendee$/m);
  expect(terminal.out()).toContain('On Wednesday 25 November 2026 at 14:30 Kim asked for a demo.');
});

it('writes a page where --out ends so, and says where', async () => {
  await run(sample, '--source', 'webinar', '--out', 'webinar.html');
  expect(readFileSync(join(terminal.cwd, 'webinar.html'), 'utf8')).toMatch(/^<!doctype html>/);
  expect(terminal.out()).toBe('');
  expect(terminal.err()).toBe('wrote webinar.html');
});

it('gives the model as data', async () => {
  await run(sample, '--source', 'partner', '--json');
  const document = JSON.parse(terminal.out());
  expect(document.pages.map(({ id }: { id: string }) => id)).toEqual(['partner']);
  expect(document.version).toMatchObject({ number: null, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it('asks the gateway for a version, with every source', async () => {
  const document = describeAll(changedSample(), version, { today: TODAY });
  const gateway = await fakeGateway(() => ({ body: document }));
  try {
    await run('3', '--url', gateway.url, '--key', 'k', '--on', TODAY);
    expect(gateway.asked[0]?.path).toBe(`/v1/definitions/3/document?source=*&format=json&on=${TODAY}`);
    expect(terminal.out()).toContain('Version: Version 3');
  } finally {
    await gateway.close();
  }
});

it('tells every fault of a faulty file, and writes nothing', async () => {
  writeFileSync(join(terminal.cwd, 'acme.yaml'), 'format: 1\nname: Acme\nsuorces: {}\n');
  await expect(run('acme.yaml', '--out', 'acme.md')).rejects.toThrow(
    /acme\.yaml has 1 error.*\nacme\.yaml:3:1 /,
  );
  expect(existsSync(join(terminal.cwd, 'acme.md'))).toBe(false);
});

it.each([
  [['nowhere.yaml'], /nowhere\.yaml does not exist\nName a file, or a version/],
  [[sample, '--source', 'fair'], /has no source "fair"; it has webinar, /],
  [[sample, '--on', '2026-02-30'], /--on must be a day/],
])('%j is wrong usage', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});

it('knows its formats', async () => {
  await expect(run(sample, '--format', 'pdf')).rejects.toThrow(CommanderError);
});
