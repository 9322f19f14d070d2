import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash } from '../../src/definition/content-hash.js';
import { DefinitionBook, type DefinitionError } from '../../src/definition/versions.js';
import type { OpenDatabase } from '../../src/store/database.js';
import { databases } from '../support/databases.js';

const sample = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');
const signed = (threshold: number) =>
  `format: 1
name: Version with ${threshold}
signedOffBy: { marketing: Mia, sales: Sam }
calendar: { timeZone: UTC }
defaults: { scoring: { threshold: ${threshold} } }
sources: { webinar: { title: Webinar attendee } }
`;
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'published',
    (error: DefinitionError) => error.code,
  );

describe.each(databases.filter(({ available }) => available))('the definition book on $name', ({ open }) => {
  let opened: OpenDatabase;
  let book: DefinitionBook;
  beforeEach(async () => {
    opened = await open();
    book = new DefinitionBook(opened.db);
  });
  afterEach(() => opened.close());

  it('says that nothing is published yet', async () => {
    expect(await codeOf(book.current())).toBe('none_published');
    expect(await codeOf(book.byNumber(1))).toBe('unknown_number');
  });

  it('labels the first version unsigned, and wants both signatures from then on', async () => {
    const first = await book.publish(sample, 'first start');
    expect(first).toMatchObject({
      ref: { number: 1, hash: contentHash(sample) },
      name: 'Acme handoff definition',
      signed: { marketing: null, sales: null },
      note: 'unsigned: published at the first start',
      publishedBy: 'first start',
    });
    const changed = sample.replace('publishGuard: 0.05', 'publishGuard: 0.1');
    expect(await codeOf(book.publish(changed, 'mia'))).toBe('unsigned');
    expect(await codeOf(book.publish(changed, 'mia', { signed: { sales: 'Sam' } }))).toBe('unsigned');
    const second = await book.publish(changed, 'mia', { signed: { marketing: 'Mia', sales: 'Sam' } });
    expect(second).toMatchObject({
      ref: { number: 2 },
      signed: { marketing: 'Mia', sales: 'Sam' },
      note: null,
    });
  });

  it('serves policies, mails and titles per source, the defaults for an unknown one', async () => {
    const { policyFor, mailsFor, sourceTitle, definition } = await book.publish(sample, 'test');
    expect([policyFor('webinar').source, policyFor('nowhere').source, policyFor(null).source]).toEqual([
      'webinar',
      'default',
      'default',
    ]);
    expect(policyFor('webinar').scoring.threshold).toBe(40_000);
    expect([sourceTitle('webinar'), sourceTitle('nowhere'), sourceTitle(null)]).toEqual([
      'Webinar attendee',
      'nowhere',
      'Unknown source',
    ]);
    expect(mailsFor('webinar')).toEqual(definition.defaults.mails);
  });

  it('refuses a faulty document with all its faults and publishes nothing', async () => {
    const attempt = book.publish(
      'format: 1\nname: X\nnonsense: 1\ndefaults: { scoring: { threshold: 0 } }\n',
      'test',
    );
    const error = await attempt.catch((caught: DefinitionError) => caught);
    expect(error).toMatchObject({ code: 'faulty' });
    const { faults } = error as DefinitionError;
    expect(faults.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual([
      'nonsense',
      'defaults.scoring.threshold',
    ]);
    expect(await codeOf(book.current())).toBe('none_published');
  });

  it('sees at once what it published itself, and soon what another process did', async () => {
    await book.publish(signed(10), 'a');
    expect((await book.current()).ref.number).toBe(1);
    await book.publish(signed(20), 'a');
    expect((await book.current()).ref.number).toBe(2);
    await new DefinitionBook(opened.db).publish(signed(30), 'b');
    await expect.poll(async () => (await book.current()).ref.number, { timeout: 5_000 }).toBe(3);
    expect((await book.byNumber(1)).policyFor(null).scoring.threshold).toBe(10_000);
  });

  it('lets only one of two concurrent publishes win, and names a conflict to who saw an older version', async () => {
    await book.publish(signed(10), 'a', { basedOn: 0 });
    const other = new DefinitionBook(opened.db);
    const codes = await Promise.all([
      codeOf(book.publish(signed(20), 'a', { basedOn: 1 })),
      codeOf(other.publish(signed(30), 'b', { basedOn: 1 })),
    ]);
    expect(codes.sort()).toEqual(['conflict', 'published']);
    expect(await codeOf(book.publish(signed(40), 'a', { basedOn: 1 }))).toBe('conflict');
    expect(
      (await opened.db.selectFrom('definitions').select('number').execute())
        .map(({ number }) => number)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('rolls back by publishing the older text under a new number', async () => {
    await book.publish(signed(10), 'a');
    await book.publish(signed(20), 'a');
    const back = await book.rollback(1, 'b');
    expect(back).toMatchObject({
      ref: { number: 3, hash: contentHash(signed(10)) },
      signed: { marketing: 'Mia', sales: 'Sam' },
      note: 'version 1 again',
    });
    expect((await book.current()).ref).toEqual(back.ref);
  });

  it('does not publish again what is current, and tells a second first start that another one was faster', async () => {
    await book.publish(sample, 'first start', { basedOn: 0 });
    expect(await codeOf(book.publish(sample, 'first start', { basedOn: 0 }))).toBe('conflict');
    expect(await codeOf(book.rollback(1, 'mia'))).toBe('unchanged');
    const both = { signed: { marketing: 'Mia', sales: 'Sam' } };
    expect(await codeOf(book.publish(sample, 'mia', both))).toBe('published');
    expect(await codeOf(book.publish(sample, 'mia', both))).toBe('unchanged');
    expect(await codeOf(book.rollback(7, 'mia'))).toBe('unknown_number');
  });

  it('writes the log and begins the sweep with the version, and nothing of a publish that loses', async () => {
    await book.publish(signed(10), 'a');
    await book.publish(signed(20), 'b', { note: 'fewer' });
    await codeOf(book.publish(signed(30), 'c', { basedOn: 1 }));
    await book.rollback(1, 'd', { data: { why: 'test' } });
    const log = await opened.db.selectFrom('definition_log').selectAll().orderBy('position').execute();
    const both = { marketing: 'Mia', sales: 'Sam' };
    expect(log).toMatchObject([
      { what: 'published', number: 1, by: 'a', hash: contentHash(signed(10)), data: { signed: both } },
      { what: 'published', number: 2, by: 'b', draft: null, data: { signed: both, note: 'fewer' } },
      { what: 'rolled_back', number: 3, by: 'd', data: { version: 1, signed: both, why: 'test' } },
    ]);
    expect(
      await opened.db
        .selectFrom('definition_sweeps')
        .select(['number', 'state', 'through'])
        .orderBy('number')
        .execute(),
    ).toEqual([
      { number: 2, state: 'superseded', through: '' },
      { number: 3, state: 'running', through: '' },
    ]);
  });

  it('names content, not line ends', () => {
    expect(contentHash(`\uFEFF${signed(10).replaceAll('\n', '\r\n')}\n\n`)).toBe(contentHash(signed(10)));
    expect(contentHash(signed(10))).not.toBe(contentHash(signed(11)));
  });
});
