/** A lead's story for packages and mails: its row, and its events in words of dates in somebody's time zone. */
import { contentOf, linkAddress, resourceName } from '../definition/content.js';
import { observeLog } from '../definition/facts.js';
import type { PublishedDefinition } from '../definition/versions.js';
import { humanActs } from '../domain/acts.js';
import { corePolicy, type SourcePolicy } from '../domain/definition.js';
import type { PackageEvent, PackagePerson } from '../domain/package.js';
import type { Db } from '../store/database.js';
import type { LeadRow } from '../store/handoffs.js';
import { type LogRow, numberedRows } from '../store/stream-log.js';
import { clockInWords, dayInWords } from './words.js';

/** A package speaks of the newest events only, however long the log is. */
const EVENTS_MAX = 5_000;

export interface StoryQuestion {
  readonly leadId: string;
  readonly uptoSeq: number;
  readonly published: PublishedDefinition;
  readonly source: string;
  readonly period: { readonly number: number; readonly startedAt: number };
  /** The instant the story is told at. */
  readonly atMs: number;
}

/** A story before it is put into anybody's time zone. */
export interface Story {
  readonly rows: readonly LogRow[];
  readonly human: ReadonlySet<number>;
  readonly policy: SourcePolicy;
}

/** Reads the log and lets the engagement fold say which events a person did. */
export async function readStory(db: Db, question: StoryQuestion): Promise<Story> {
  const { leadId, uptoSeq, published, source, atMs } = question;
  const rows = await numberedRows(db, leadId, Math.max(0, uptoSeq - EVENTS_MAX), uptoSeq);
  const facts = await observeLog(db, leadId, rows, published, source);
  const policy = published.policyFor(source);
  return { rows, policy, human: humanActs(facts, corePolicy(policy, published.ref), atMs) };
}

/** The events of a story, with the days in words of a time zone. */
export function storyEvents(
  story: Story,
  told: { readonly timeZone: string; readonly atMs: number; readonly period: StoryQuestion['period'] },
): PackageEvent[] {
  const subjects = subjectsByMail(story.rows);
  return story.rows
    .filter((row) => !row.body.command)
    .map((row): PackageEvent => {
      const properties = row.body.properties ?? {};
      const at = row.occurred_at.getTime();
      const link = linkAddress(properties.url ?? properties.path);
      const resource = resourceName(row.type, properties, link);
      const content = contentOf(story.policy.content, { link, resource });
      const sent =
        text(properties.title) ??
        text(properties.form) ??
        (row.type.startsWith('webinar.') ? resource : null);
      const emailKey = mailKey(properties.emailId);
      const emailSubject =
        text(properties.subject) ?? (emailKey === null ? null : (subjects.get(emailKey) ?? null));
      return {
        type: row.type,
        at,
        day: dayInWords(at, told.timeZone, told.atMs),
        mail: emailSubject ?? emailKey,
        title: content?.title ?? sent ?? (row.type === 'content.downloaded' ? resource : null),
        titleFrom: content?.title !== undefined ? 'definition' : 'sender',
        path: link?.path ?? null,
        contentKind: content?.kind ?? null,
        product: text(properties.product),
        human: story.human.has(row.seq),
        current: told.period.number === 1 || at >= told.period.startedAt,
        emailKey,
        emailSubject,
        linkKey: link?.key ?? null,
        resource,
        topic: content?.topic ?? text(properties.topic),
      };
    });
}

/** The person as a package shows them. */
export function personOf(lead: LeadRow, atMs: number): PackagePerson {
  return {
    name: lead.name,
    email: lead.email,
    company: lead.company,
    phone: lead.phone,
    country: lead.country,
    companySize: lead.company_size,
    timeZone: lead.time_zone,
    localTime: clockInWords(atMs, lead.time_zone),
  };
}

function subjectsByMail(rows: readonly LogRow[]): ReadonlyMap<string, string> {
  const subjects = new Map<string, string>();
  for (const { body } of rows) {
    const key = mailKey(body.properties?.emailId);
    const subject = text(body.properties?.subject);
    if (key !== null && subject !== null) subjects.set(key, subject);
  }
  return subjects;
}

function mailKey(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : text(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
