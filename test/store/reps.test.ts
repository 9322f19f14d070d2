import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/database.js';
import { changeRep, createRep, findRep, importReps, listReps, putRep } from '../../src/store/reps.js';
import { databases } from '../support/databases.js';

describe.each(databases.filter(({ available }) => available))('reps on $name', ({ open }) => {
  let opened: OpenDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  it('are made with defaults, under a handle that is taken once', async () => {
    const rep = await createRep(opened.db, {
      handle: 'ana',
      name: 'Ana',
      workingHours: { from: '09:00', to: '12:00' },
    });
    expect(rep).toMatchObject({
      ...{
        handle: 'ana',
        role: 'rep',
        workingDays: null,
        holidays: [],
        absences: [],
        weight: 1,
        capacity: null,
        active: true,
      },
      workingHours: { from: '09:00', to: '12:00' },
    });
    expect(rep?.id).not.toBe('ana');
    expect(await createRep(opened.db, { handle: 'ana', name: 'Another' })).toBeNull();
  });

  it('keep their random id and their place in the rotation when they are replaced', async () => {
    const { rep } = await putRep(opened.db, { handle: 'ana', name: 'Ana', weight: 3 });
    await opened.db.updateTable('reps').set({ last_assigned_at: new Date() }).execute();
    const replaced = await putRep(opened.db, {
      handle: 'ana',
      name: 'Ana R',
      absences: [{ from: '2026-08-01', to: '2026-08-02' }],
    });
    expect(replaced).toMatchObject({ created: false, rep: { id: rep.id, name: 'Ana R', weight: 1 } });
    const row = await opened.db.selectFrom('reps').select('last_assigned_at').executeTakeFirstOrThrow();
    expect(row.last_assigned_at).toEqual(expect.any(Date));
  });

  it('change only where a change is given', async () => {
    await putRep(opened.db, { handle: 'ana', name: 'Ana', capacity: 4, holidays: ['2026-12-24'] });
    expect(await changeRep(opened.db, 'ana', { active: false })).toMatchObject({
      capacity: 4,
      active: false,
      holidays: ['2026-12-24'],
    });
    expect(await changeRep(opened.db, 'ana', {})).toMatchObject({ active: false });
    expect(await changeRep(opened.db, 'ben', { active: true })).toBeNull();
  });

  it('are imported as a team, again and again', async () => {
    const team = [
      { handle: 'cleo', name: 'Cleo' },
      { handle: 'ana', name: 'Ana' },
    ];
    expect(await importReps(opened.db, team)).toMatchObject({ created: 2, updated: 0 });
    expect(await importReps(opened.db, [...team, { handle: 'ben', name: 'Ben' }])).toMatchObject({
      created: 1,
      updated: 2,
    });
    const [first] = await listReps(opened.db, { limit: 1 });
    expect(first?.handle).toBe('ana');
    expect((await listReps(opened.db, { limit: 9, after: first?.id })).map(({ handle }) => handle)).toEqual([
      'ben',
      'cleo',
    ]);
    expect(await findRep(opened.db, 'dora')).toBeNull();
  });
});
