import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { openSecretBox } from '../../src/main/secrets.js';
import {
  changeConnection,
  claimToken,
  createConnection,
  deleteConnection,
  findConnection,
  forgetTokens,
  noteContact,
  openSecrets,
  rotateSecrets,
} from '../../src/store/connections.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { SecretBox, SecretsUnreadable } from '../../src/store/secret-box.js';
import { databases } from '../support/databases.js';

const OLD = 'ab'.repeat(32);
const NEW = Buffer.alloc(32, 7).toString('base64');
const draft = { id: 'mg', kind: 'mailgun', title: 'Mailgun', settings: { stream: 'all' }, active: true };
const nowMs = Date.now();

describe.each(databases.filter(({ available }) => available))('connections on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());
  const box = new SecretBox([OLD]);
  const make = (secrets: Record<string, string> = { signingKey: 'top-secret-1' }) =>
    createConnection(opened.db, box, { ...draft, secrets });
  const found = async () => {
    const connection = await findConnection(opened.db, 'mg');
    if (!connection) throw new Error('the connection is gone');
    return connection;
  };

  it('keep secrets sealed: no column holds their text, and two envelopes of one secret differ', async () => {
    await make();
    const row = await opened.db.selectFrom('connections').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain('top-secret-1');
    expect(openSecrets(box, await found(), nowMs)).toEqual({
      signingKey: [{ value: 'top-secret-1', until: null }],
    });
    await changeConnection(opened.db, box, 'mg', { secrets: { signingKey: 'top-secret-1' } });
    expect((await found()).envelope).not.toBe(row.secrets);
    expect(await make()).toBeNull();
  });

  it('open for their own connection only', async () => {
    await make();
    const connection = await found();
    expect(() => openSecrets(box, { ...connection, id: 'other' }, nowMs)).toThrow(SecretsUnreadable);
    expect(() => openSecrets(box, { ...connection, kind: 'standard' }, nowMs)).toThrow(SecretsUnreadable);
  });

  it('hold two values through a rotation and its grace, never three', async () => {
    await make();
    const rotate = (value: string) =>
      rotateSecrets(opened.db, box, 'mg', { secrets: { signingKey: value }, graceEndsAtMs: nowMs + 600_000 });
    const values = async (atMs: number) =>
      (openSecrets(box, await found(), atMs).signingKey ?? []).map(({ value }) => value);
    await rotate('two');
    expect(await values(nowMs)).toEqual(['two', 'top-secret-1']);
    await rotate('two');
    expect(await values(nowMs)).toEqual(['two', 'top-secret-1']);
    await rotate('three');
    expect(await values(nowMs)).toEqual(['three', 'two']);
    expect(await values(nowMs + 600_001)).toEqual(['three']);
  });

  it('survive a new key as long as the old one is kept beside it', async () => {
    await make();
    const both = new SecretBox([NEW, OLD]);
    expect(openSecrets(both, await found(), nowMs)).toHaveProperty('signingKey');
    await rotateSecrets(opened.db, both, 'mg', {
      secrets: { signingKey: 'next' },
      graceEndsAtMs: nowMs + 60_000,
    });
    expect(openSecrets(new SecretBox([NEW]), await found(), nowMs).signingKey).toHaveLength(2);
    const rekeyed = await found();
    expect(() => openSecrets(new SecretBox([OLD]), rekeyed, nowMs)).toThrow(/BATON_SECRETS_KEY/);
  });

  it('take a token once per message, and forget it with its connection or when it is old', async () => {
    await make();
    const claim = (token: string, digest: string) =>
      claimToken(opened.db, { connectionId: 'mg', token, digest });
    expect(await claim('t', 'a')).toBe(true);
    expect(await claim('t', 'a')).toBe(true);
    expect(await claim('t', 'b')).toBe(false);
    await forgetTokens(opened.db, new Date(nowMs - 60_000));
    expect(await claim('t', 'b')).toBe(false);
    await forgetTokens(opened.db, new Date(nowMs + 60_000));
    expect(await claim('t', 'b')).toBe(true);
    expect(await deleteConnection(opened.db, 'mg')).toBe(true);
    expect(await opened.db.selectFrom('webhook_tokens').selectAll().execute()).toEqual([]);
    expect(await deleteConnection(opened.db, 'mg')).toBe(false);
  });

  it('note contacts, at most once a minute', async () => {
    await make();
    await noteContact(opened.db, 'mg', 'received');
    const { lastReceivedAt } = await found();
    await noteContact(opened.db, 'mg', 'received');
    await noteContact(opened.db, 'mg', { refused: 'no signature' });
    await noteContact(opened.db, 'mg', { refused: 'another' });
    expect(await found()).toMatchObject({ lastReceivedAt, lastRefusal: 'no signature' });
    await noteContact(opened.db, 'mg', 'received');
    const { lastReceivedAt: after, lastRefusedAt } = await found();
    expect(after?.getTime()).toBeGreaterThanOrEqual(lastRefusedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  });
});

describe('the key that seals', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'baton-secrets-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const config = (env: Record<string, string> = {}) =>
    loadConfig({ env: { BATON_DATA_DIR: dataDir, ...env } });

  it('is made once in the data folder, for its owner alone', async () => {
    const first = await openSecretBox(config(), true);
    const path = join(dataDir, 'secrets-key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const key = readFileSync(path, 'utf8');
    const second = await openSecretBox(config(), true);
    expect(readFileSync(path, 'utf8')).toBe(key);
    expect(second?.open(first?.seal('x', 'about') ?? '', 'about')).toBe('x');
    const set = await openSecretBox(config({ BATON_SECRETS_KEY: NEW }), true);
    expect(set?.open(first?.seal('x', 'about') ?? '', 'about')).toBe('x');
    expect(() => first?.open(set?.seal('x', 'about') ?? '', 'about')).toThrow(SecretsUnreadable);
  });

  it('is not made up where the database is somewhere else', async () => {
    expect(await openSecretBox(config(), false)).toBeNull();
    expect(await openSecretBox(config({ BATON_SECRETS_KEY: `${OLD}, ${NEW}` }), false)).not.toBeNull();
  });

  it('is refused when it is no key', async () => {
    writeFileSync(join(dataDir, 'secrets-key'), 'hello\n');
    await expect(openSecretBox(config(), true)).rejects.toThrow(/holds no key/);
    expect(() => config({ BATON_SECRETS_KEY: 'hello' })).toThrow(/BATON_SECRETS_KEY must be 32 random bytes/);
    expect(() => config({ BATON_SECRETS_KEY: 'hello' })).not.toThrow(/hello/);
  });

  it('opens nothing that was changed', () => {
    const box = new SecretBox([OLD]);
    const envelope = box.seal('text', 'about');
    expect(envelope).toMatch(/^v1\.[0-9a-f]{8}\./);
    for (const broken of [
      '',
      'v2.a.b.c.d',
      envelope.slice(0, -2),
      // Not the last character: some of its bits stand for nothing.
      `${envelope.slice(0, -3)}${envelope.at(-3) === 'A' ? 'B' : 'A'}${envelope.slice(-2)}`,
    ]) {
      expect(() => box.open(broken, 'about')).toThrow(SecretsUnreadable);
    }
    expect(() => new SecretBox([])).toThrow(RangeError);
    expect(() => new SecretBox(['abcd'])).toThrow(RangeError);
  });
});
