import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unsubscribeByClick } from '../../src/store/one-click.js';
import { UnsubscribeLinks } from '../../src/store/unsubscribe-links.js';
import { World } from '../support/activity-world.js';
import { databases } from '../support/databases.js';

const NOBODY = '0123456789abcdefghijklmnop';

describe.each(databases.filter(({ available }) => available))(
  'one-click unsubscribe on $name',
  ({ open }) => {
    let world: World;
    let links: UnsubscribeLinks;
    beforeEach(async () => {
      world = await World.over(await open());
      links = new UnsubscribeLinks(world.db);
    });
    afterEach(() => world.opened.close());

    const click = (leadId: string) => unsubscribeByClick(world.db, { leadId, stream: 'marketing' });
    const said = (leadId: string) =>
      world.db
        .selectFrom('events')
        .select(['seq', 'type', 'urgent'])
        .where('lead_id', '=', leadId)
        .where('type', '=', 'email.unsubscribed')
        .execute();

    test('writes one event however many clicks come at once, and marks the lead ready', async () => {
      const lead = await world.lead();
      const written = await Promise.all(Array.from({ length: 6 }, () => click(lead)));
      expect(written.filter((id) => id === lead)).toHaveLength(1);
      expect(await said(lead)).toEqual([{ seq: null, type: 'email.unsubscribed', urgent: true }]);
      const stream = await world.db
        .selectFrom('lead_stream')
        .select(['ready', 'urgent'])
        .where('lead_id', '=', lead)
        .executeTakeFirst();
      expect(stream).toEqual({ ready: true, urgent: true });
    });

    test('writes another once the lead has subscribed to marketing again, and to nothing else', async () => {
      const lead = await world.lead();
      await click(lead);
      await world.event(lead, 'email.resubscribed', Date.now(), { stream: 'sales' });
      expect(await click(lead)).toBeNull();
      await world.event(lead, 'email.resubscribed', Date.now(), { stream: 'all' });
      expect(await click(lead)).toBe(lead);
      expect(await click(lead)).toBeNull();
      expect(await said(lead)).toHaveLength(2);
    });

    test('writes nothing for a lead that is erased, gone, or merged round in a ring', async () => {
      const [erased, one, other] = [await world.lead(), await world.lead(), await world.lead()];
      await world.db.updateTable('leads').set({ erased_at: new Date() }).where('id', '=', erased).execute();
      for (const [from, into] of [
        [one, other],
        [other, one],
      ] as const)
        await world.db
          .updateTable('lead_stream')
          .set({ status: 'merged', merged_into: into })
          .where('lead_id', '=', from)
          .execute();
      for (const lead of [erased, NOBODY, one]) expect(await click(lead)).toBeNull();
      expect(await world.db.selectFrom('events').select('position').execute()).toEqual([]);
    });

    test('signs with a key that several processes make only once, and reads its own tokens alone', async () => {
      const others = Array.from({ length: 3 }, () => new UnsubscribeLinks(world.db));
      const tokens = await Promise.all([links, ...others].map((ring) => ring.tokenFor(NOBODY)));
      const [token = ''] = tokens;
      expect(new Set(tokens).size).toBe(1);
      expect(await links.read(token)).toEqual({ leadId: NOBODY, stream: 'marketing' });
      const rotated = await Promise.all([links, ...others].map((ring) => ring.rotate(false)));
      expect(rotated.map(({ key }) => key).sort()).toEqual([2, 3, 4, 5]);
      expect(await links.read(token)).not.toBeNull();
      await links.rotate(true);
      expect(await links.read(token)).toBeNull();
      expect(await links.tokenFor(NOBODY)).toMatch(/^6m/);
    });

    test('makes no new key over a row that somebody has spoiled', async () => {
      await links.tokenFor(NOBODY);
      await world.db.updateTable('meta').set({ value: '{}' }).where('key', '=', 'unsubscribe_keys').execute();
      await expect(links.tokenFor(NOBODY)).rejects.toThrow(/restore it from a backup/);
      await expect(links.rotate(false)).rejects.toThrow(/restore it from a backup/);
    });
  },
);
