import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../src/store/directory-lock.js';
import { type BuiltStore, buildStore, linesOf } from '../support/built-store.js';

const HOLD = `
import { lockDirectory } from './directory-lock.js';
try {
  await lockDirectory(process.argv[2], process.argv[3]);
  console.log('held');
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(error.message);
}`;

const means: ('socket' | 'file')[] = process.platform === 'linux' ? ['socket', 'file'] : ['file'];

describe.each(means)('the lock of a data folder, by %s', (by) => {
  let store: BuiltStore;
  let folder: string;
  let directory: string;
  beforeAll(async () => {
    store = await buildStore();
  });
  afterAll(() => store.remove());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'baton-lock-'));
    directory = join(folder, 'data');
    mkdirSync(directory);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const holdElsewhere = async () => {
    const child = store.run(HOLD, [directory, by]);
    const { value } = await linesOf(child).next();
    return { child, said: String(value) };
  };
  const kill = async (child: Awaited<ReturnType<typeof holdElsewhere>>['child']) => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  it('is held by one, and free again once released', async () => {
    const lock = await lockDirectory(directory, by);
    await expect(lockDirectory(directory, by)).rejects.toThrow(`process ${process.pid}`);
    await lock.release();
    const again = await lockDirectory(directory, by);
    await again.release();
    expect(existsSync(`${directory}.lock`)).toBe(false);
  });

  it('is refused to another process, which learns the pid of the holder and what to do', async () => {
    const lock = await lockDirectory(directory, by);
    const { child, said } = await holdElsewhere();
    expect(said).toContain(`in use by process ${process.pid}`);
    expect(said).toContain('Stop that process');
    await kill(child).catch(() => {});
    await lock.release();
  });

  it('is never taken from a living process', async () => {
    const { child, said } = await holdElsewhere();
    expect(said).toBe('held');
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(lockDirectory(directory, by)).rejects.toThrow(`process ${child.pid}`);
    await kill(child);
  });

  it('is free after its holder was killed', async () => {
    const { child } = await holdElsewhere();
    await kill(child);
    const lock = await lockDirectory(directory, by);
    expect(JSON.parse(readFileSync(`${directory}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('goes to exactly one of several that start at once', async () => {
    const { child } = await holdElsewhere();
    await kill(child);
    const starters = await Promise.all(Array.from({ length: 4 }, holdElsewhere));
    expect(starters.filter(({ said }) => said === 'held')).toHaveLength(1);
    for (const starter of starters) if (starter.said === 'held') await kill(starter.child);
  });

  it('of another folder is another lock', async () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const locks = [await lockDirectory(directory, by), await lockDirectory(other, by)];
    expect(locks).toHaveLength(2);
    for (const lock of locks) await lock.release();
  });
});

describe('a lock file left behind', () => {
  let folder: string;
  let directory: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'baton-lock-'));
    directory = join(folder, 'data');
    mkdirSync(directory);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const leave = (holder: unknown) => writeFileSync(`${directory}.lock`, JSON.stringify(holder));

  it.runIf(process.platform === 'linux')(
    'counts for nothing when its pid has passed on to a younger process',
    async () => {
      leave({ pid: process.pid, host: hostname(), startedAt: 'an earlier boot/1' });
      const lock = await lockDirectory(directory, 'file');
      await lock.release();
    },
  );

  it('of another machine is respected, with the way out named', async () => {
    leave({ pid: 1, host: 'another-machine', startedAt: null });
    await expect(lockDirectory(directory, 'file')).rejects.toThrow(
      /process 1 on another-machine.*delete .*data\.lock/s,
    );
  });

  it('that cannot be read is respected', async () => {
    writeFileSync(`${directory}.lock`, '');
    await expect(lockDirectory(directory, 'file')).rejects.toThrow('another process');
    expect(existsSync(`${directory}.lock`)).toBe(true);
  });
});
