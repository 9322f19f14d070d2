import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, externalSettings, plainSettings, reachable } from '../../src/temporal/connection.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-connection-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function profileFile(text: string): string {
  const file = join(folder, 'temporal.toml');
  writeFileSync(file, text);
  return file;
}

describe('the settings of an external Temporal', () => {
  it('are none when no variable names a server, so that Baton embeds one', () => {
    expect(externalSettings({ TEMPORAL_NAMESPACE: 'leads', TEMPORAL_ADDRESS: '' })).toBeNull();
  });

  it('come from TEMPORAL_ADDRESS, in namespace default and without TLS', () => {
    const settings = externalSettings({ TEMPORAL_ADDRESS: 'temporal:7233', HOME: folder });
    expect(settings).toMatchObject({ address: 'temporal:7233', namespace: 'default' });
    expect(settings?.connectionOptions.tls).toBeUndefined();
  });

  it('use TLS as soon as there is an API key', () => {
    const settings = externalSettings({
      TEMPORAL_ADDRESS: 'leads.example:7233',
      TEMPORAL_NAMESPACE: 'leads',
      TEMPORAL_API_KEY: 'key',
      HOME: folder,
    });
    expect(settings?.namespace).toBe('leads');
    expect(settings?.connectionOptions).toMatchObject({ tls: true, apiKey: 'key' });
  });

  it('come from a profile of the Temporal configuration file, variables going first', () => {
    const file = profileFile('[profile.cloud]\naddress = "cloud:7233"\nnamespace = "leads.abc"\n');
    const env = { TEMPORAL_PROFILE: 'cloud', TEMPORAL_CONFIG_FILE: file };
    expect(externalSettings(env)).toMatchObject({ address: 'cloud:7233', namespace: 'leads.abc' });
    expect(externalSettings({ ...env, TEMPORAL_NAMESPACE: 'other' })?.namespace).toBe('other');
  });

  it.each([
    ['a profile that does not exist', { TEMPORAL_PROFILE: 'nope' }, "Profile 'nope' not found"],
    ['a profile without an address', { TEMPORAL_PROFILE: 'empty' }, 'names no address'],
    [
      'a TLS switch that is no word for on or off',
      { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS: 'yes' },
      'TEMPORAL_TLS',
    ],
    [
      'a client certificate without its key',
      { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS_CLIENT_CERT_DATA: 'pem' },
      'belong together',
    ],
    [
      'a certificate file that is not there',
      {
        TEMPORAL_ADDRESS: 'a:1',
        TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/cert.pem',
        TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/key.pem',
      },
      '/nowhere/cert.pem',
    ],
  ])('refuse %s with a message that names it', (_what, env, message) => {
    const file = profileFile('[profile.empty]\nnamespace = "leads"\n');
    expect(() => externalSettings({ TEMPORAL_CONFIG_FILE: file, ...env })).toThrow(message);
  });
});

describe('a connection', () => {
  it('asks nothing of the server when it is made, and says that a dead one is not reachable', async () => {
    const temporal = connect(plainSettings('127.0.0.1:1'), 'api');
    expect(await reachable(temporal.connection, 500)).toBe(false);
    await temporal.close();
  });

  it('names itself by role and process, never by host or user', async () => {
    const temporal = connect(plainSettings('127.0.0.1:1'), 'worker');
    expect(temporal.client.options.identity).toBe(`baton-worker-${process.pid}`);
    expect(temporal.identity).not.toContain(hostname());
    expect(temporal.identity).not.toContain(userInfo().username);
    await temporal.close();
  });

  it('tries again after a failed worker connection', async () => {
    const temporal = connect(plainSettings('127.0.0.1:1'), 'worker');
    const first = temporal.workerConnection();
    await expect(first).rejects.toThrow();
    const second = temporal.workerConnection();
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow();
    await temporal.close();
  });
});
