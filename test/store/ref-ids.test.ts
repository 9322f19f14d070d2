import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/database.js';
import { compareAndSetMeta, readMeta, writeMeta } from '../../src/store/meta.js';
import { refIds } from '../../src/store/ref-ids.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter(({ available }) => available))('on $name', ({ open }) => {
  let database: OpenDatabase;
  beforeEach(async () => {
    database = await open();
  });
  afterEach(() => database.close());

  it('a reference has one id for ever, and one per kind', async () => {
    const { db } = database;
    const first = await refIds(db, 'link', ['a', 'b', 'a']);
    expect([...first.keys()].sort()).toEqual(['a', 'b']);
    const second = await refIds(db, 'link', ['b', 'c']);
    expect(second.get('b')).toBe(first.get('b'));
    const mails = await refIds(db, 'email', ['a']);
    const ids = [...first.values(), second.get('c'), mails.get('a')];
    expect(new Set(ids).size).toBe(4);
    expect(await refIds(db, 'link', [])).toEqual(new Map());
  });

  it('concurrent callers get the same ids', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => `https://example.com/${n}`);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => refIds(database.db, 'link', n % 2 ? keys : [...keys].reverse())),
    );
    for (const answer of answers) for (const key of keys) expect(answer.get(key)).toBe(answers[0]?.get(key));
    expect(await database.db.selectFrom('refs').selectAll().execute()).toHaveLength(50);
  });

  it('an id handed out in a transaction that is rolled back is not remembered', async () => {
    await database.db
      .transaction()
      .execute(async (trx) => {
        await refIds(trx, 'link', ['lost']);
        throw new Error('roll back');
      })
      .catch(() => {});
    const ids = await refIds(database.db, 'link', ['lost']);
    const rows = await database.db.selectFrom('refs').selectAll().execute();
    expect(rows).toEqual([{ id: ids.get('lost'), kind: 'link', key: 'lost' }]);
  });

  it('a key too long for an index is still one reference', async () => {
    // Not repetitive, because Postgres compresses what is.
    const long = Array.from({ length: 2_000 }, (_, n) => (n * 2_654_435_761).toString(36)).join('');
    const first = await refIds(database.db, 'resource', [long, `${long}!`]);
    const again = await refIds(database.db, 'resource', [long]);
    expect(again.get(long)).toBe(first.get(long));
    expect(new Set(first.values()).size).toBe(2);
  });

  it('a value of meta is set by the one who knows what stood there', async () => {
    const { db } = database;
    expect(await readMeta(db, 'cluster')).toBeNull();
    const claims = await Promise.all(['a', 'b', 'c'].map((id) => compareAndSetMeta(db, 'cluster', null, id)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const holder = (await readMeta(db, 'cluster')) ?? '';
    expect(await compareAndSetMeta(db, 'cluster', 'somebody else', 'd')).toBe(false);
    expect(await compareAndSetMeta(db, 'cluster', holder, 'd')).toBe(true);
    expect(await readMeta(db, 'cluster')).toBe('d');
    await writeMeta(db, 'cluster', 'e');
    expect(await readMeta(db, 'cluster')).toBe('e');
  });
});
