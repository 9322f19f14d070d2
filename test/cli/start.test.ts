import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/main.js';
import type { RunningBaton, StartOptions } from '../../src/cli/main-module.js';
import type { Config } from '../../src/config/config.js';
import type { ExportedHistories, ExportOptions } from '../../src/temporal/histories.js';
import { recordingIo } from './fake-gateway.js';

const startBaton = vi.fn<(config: Config, options: StartOptions) => Promise<RunningBaton>>();
const exportHistories = vi.fn<(config: Config, options: ExportOptions) => Promise<ExportedHistories>>();
vi.mock('../../src/cli/load-main.js', () => ({ loadMain: async () => ({ startBaton, exportHistories }) }));

let terminal: ReturnType<typeof recordingIo>;
let stops: number;
const never = new Promise<Error>(() => undefined);
const running = (broken: Promise<Error> = never): RunningBaton => ({
  broken,
  stop: async () => {
    stops += 1;
  },
});
beforeEach(() => {
  stops = 0;
  startBaton.mockReset();
  terminal = recordingIo();
});
afterEach(() => terminal.remove());
const started = () => vi.waitFor(() => expect(startBaton).toHaveBeenCalled());

it('start runs every role with the sample, until a signal stops all of it', async () => {
  startBaton.mockImplementation(async (_, { print }) => {
    print('ready');
    return running();
  });
  const listeners = process.listenerCount('SIGHUP');
  const ended = run(['start'], terminal.io);
  await started();
  await vi.waitFor(() => expect(terminal.out()).toBe('ready'));
  process.emit('SIGHUP');
  expect(await ended).toBe(0);
  expect(startBaton.mock.calls[0]?.[1]).toMatchObject({ roles: ['api', 'courier', 'worker'], sample: true });
  expect(stops).toBe(1);
  expect(process.listenerCount('SIGHUP')).toBe(listeners);
});

it('start --no-sample plays no sample', async () => {
  startBaton.mockImplementation(async () => running());
  const ended = run(['start', '--no-sample'], terminal.io);
  await started();
  process.emit('SIGHUP');
  await ended;
  expect(startBaton.mock.calls[0]?.[1].sample).toBe(false);
});

it('a signal during the start aborts it', async () => {
  startBaton.mockImplementation((_, { signal }) => {
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const ended = run(['start'], terminal.io);
  await started();
  process.emit('SIGHUP');
  expect(await ended).toBe(1);
  expect(terminal.err()).toContain('baton: stopped before the start was done');
});

it('a part that breaks stops the rest and is named', async () => {
  startBaton.mockImplementation(async () => running(Promise.resolve(new Error('the Temporal server ended'))));
  expect(await run(['start'], terminal.io)).toBe(1);
  expect(stops).toBe(1);
  expect(terminal.err()).toContain('a part of Baton broke: the Temporal server ended');
});

it('a start that fails is one clear line, and a stack only for who debugs', async () => {
  startBaton.mockRejectedValue(
    Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 8780 }),
  );
  expect(await run(['start'], terminal.io)).toBe(1);
  expect(terminal.err()).toBe(
    'baton: port 8780 is in use by another program: stop it, or choose another port',
  );
  const debugging = recordingIo({ BATON_LOG_LEVEL: 'debug' });
  await run(['start'], debugging.io);
  expect(debugging.err()).toContain('    at ');
  debugging.remove();
});

it.each([
  [['api'], ['api', 'courier']],
  [['api', '--no-courier'], ['api']],
  [['courier'], ['courier']],
  [['worker'], ['worker']],
])('%j runs the roles %j, and no sample', async (args, roles) => {
  startBaton.mockImplementation(async () => running(Promise.resolve(new Error('enough'))));
  const apart = recordingIo({ DATABASE_URL: 'postgres://db/baton', TEMPORAL_ADDRESS: 'temporal:7233' });
  await run(args, apart.io);
  expect(startBaton.mock.calls[0]?.[1]).toMatchObject({ roles, sample: false });
  apart.remove();
});

it('a single role is refused before anything starts when it has no database and no Temporal of its own', async () => {
  expect(await run(['worker'], terminal.io)).toBe(2);
  expect(terminal.err()).toContain('DATABASE_URL must be set for `baton worker`');
  expect(terminal.err()).toContain('TEMPORAL_ADDRESS must be set for `baton worker`');
  expect(startBaton).not.toHaveBeenCalled();
});

it('histories export goes to Temporal by way of the product, not of the gateway', async () => {
  exportHistories.mockResolvedValue({ files: ['a.json', 'b.json'], more: true });
  expect(await run(['histories', 'export', '--out', 'histories', '--limit', '2'], terminal.io)).toBe(0);
  expect(exportHistories.mock.calls[0]?.[1]).toMatchObject({
    out: join(terminal.cwd, 'histories'),
    query: null,
    limit: 2,
  });
  expect(terminal.out().split('\n')).toEqual([
    `2 histories in ${join(terminal.cwd, 'histories')}`,
    'There are more than 2: raise --limit or narrow --query.',
  ]);
});
