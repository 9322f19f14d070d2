import { type Kysely, sql } from 'kysely';

/** Drafts of the handoff definition, who did what with them, what follows a publish, and backtests. */
const STATEMENTS = [
  `create table definition_drafts (
    id text primary key, name text not null, document text not null, hash text not null, revision integer not null default 1,
    based_on integer not null, note text, signed jsonb not null default '{}',
    state text not null default 'open', published_as integer references definitions (number),
    created_by text not null, created_at timestamptz not null default now(), updated_at timestamptz not null default now())`,
  `create index definition_drafts_open on definition_drafts (updated_at desc, id) where state = 'open'`,

  `create table definition_log (
    position bigserial primary key, at timestamptz not null default now(), what text not null,
    draft text, number integer, hash text not null, by text not null, data jsonb not null default '{}')`,

  `create table definition_sweeps (
    number integer primary key references definitions (number), state text not null default 'running',
    through text not null default '', looked integer not null default 0, judged integer not null default 0,
    handoffs integer not null default 0, started_at timestamptz not null default now(), ended_at timestamptz)`,

  `create table backtests (
    id text primary key, state text not null default 'waiting', request jsonb not null, progress jsonb not null default '{}',
    result jsonb, error text, created_by text, created_at timestamptz not null default now(),
    started_at timestamptz, ended_at timestamptz, beat_at timestamptz)`,
  `create index backtests_created on backtests (created_at desc, id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
