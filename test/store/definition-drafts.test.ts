import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash } from '../../src/definition/content-hash.js';
import { createDraft, discardDraft, editDraft, type Side, signDraft } from '../../src/definition/drafts.js';
import { DefinitionBook, type DefinitionError } from '../../src/definition/versions.js';
import { forecast } from '../../src/insight/forecast.js';
import { type ConfirmationRequired, publishDraft, rollBack } from '../../src/insight/publish.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { appendEvents } from '../../src/store/event-log.js';
import { databases } from '../support/databases.js';
import { newEvent } from '../support/new-event.js';

const document = (threshold: number) =>
  `format: 1
name: Version with ${threshold}
signedOffBy: { marketing: Mia, sales: Sam }
calendar: { timeZone: UTC }
publishGuard: 0.5
defaults: { scoring: { threshold: ${threshold} } }
sources: { webinar: { title: Webinar attendee } }
`;
const AT = new Date('2026-05-04T03:02:01.000Z');
const nowMs = AT.getTime();

describe.each(databases.filter(({ available }) => available))('drafts on $name', ({ open }) => {
  let opened: OpenDatabase;
  let db: Db;
  let book: DefinitionBook;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    book = new DefinitionBook(db);
    await book.publish(document(50), 'first start', { basedOn: 0 });
  });
  afterEach(() => opened.close());

  const draft = (threshold: number) =>
    createDraft(db, { document: document(threshold), note: null, by: 'Mia' });
  const sign = (id: string, side: Side) => signDraft(db, id, { side, by: `${side} lead`, now: AT });
  const signedDraft = async (threshold: number) => {
    const { id } = await draft(threshold);
    await sign(id, 'marketing');
    await sign(id, 'sales');
    return id;
  };
  const outcome = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'done',
      (error: DefinitionError | ConfirmationRequired) => ('code' in error ? error.code : error.name),
    );
  const numbers = async () =>
    (await db.selectFrom('definitions').select('number').orderBy('number').execute()).map(
      ({ number }) => number,
    );
  const logged = async () =>
    (await db.selectFrom('definition_log').select('what').orderBy('position').execute()).map(
      ({ what }) => what,
    );

  it('keep the content that was signed: version, draft, log and sweep agree', async () => {
    const id = await signedDraft(60);
    const { published } = await publishDraft({ db, book }, id, { by: 'Mia', nowMs });
    const hash = contentHash(document(60));
    expect(published).toMatchObject({
      ref: { number: 2, hash },
      signed: { marketing: 'marketing lead', sales: 'sales lead' },
    });
    expect((await book.current()).ref.number).toBe(2);
    expect(await db.selectFrom('definition_drafts').selectAll().executeTakeFirstOrThrow()).toMatchObject({
      ...{ id, hash, state: 'published', published_as: 2 },
      signed: {
        marketing: { by: 'marketing lead', at: AT.toISOString(), hash },
        sales: { by: 'sales lead', at: AT.toISOString(), hash },
      },
    });
    expect(await logged()).toEqual(['published', 'drafted', 'signed', 'signed', 'published']);
    expect(await db.selectFrom('definition_sweeps').select(['number', 'state']).execute()).toEqual([
      { number: 2, state: 'running' },
    ]);
  });

  it('published at once: one wins, the other is told by whom, and nothing of it is written', async () => {
    const ids = [await signedDraft(60), await signedDraft(70)];
    const other = new DefinitionBook(db);
    const attempts = await Promise.allSettled(
      ids.map((id, index) =>
        publishDraft({ db, book: index === 0 ? book : other }, id, { by: `publisher ${index}`, nowMs }),
      ),
    );
    const lost = attempts.find((attempt) => attempt.status === 'rejected');
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(lost?.reason).toMatchObject({ code: 'conflict', newest: { number: 2 } });
    expect(lost?.reason.message).toMatch(/^Version 2 was published by publisher [01] at /);
    expect(await numbers()).toEqual([1, 2]);
    expect((await logged()).filter((what) => what === 'published')).toHaveLength(2);
    const states = (await db.selectFrom('definition_drafts').select('state').execute()).map(
      ({ state }) => state,
    );
    expect(states.sort()).toEqual(['open', 'published']);
  });

  it('published twice at once become one version', async () => {
    const id = await signedDraft(60);
    const publish = () => outcome(publishDraft({ db, book }, id, { by: 'Mia', nowMs }));
    const codes = await Promise.all([publish(), publish(), publish()]);
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(await numbers()).toEqual([1, 2]);
  });

  it('and rollbacks at once: one wins', async () => {
    await publishDraft({ db, book }, await signedDraft(60), { by: 'Mia', nowMs });
    const id = await signedDraft(70);
    const codes = await Promise.all([
      outcome(publishDraft({ db, book }, id, { by: 'Mia', nowMs })),
      outcome(rollBack({ db, book: new DefinitionBook(db) }, 1, { by: 'Sam', nowMs })),
    ]);
    expect(codes.sort()).toEqual(['conflict', 'done']);
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('edited at once keep one edit, and an edit during a publish never publishes what nobody signed', async () => {
    const { id } = await draft(60);
    const edit = (threshold: number) =>
      outcome(editDraft(db, id, { revision: 1, document: document(threshold), by: 'Sam' }));
    expect((await Promise.all([edit(61), edit(62)])).sort()).toEqual(['done', 'edited']);
    await sign(id, 'marketing');
    await sign(id, 'sales');
    const row = await db.selectFrom('definition_drafts').select('hash').executeTakeFirstOrThrow();
    const [published] = await Promise.all([
      outcome(publishDraft({ db, book }, id, { by: 'Mia', nowMs })),
      outcome(editDraft(db, id, { revision: 2, document: document(63), by: 'Sam' })),
    ]);
    if (published === 'done') expect((await book.byNumber(2)).ref.hash).toBe(row.hash);
    else expect({ published, numbers: await numbers() }).toEqual({ published: 'unsigned', numbers: [1] });
  });

  it('discarded at the moment of signing are either', async () => {
    const { id } = await draft(60);
    await Promise.all([outcome(discardDraft(db, id, 'Mia')), outcome(sign(id, 'sales'))]);
    expect(await outcome(sign(id, 'marketing'))).toBe('closed_draft');
    expect(await outcome(discardDraft(db, 'd_nobody', 'Mia'))).toBe('unknown_draft');
  });

  describe('with leads', () => {
    const bring = async (count: number) => {
      const events = Array.from({ length: count }, (_, n) => [
        newEvent({ email: `lead-${n}@acme.test` }, { type: 'lead.created', about: 'created' }),
        newEvent({ email: `lead-${n}@acme.test` }, { type: 'webinar.attended', occurredAt: new Date() }),
      ]);
      await db.transaction().execute((trx) => appendEvents(trx, events.flat()));
    };
    const soon = () => Date.now() + 60_000;

    it('are forecast in pages, tell how far they are, and stop when they are told to', async () => {
      await bring(120);
      const candidate = await book.publish(document(15), 'test');
      const present = await book.byNumber(1);
      const progress: [number, number][] = [];
      const onProgress = (judged: number, of: number) => void progress.push([judged, of]);
      expect(await forecast(db, candidate, present, soon(), { onProgress })).toEqual({
        ...{ openLeads: 120, handoffs: 120, share: 1, guard: 0.5 },
      });
      expect(progress).toEqual([
        [50, 120],
        [100, 120],
        [120, 120],
      ]);
      expect(await forecast(db, present, candidate, soon())).toMatchObject({ handoffs: 0, share: 0 });
      expect(await forecast(db, candidate, null, soon())).toMatchObject({ handoffs: 120 });
      const stop = new AbortController();
      const stopped = forecast(db, candidate, present, soon(), {
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      });
      await expect(stopped).rejects.toThrow('enough');
    });

    it('are guarded, and count what has come meanwhile', async () => {
      await bring(1);
      const id = await signedDraft(15);
      const publish = (confirmHandoffs?: number) =>
        outcome(
          publishDraft({ db, book }, id, {
            ...{ by: 'Mia', nowMs: soon() },
            ...(confirmHandoffs !== undefined && { confirmHandoffs }),
          }),
        );
      expect(await publish()).toBe('ConfirmationRequired');
      await bring(3);
      expect(await publish(1)).toBe('ConfirmationRequired');
      expect(await numbers()).toEqual([1]);
      expect(await publish(3)).toBe('done');
      const entry = await db
        .selectFrom('definition_log')
        .select('data')
        .where('number', '=', 2)
        .executeTakeFirstOrThrow();
      expect(entry.data).toMatchObject({ forecast: { openLeads: 3, handoffs: 3, share: 1, guard: 0.5 } });
    });
  });
});
