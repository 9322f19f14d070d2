import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createApiKey,
  DEFAULT_CONNECTION,
  ensureAdminKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
} from '../../src/store/api-keys.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter(({ available }) => available))('API keys on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  it('are kept as a hash, and found by their text alone', async () => {
    const { key, record } = await createApiKey(opened.db, { name: 'site', scopes: ['ingest', 'read'] });
    expect(key).toMatch(/^baton_[0-9a-z]{12}_[\w-]{43}$/);
    expect(await findApiKey(opened.db, key)).toMatchObject({ id: record.id, scopes: ['ingest', 'read'] });
    expect(await findApiKey(opened.db, `${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`)).toBeNull();
    expect(await findApiKey(opened.db, 'nonsense')).toBeNull();
    const row = await opened.db.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(key.slice(-43));
  });

  it('end when they expire or are revoked, and note that they were used', async () => {
    const expired = await createApiKey(opened.db, {
      name: 'old',
      scopes: ['read'],
      expiresAt: new Date(Date.now() - 1),
    });
    expect(await findApiKey(opened.db, expired.key)).toBeNull();
    const { key, record } = await createApiKey(opened.db, { name: 'site', scopes: ['read'] });
    await findApiKey(opened.db, key);
    expect((await findApiKey(opened.db, key))?.lastUsedAt).toEqual(expect.any(Date));
    expect(await revokeApiKey(opened.db, record.id)).toBe('revoked');
    expect(await findApiKey(opened.db, key)).toBeNull();
    expect((await listApiKeys(opened.db, { limit: 10 })).map(({ name }) => name)).toEqual(['site', 'old']);
  });

  it('may share a connection that exists', async () => {
    const { record } = await createApiKey(opened.db, { name: 'a', scopes: ['ingest'] });
    const other = await createApiKey(opened.db, {
      name: 'b',
      scopes: ['ingest'],
      connectionId: record.connectionId,
    });
    expect(other.record.connectionId).toBe(record.connectionId);
    await expect(
      createApiKey(opened.db, { name: 'c', scopes: ['ingest'], connectionId: 'x' }),
    ).rejects.toThrow('x');
  });

  it('begin with one for the admin, made and told once', async () => {
    const [first, second] = await Promise.all([ensureAdminKey(opened.db), ensureAdminKey(opened.db)]);
    const made = [first, second].filter(({ created }) => created);
    expect(made).toHaveLength(1);
    expect(await findApiKey(opened.db, made[0]?.key ?? '')).toMatchObject({
      scopes: ['admin'],
      connectionId: DEFAULT_CONNECTION,
    });
    expect(await ensureAdminKey(opened.db)).toEqual({ key: null, created: false });
    const [admin] = await listApiKeys(opened.db, { limit: 1 });
    expect(await revokeApiKey(opened.db, admin?.id ?? '')).toBe('last_admin_key');
  });

  it('take the admin key of the environment, and let a changed one replace it', async () => {
    const [old, next] = ['an old admin key, 24 long', 'the next admin key, 24 long'];
    expect(await ensureAdminKey(opened.db, old)).toEqual({ key: old, created: true });
    expect(await ensureAdminKey(opened.db, old)).toEqual({ key: old, created: false });
    expect(await findApiKey(opened.db, old)).toMatchObject({ connectionId: DEFAULT_CONNECTION });
    await ensureAdminKey(opened.db, next);
    expect(await findApiKey(opened.db, old)).toBeNull();
    expect(await findApiKey(opened.db, next)).toMatchObject({ scopes: ['admin'] });
    await expect(ensureAdminKey(opened.db, old)).rejects.toThrow('revoked');
    await expect(ensureAdminKey(opened.db, 'short')).rejects.toThrow('24 characters');
  });
});
