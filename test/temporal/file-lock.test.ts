import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../src/temporal/file-lock.js';
import { allProcesses, isSameProcess, processFacts } from '../../src/temporal/process-identity.js';
import { processRef } from '../../src/temporal/server-record.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-lock-'));
  file = join(folder, 'lock');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a lock file', () => {
  it('lets one in at a time and is gone afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(file, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is released when the work fails', async () => {
    await expect(withFileLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('tells whom it waits for', async () => {
    const waitedFor: number[] = [];
    let release = (): void => undefined;
    const held = withFileLock(file, () => new Promise<void>((resolve) => (release = resolve)));
    const second = withFileLock(
      file,
      async () => 'second',
      (pid) => {
        waitedFor.push(pid);
        release();
      },
    );
    expect(await second).toBe('second');
    await held;
    expect(waitedFor).toEqual([process.pid]);
  });

  it.each([
    ['names a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'x' })],
    [
      'names a process id that was given to another process',
      JSON.stringify({ pid: process.pid, startedAt: 'x' }),
    ],
    ['cannot be read', 'garbage'],
  ])('is taken over when it %s', async (_what, text) => {
    writeFileSync(file, text);
    expect(await withFileLock(file, async () => 'mine')).toBe('mine');
  });
});

describe('the identity of a process', () => {
  it('holds while it lives, and ends with it', async () => {
    const child = spawn('sleep', ['30']);
    const ref = processRef(child.pid ?? 0);
    expect(isSameProcess(ref)).toBe(true);
    expect(isSameProcess({ ...ref, startedAt: 'earlier' })).toBe(false);
    expect(processFacts(ref.pid)?.argv).toEqual(['sleep', '30']);
    expect(allProcesses().map((facts) => facts.pid)).toContain(ref.pid);
    child.kill('SIGKILL');
    await expect.poll(() => isSameProcess(ref)).toBe(false);
  });
});
