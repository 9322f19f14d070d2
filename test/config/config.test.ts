import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, isLoopback, loadConfig, localAddress } from '../../src/config/config.js';
import { defaultCacheDir, defaultDataDir } from '../../src/config/folders.js';
import { nearest } from '../../src/config/nearest.js';
import { ROLES } from '../../src/config/roles.js';

const folder = mkdtempSync(join(tmpdir(), 'baton-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(
  env: Record<string, string>,
  roles: Parameters<typeof loadConfig>[0] = {},
): readonly string[] {
  try {
    loadConfig({ env, ...roles });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('with nothing set', () => {
  it('is embedded, on loopback, in the folder of the user', () => {
    expect(loadConfig({ env: {}, roles: ROLES })).toMatchObject({
      host: '127.0.0.1',
      port: 8780,
      publicUrl: 'http://127.0.0.1:8780',
      dataDir: join(homedir(), '.local', 'share', 'baton'),
      adminKey: null,
      definitionPath: null,
      logLevel: 'info',
      taskQueue: 'baton',
      databaseUrl: null,
      smtpUrl: null,
      temporal: { embedded: true, port: 7233, uiPort: 8233 },
      client: { url: 'http://127.0.0.1:8780', apiKey: null },
      warnings: [],
    });
  });
  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ env: { SMTP_URL: '', BATON_PORT: ' ' } })).toMatchObject({
      smtpUrl: null,
      port: 8780,
    });
  });
});

describe('values', () => {
  it('are read, trimmed and made absolute', () => {
    writeFileSync(join(folder, 'acme.yaml'), 'format: 1\n');
    const config = loadConfig({
      cwd: folder,
      env: {
        BATON_PORT: ' 9000 ',
        BATON_PUBLIC_URL: 'https://baton.example.com/',
        BATON_DATA_DIR: 'data',
        BATON_DEFINITION: join(folder, 'acme.yaml'),
        DATABASE_URL: 'postgres://baton:secret@db:5432/baton',
        TEMPORAL_ADDRESS: 'temporal.example.com:7233',
        TEMPORAL_NAMESPACE: 'leads',
        BATON_HOST: '[::1]',
      },
      roles: ROLES,
    });
    expect(config).toMatchObject({
      host: '::1',
      port: 9000,
      publicUrl: 'https://baton.example.com',
      dataDir: join(folder, 'data'),
      definitionPath: join(folder, 'acme.yaml'),
      temporal: {
        embedded: false,
        env: { TEMPORAL_ADDRESS: 'temporal.example.com:7233', TEMPORAL_NAMESPACE: 'leads' },
      },
      client: { url: 'https://baton.example.com' },
    });
  });
  it('a Temporal profile or configuration file counts as a server of one’s own', () => {
    expect(loadConfig({ env: { TEMPORAL_PROFILE: 'cloud' } }).temporal.embedded).toBe(false);
  });
  it.each([
    ['BATON_PORT', '0'],
    ['BATON_PORT', '65536'],
    ['BATON_PORT', '80a'],
    ['BATON_HOST', 'http://localhost'],
    ['BATON_ADMIN_KEY', 'twenty-three-characters'],
    ['BATON_ADMIN_KEY', 'long enough but with spaces in it'],
    ['BATON_PUBLIC_URL', 'baton.example.com'],
    ['BATON_PUBLIC_URL', 'https://baton.example.com?x=1'],
    ['BATON_LOG_LEVEL', 'loud'],
    ['BATON_TASK_QUEUE', 'two words'],
    ['BATON_DEFINITION', join(folder, 'missing.yaml')],
    ['DATABASE_URL', 'mysql://db/baton'],
    ['SMTP_URL', 'localhost:25'],
    ['TEMPORAL_ADDRESS', 'https://temporal.example.com'],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', join(folder, 'missing.pem')],
  ])('%s=%s is refused by name', (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });
});

describe('faults', () => {
  it('are told all at once', () => {
    const faults = faultsOf({ BATON_PORT: 'x', BATON_LOG_LEVEL: 'loud', DATABASE_URL: 'nowhere' });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'BATON_PORT',
      'BATON_LOG_LEVEL',
      'DATABASE_URL',
    ]);
  });
  it('never repeat a secret', () => {
    const secrets = {
      BATON_ADMIN_KEY: 'hunter2',
      BATON_API_KEY: 'hunter2 hunter2',
      DATABASE_URL: 'mysql://u:hunter2@db',
      SMTP_URL: 'http://u:hunter2@mail',
    };
    const faults = faultsOf(secrets);
    expect(faults).toHaveLength(4);
    expect(faults.join()).not.toContain('hunter2');
  });
  it('name two ports that are one', () => {
    expect(faultsOf({ BATON_PORT: '7233' })).toEqual([
      'BATON_TEMPORAL_PORT is the same port as BATON_PORT (7233): each needs its own',
    ]);
  });
  it('an embedded Baton serves no other machine', () => {
    expect(faultsOf({ BATON_HOST: '0.0.0.0' }, { roles: ROLES })).toEqual([
      expect.stringMatching(/^BATON_HOST must be a loopback address/),
    ]);
    expect(
      faultsOf({ BATON_HOST: '0.0.0.0', DATABASE_URL: 'postgres://db/baton' }, { roles: ROLES }),
    ).toEqual([]);
  });
  it('a single role needs a database and a Temporal server that others reach too', () => {
    const faults = faultsOf({}, { roles: ['worker'] });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['DATABASE_URL', 'TEMPORAL_ADDRESS']);
  });
});

describe('warnings', () => {
  it('says that mails carry no one-click unsubscribe where mailboxes could not post to it', () => {
    const warnings = (env: Record<string, string>) => loadConfig({ env }).warnings;
    const SMTP_URL = 'smtp://mail.example.com';
    expect(warnings({ SMTP_URL })).toEqual([
      expect.stringMatching(/^BATON_PUBLIC_URL .*one-click unsubscribe/),
    ]);
    expect(warnings({ SMTP_URL, BATON_PUBLIC_URL: 'http://baton.example.com' })).toHaveLength(1);
    expect(warnings({ SMTP_URL, BATON_PUBLIC_URL: 'https://baton.example.com' })).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  it('name a variable that nobody reads, and what it may have meant', () => {
    expect(loadConfig({ env: { BATON_PROT: '1', BATON_XYZZY: '1', OTHER: '1' } }).warnings).toEqual([
      'BATON_PROT is not a variable of Baton and has no effect: did you mean BATON_PORT?',
      'BATON_XYZZY is not a variable of Baton and has no effect',
    ]);
  });
  it('name Temporal settings that need a server', () => {
    expect(loadConfig({ env: { TEMPORAL_NAMESPACE: 'leads' } }).warnings).toEqual([
      expect.stringMatching(/^TEMPORAL_NAMESPACE has no effect without TEMPORAL_ADDRESS/),
    ]);
    expect(loadConfig({ env: { TEMPORAL_NAMESPACE: 'x', TEMPORAL_ADDRESS: 'a:1' } }).warnings).toEqual([]);
  });
});

describe('places', () => {
  it('follow the customs of the system, and XDG only where it is absolute', () => {
    expect(defaultDataDir({ XDG_DATA_HOME: '/srv/data' }, 'linux')).toBe('/srv/data/baton');
    expect(defaultDataDir({ XDG_DATA_HOME: 'data' }, 'linux')).toBe(join(homedir(), '.local/share/baton'));
    expect(defaultDataDir({}, 'darwin')).toBe(join(homedir(), 'Library/Application Support/baton'));
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/srv/cache' })).toBe('/srv/cache/baton');
  });
  it('an address for all interfaces is reached on this machine', () => {
    expect(localAddress('0.0.0.0', 80)).toBe('http://127.0.0.1:80');
    expect(localAddress('::', 80)).toBe('http://[::1]:80');
  });
  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]'])('%s is loopback', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com'])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('did you mean', () => {
  it('finds swaps, losses and additions, and keeps silent about strangers', () => {
    const known = ['email', 'company', 'companySize', 'timeZone'];
    expect(nearest('emial', known)).toBe('email');
    expect(nearest('compny', known)).toBe('company');
    expect(nearest('TimeZones', known)).toBe('timeZone');
    expect(nearest('favourite', known)).toBeNull();
  });
});
