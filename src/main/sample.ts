/** Plays the sample story into an empty database, through the same checks that every sender's events pass. */
import { EventIntake } from '../api/event-intake.js';
import type { DefinitionBook } from '../definition/versions.js';
import type { Db } from '../store/database.js';
import { SAMPLE_CONNECTION } from '../store/event-log.js';
import type { GroupCommit } from '../store/group-commit.js';
import { importReps } from '../store/reps.js';
import { markSampleReps } from '../store/sample.js';
import { type Happening, SAMPLE_LEADS, SAMPLE_REPS, type SampleLead } from './sample-story.js';

export interface PlayedSample {
  readonly leads: number;
  readonly sources: number;
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

export async function playSample(parts: {
  db: Db;
  book: DefinitionBook;
  commit: GroupCommit;
}): Promise<PlayedSample> {
  const { db, book, commit } = parts;
  await importReps(db, SAMPLE_REPS);
  await markSampleReps(
    db,
    SAMPLE_REPS.map(({ handle }) => handle),
  );
  const { definition } = await book.current();
  const intake = new EventIntake({ commit, now: Date.now, policy: async () => definition });
  const principal = {
    id: 'sample',
    name: 'sample story',
    scopes: ['ingest' as const],
    connectionId: SAMPLE_CONNECTION,
  };
  const now = Date.now();
  const events = SAMPLE_LEADS.flatMap((lead, index) => storyOf(lead, index, now));
  const { rejected } = await intake.accept(
    events.map((value) => ({ value })),
    JSON.stringify(events).length,
    principal,
  );
  const [first] = rejected;
  if (first)
    throw new Error(`The sample story was refused: ${first.code} at ${first.path}: ${first.message}`);
  return { leads: SAMPLE_LEADS.length, sources: new Set(SAMPLE_LEADS.map(({ source }) => source.name)).size };
}

function storyOf(lead: SampleLead, index: number, now: number): unknown[] {
  const first = lead.past[0]?.[0] ?? 0;
  const created: Happening = [first + 0.01, 'lead.created', { traits: lead.traits }];
  const event = (happening: Happening, position: number, backfill: boolean) => {
    const [daysAgo, type, properties = {}] = happening;
    return {
      id: `sample-${index}-${position}`,
      type,
      occurredAt: new Date(now - daysAgo * DAY_MS).toISOString(),
      lead: { email: lead.email },
      source: lead.source,
      properties: type === 'meeting.booked' ? { ...properties, meetingAt: meetingAt(now) } : properties,
      backfill,
    };
  };
  const past = [created, ...lead.past].map((happening, position) => event(happening, position, true));
  const today = lead.today.map((happening, position) => event(happening, past.length + position, false));
  return [...past, ...today];
}

function meetingAt(now: number): string {
  return new Date(Math.floor((now + 2 * DAY_MS) / SECOND_MS) * SECOND_MS).toISOString();
}
