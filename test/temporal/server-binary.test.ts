import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batonCacheDir, provideTemporalServer } from '../../src/temporal/server-binary.js';
import { provideTestServer } from '../../src/temporal/test-server.js';

const CLI = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';
const OLD_CLI = 'echo "temporal version 0.13.2 (server 1.24.1) (ui 2.30.3)"';
/** Stands in for the SDK's download, which would need a network: the preloaded module answers in its place. */
const NO_DOWNLOAD = 'console.error("client error (Connect): dns error"); process.exit(1);';

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-binary-'));
  mkdirSync(join(folder, 'bin'));
  lines = [];
  writeFileSync(join(folder, 'preload.cjs'), NO_DOWNLOAD);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function script(path: string, body: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

const tool = (name: string, body: string): void => script(join(folder, 'bin', name), body);

function options() {
  return {
    cacheDir: join(folder, 'cache'),
    progress: (line: string): void => {
      lines.push(line);
    },
    env: {
      PATH: `${join(folder, 'bin')}:/usr/bin/none`,
      NODE_OPTIONS: `--require=${join(folder, 'preload.cjs')}`,
    },
  };
}

/** What every fake tool needs; `/bin` itself would bring a real `go` or `java`. */
function standardTools(...names: string[]): void {
  for (const name of names) tool(name, `exec /bin/${name} "$@"`);
}

const cachedCli = (): string => join(folder, 'cache/temporal-cli-1.5.1/temporal');

describe('where the Temporal server comes from', () => {
  it('is the one on PATH first', async () => {
    tool('temporal', CLI);
    script(cachedCli(), CLI);
    expect(await provideTemporalServer(options())).toEqual({
      path: join(folder, 'bin/temporal'),
      origin: 'path',
    });
    expect(lines).toEqual([]);
  });

  it('is the cached one next, also when the one on PATH is too old', async () => {
    tool('temporal', OLD_CLI);
    script(cachedCli(), CLI);
    expect(await provideTemporalServer(options())).toEqual({ path: cachedCli(), origin: 'cache' });
  });

  it('is built with Go when the download fails, and is cached from then on', async () => {
    standardTools('env', 'cp', 'chmod');
    script(join(folder, 'built'), CLI);
    tool(
      'go',
      `case $1 in version) echo go version go1.26;; *) echo "$*" >&2; cp ${join(folder, 'built')} "$GOBIN/temporal";; esac`,
    );
    expect(await provideTemporalServer(options())).toEqual({ path: cachedCli(), origin: 'go' });
    expect(lines.join('\n')).toContain('The download did not work: client error (Connect): dns error');
    expect(readdirSync(dirname(cachedCli()))).toEqual(['temporal']);
    expect(await provideTemporalServer(options())).toEqual({ path: cachedCli(), origin: 'cache' });
  });

  it('is built only once when two processes ask at the same time', async () => {
    standardTools('env', 'cp');
    script(join(folder, 'built'), CLI);
    const builds = join(folder, 'builds');
    tool(
      'go',
      `case $1 in version) echo go version go1.26;; *) echo one >>${builds}; cp ${join(folder, 'built')} "$GOBIN/temporal";; esac`,
    );
    const both = await Promise.all([provideTemporalServer(options()), provideTemporalServer(options())]);
    expect(both.map(({ origin }) => origin).sort()).toEqual(['cache', 'go']);
    expect(readFileSync(builds, 'utf8')).toBe('one\n');
  });

  it('is explained in one message when nothing works: what was tried, and what to install', async () => {
    standardTools('env');
    tool('temporal', OLD_CLI);
    tool('go', 'case $1 in version) echo go version go1.20;; *) echo "no route to host" >&2; exit 1;; esac');
    const failure = await provideTemporalServer(options()).catch((error: Error) => error.message);
    for (const part of [
      'brings server 1.24, Baton needs 1.25 or newer',
      "the SDK's download: client error (Connect): dns error",
      'go install with go version go1.20 (1.25 or newer is needed): no route to host',
      'install the Temporal CLI 1.5.1 or newer',
      'TEMPORAL_ADDRESS',
    ]) {
      expect(failure).toContain(part);
    }
    expect(readdirSync(dirname(cachedCli()))).toEqual([]);
  });

  it('names the Go toolchain when there is none', async () => {
    await expect(provideTemporalServer(options())).rejects.toThrow(
      'no Go toolchain (1.25 or newer is needed)',
    );
  });
});

describe('where the time-skipping server comes from', () => {
  const launcher = (): string => join(folder, 'cache/temporal-test-server-1.38.0/temporal-test-server');

  it('is the Maven artifact behind a launcher when the download fails, and is cached from then on', async () => {
    tool('java', 'case $1 in -version) exit 0;; *) echo "$@";; esac');
    // Its last argument is -DoutputDirectory=<directory>.
    tool('mvn', 'for last in "$@"; do :; done; IFS="="; set -- $last; [ -z "$2" ] || /bin/mkdir -p "$2"');
    expect(await provideTestServer(options())).toEqual({ path: launcher(), origin: 'maven' });
    expect(existsSync(join(dirname(launcher()), 'lib'))).toBe(true);
    expect(readFileSync(launcher(), 'utf8')).toContain('exec java');
    expect(await provideTestServer(options())).toEqual({ path: launcher(), origin: 'cache' });
  });

  it.each([
    ['Java', [], 'no Java on PATH (11 or newer is needed)'],
    ['Maven', ['java'], 'no `mvn` on PATH'],
  ])('names %s when it is missing', async (_what, present, message) => {
    for (const name of present) tool(name, 'exit 0');
    await expect(provideTestServer(options())).rejects.toThrow(message);
  });
});

describe('the cache folder', () => {
  it('follows XDG_CACHE_HOME and is outside the checkout otherwise', () => {
    expect(batonCacheDir({ XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/baton');
    expect(batonCacheDir({})).toBe(join(homedir(), '.cache/baton'));
  });
});
