import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerDefinitionDiff } from '../../src/cli/commands/definition-diff.js';
import { type Asked, fakeGateway, recordingIo, type Told } from './fake-gateway.js';

const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const lowered = sample.replace('threshold: 40', 'threshold: 45');

let terminal: ReturnType<typeof recordingIo>;
let gateway: Awaited<ReturnType<typeof fakeGateway>> | null = null;
beforeEach(() => {
  terminal = recordingIo();
  writeFileSync(join(terminal.cwd, 'before.yaml'), sample);
  writeFileSync(join(terminal.cwd, 'after.yaml'), lowered);
});
afterEach(async () => {
  terminal.remove();
  await gateway?.close();
  gateway = null;
});

const told: Record<string, string> = { '3': sample, current: lowered, d_1a2b3c: lowered };
const answers = ({ path }: Asked): Told => {
  const document = told[path.replace('/v1/definitions/', '')];
  return document
    ? { body: { document } }
    : { status: 404, body: { title: 'Not found', detail: 'There is no version 99.', code: 'not_found' } };
};

async function diff(...args: string[]): Promise<void> {
  const definition = new Command('definition').exitOverride();
  registerDefinitionDiff(definition, terminal.io);
  await definition.parseAsync(['diff', ...args], { from: 'user' });
}
const atGateway = async (...args: string[]) => {
  gateway = await fakeGateway(answers);
  await diff(...args, '--url', gateway.url, '--key', 'k');
  return gateway.asked;
};

it('two files are compared without a gateway', async () => {
  await diff('before.yaml', 'after.yaml', '--url', 'http://127.0.0.1:1');
  expect(terminal.out()).toBe('1 change:\n\nWebinar attendee: threshold 40 → 45');
});

it('a file is compared with a published version, with the current one, and with a draft', async () => {
  for (const name of ['current', 'd_1a2b3c']) {
    terminal.clear();
    const asked = await atGateway('3', name);
    expect(asked.map(({ path }) => path)).toEqual(['/v1/definitions/3', `/v1/definitions/${name}`]);
    expect(asked[0]?.key).toBe('k');
    expect(terminal.out()).toContain('Webinar attendee: threshold 40 → 45');
    await gateway?.close();
  }
  terminal.clear();
  const asked = await atGateway('current', 'before.yaml');
  expect(asked).toHaveLength(1);
  expect(terminal.out()).toContain('Webinar attendee: threshold 45 → 40');
});

it('with --json the changes are data', async () => {
  await diff('before.yaml', 'after.yaml', '--json');
  expect(JSON.parse(terminal.out())).toEqual({
    before: 'before.yaml',
    after: 'after.yaml',
    changes: [
      {
        source: 'webinar',
        scope: 'Webinar attendee',
        path: 'scoring.threshold',
        before: '40',
        after: '45',
        text: 'Webinar attendee: threshold 40 → 45',
      },
    ],
  });
});

it('comments and formatting are no change', async () => {
  writeFileSync(join(terminal.cwd, 'after.yaml'), `# agreed in May\n${sample.replaceAll('  #', '      #')}`);
  await diff('before.yaml', 'after.yaml');
  expect(terminal.out()).toBe('Nothing that decides anything changed.');
});

it('a document with errors is not compared: its faults are told with their places', async () => {
  writeFileSync(join(terminal.cwd, 'after.yaml'), 'format: 1\nname: Acme\nsuorces: {}\n');
  await expect(diff('before.yaml', 'after.yaml')).rejects.toThrow(
    /after\.yaml has errors[\s\S]*after\.yaml:3:1/,
  );
});

it('what is neither a file nor a version says what can be named', async () => {
  await expect(diff('before.yaml', 'nowhere.yaml')).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/nowhere\.yaml does not exist\nName a file, the number of a version/),
  });
  await expect(atGateway('before.yaml', '99')).rejects.toThrow(/There is no version 99/);
});
