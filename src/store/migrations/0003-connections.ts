import { type Kysely, sql } from 'kysely';

/** Systems at the edge, their secrets as sealed envelopes, and the tokens of webhooks that are good only once. */
const STATEMENTS = [
  `create table connections (
    id text primary key, kind text not null, title text not null, settings jsonb not null default '{}', secrets text,
    active boolean not null default true,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    last_received_at timestamptz, last_refused_at timestamptz, last_refusal text)`,

  `create table webhook_tokens (
    connection_id text not null references connections (id) on delete cascade, token text not null, digest text not null,
    seen_at timestamptz not null default now(), primary key (connection_id, token))`,
  `create index webhook_tokens_seen on webhook_tokens (seen_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
