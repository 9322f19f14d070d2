/** How much of a release the reps can take. */
import type { Db } from '../store/database.js';
import { handoffsUnderWay, rotationRoom } from '../store/imports.js';
import { localDate } from './local-date.js';
import type { PublishedDefinition } from './versions.js';

/**
 * How many more handoffs the reps of the round robin who are there today can hold, less those that are decided and
 * not assigned yet. Null when one of them has no limit; 0 when nobody is there.
 */
export async function freeCapacity(
  db: Db,
  published: PublishedDefinition,
  nowMs: number,
): Promise<number | null> {
  const { timeZone } = published.definition.calendar;
  const present = (await rotationRoom(db)).filter((rep) => {
    const today = localDate(nowMs, rep.timeZone ?? timeZone);
    return !rep.absences.some(({ from, to }) => from <= today && today <= to);
  });
  let room = 0;
  for (const { capacity, awaiting } of present) {
    if (capacity === null) return null;
    room += Math.max(0, capacity - awaiting);
  }
  return room === 0 ? 0 : Math.max(0, room - (await handoffsUnderWay(db)));
}
