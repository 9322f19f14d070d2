/** A database with one published definition, and the rows that activities read: leads, reps, events, handoffs. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { ActivityDeps } from '../../src/activities/deps.js';
import type { Connectors } from '../../src/connectors/ports.js';
import { createConnectors } from '../../src/connectors/registry.js';
import { DefinitionBook } from '../../src/definition/versions.js';
import type { PendingEffect, TriggerFired } from '../../src/domain/decision.js';
import { corePolicy } from '../../src/domain/definition.js';
import type { Handoff, LeadState } from '../../src/domain/state.js';
import { newLead } from '../../src/domain/step.js';
import type { Db, OpenDatabase } from '../../src/store/database.js';
import { newId } from '../../src/store/ids.js';
import { createRep, type RepDraft } from '../../src/store/reps.js';
import type { EventBody } from '../../src/store/schema.js';
import { json } from '../../src/store/sql.js';

/** Tuesday, 24 November 2026, 10:00 in New York. */
export const TUESDAY = Date.parse('2026-11-24T15:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../definitions/sample.yaml'), 'utf8');

export class World {
  readonly db: Db;
  readonly book: DefinitionBook;

  private constructor(readonly opened: OpenDatabase) {
    this.db = opened.db;
    this.book = new DefinitionBook(opened.db);
  }

  static async over(
    opened: OpenDatabase,
    change: (document: string) => string = (text) => text,
  ): Promise<World> {
    const world = new World(opened);
    await world.book.publish(change(DOCUMENT), 'test');
    return world;
  }

  deps(overrides: Partial<Connectors> = {}, more: Partial<ActivityDeps> = {}): ActivityDeps {
    return {
      db: this.db,
      book: this.book,
      connectors: createConnectors(this.db, { smtpUrl: null }, overrides),
      requestTimeoutMs: 5_000,
      ...more,
    };
  }

  async lead(
    fields: {
      email?: string | null;
      name?: string;
      company?: string;
      country?: string;
      source?: string;
      owner?: string;
      phone?: string;
      timeZone?: string;
    } = {},
  ): Promise<string> {
    const id = newId();
    await this.db
      .insertInto('leads')
      .values({
        id,
        email: fields.email === undefined ? `${id}@gmail.com` : fields.email,
        name: fields.name ?? 'Kim Lee',
        company: fields.company ?? 'Example Corp',
        phone: fields.phone ?? null,
        country: fields.country ?? 'US',
        time_zone: fields.timeZone ?? null,
        source: fields.source ?? 'webinar',
        magnet: 'Handoff webinar',
        owner_rep_id: fields.owner ?? null,
        created_at: new Date(TUESDAY - 30 * DAY),
        updated_at: new Date(TUESDAY),
      })
      .execute();
    await this.db.insertInto('lead_stream').values({ lead_id: id, status: 'open' }).execute();
    return id;
  }

  async rep(handle: string, fields: Partial<RepDraft> = {}): Promise<string> {
    const rep = await createRep(this.db, {
      handle,
      name: `${handle[0]?.toUpperCase()}${handle.slice(1)}`,
      email: `${handle}@acme.test`,
      ...fields,
    });
    if (!rep) throw new Error(`${handle} is taken`);
    return rep.id;
  }

  /** Appends a numbered event, accepted when it occurred. */
  async event(
    lead: string,
    type: string,
    at: number,
    properties: Record<string, unknown> = {},
    body: EventBody = {},
  ): Promise<number> {
    const { rows } = await sql<{ seq: number }>`
      update lead_stream set next_seq = next_seq + 1, last_accepted_at = ${new Date(at)}
      where lead_id = ${lead} returning next_seq - 1 as seq`.execute(this.db);
    const seq = Number(rows[0]?.seq);
    await this.db
      .insertInto('events')
      .values({
        connection_id: 'test',
        event_id: randomUUID(),
        body_hash: 'x',
        lead_id: lead,
        seq,
        received_at: new Date(at),
        accepted_at: new Date(at),
        occurred_at: new Date(at),
        type,
        body: json({ properties, ...body }),
      })
      .execute();
    return seq;
  }

  /** A lead's state in the first nurture period, under the current definition. */
  async state(lead: string, change: Partial<LeadState> = {}, source = 'webinar'): Promise<LeadState> {
    const published = await this.book.current();
    const base = newLead(lead, corePolicy(published.policyFor(source), published.ref));
    return { ...base, at: TUESDAY, ...change };
  }

  async handoff(change: Partial<Handoff> = {}): Promise<Handoff> {
    const published = await this.book.current();
    return {
      number: 1,
      startedAt: TUESDAY,
      trigger: trigger(),
      definition: published.ref,
      terms: published.policyFor('webinar').handoff,
      prepared: false,
      rep: null,
      routedBy: null,
      task: { state: 'none', dueAt: null, dueAlerted: false },
      sla: { state: 'running', startsAt: null, dueAt: null, remindAt: null, extended: false },
      bridge: { state: 'none', at: null, expiresAt: null },
      meetingAt: null,
      firstActivityAt: null,
      lastActivityAt: null,
      idleAlerts: 0,
      reassignedAfterLapse: 0,
      lapsedReps: [],
      suppressedAtStart: false,
      outcome: null,
      ...change,
    };
  }

  /** The row that preparation leaves, for effects that speak of a handoff. */
  async handoffRow(
    lead: string,
    fields: {
      rep?: string | null;
      state?: 'awaiting' | 'working' | 'closed';
      number?: number;
      at?: number;
      outcome?: string;
    } = {},
  ): Promise<void> {
    await this.db
      .insertInto('handoffs')
      .values({
        lead_id: lead,
        number: fields.number ?? 1,
        state: fields.state ?? 'awaiting',
        trigger: json(trigger()),
        definition_number: 1,
        started_at: new Date(fields.at ?? TUESDAY),
        rep_id: fields.rep ?? null,
        intent: 'high',
        task_due_at: new Date(TUESDAY + 7 * HOUR),
        sla_due_at: new Date(TUESDAY + 3 * DAY),
        outcome: fields.outcome ?? null,
        package_format: 1,
        package: json({
          format: 1,
          opener: 'Asked for a demo on Tuesday, 24 November; nothing else is known yet.',
          person: { name: 'Kim Lee' },
        }),
      })
      .execute();
  }

  effectRow(key: string) {
    return this.db.selectFrom('effects').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
  }
}

export function trigger(change: Partial<TriggerFired> = {}): TriggerFired {
  return { kind: 'action', id: 'demo', intent: 'high', at: TUESDAY, alsoHeld: [], ...change };
}

export function pending(
  lead: string,
  args: PendingEffect['args'],
  more: Partial<PendingEffect> = {},
): PendingEffect {
  const handoff = args.effect === 'final' ? null : 1;
  const scope = handoff === null ? 'p1' : 'h1';
  return {
    key: `${lead}/${scope}/${args.effect}/1`,
    handoff,
    args,
    attempts: 0,
    retryAt: 0,
    parked: false,
    ...more,
  };
}
