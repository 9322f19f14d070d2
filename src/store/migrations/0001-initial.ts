import { type Kysely, sql } from 'kysely';

/**
 * Everything Baton knows. SQL is written to Postgres 15, so that PGlite and Postgres run the same.
 * Instants are `timestamptz` with millisecond precision; ids that reach Temporal are random.
 */
const STATEMENTS = [
  `create table meta (key text primary key, value text not null)`,

  `create table api_keys (
    id text primary key, prefix text not null unique, hash text not null, name text not null,
    scopes text[] not null, connection_id text not null,
    created_at timestamptz not null default now(), expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)`,

  `create table definitions (
    number integer primary key, hash text not null, name text not null, document text not null,
    signed jsonb not null default '{}', note text, published_at timestamptz not null default now(), published_by text not null)`,

  `create table reps (
    id text primary key, handle text not null unique, name text not null, email text,
    slack_id text, crm_owner_id text, role text not null default 'rep',
    time_zone text, working_days text[], working_hours jsonb, holidays text[] not null default '{}',
    absences jsonb not null default '[]', weight integer not null default 1, capacity integer,
    active boolean not null default true, sample boolean not null default false,
    last_assigned_at timestamptz, created_at timestamptz not null default now())`,

  `create table leads (
    id text primary key, email text, name text, company text, phone text, country text,
    company_size integer, time_zone text, traits jsonb not null default '{}',
    source text, magnet text, channel text, owner_rep_id text references reps (id),
    sample boolean not null default false, import_id text,
    created_at timestamptz not null, updated_at timestamptz not null, erased_at timestamptz)`,
  `create index leads_created on leads (created_at desc, id)`,
  `create index leads_source on leads (source)`,
  `create index leads_email_domain on leads (lower(split_part(email, '@', 2))) where email is not null`,

  `create table identities (
    kind text not null, value text not null, lead_id text not null references leads (id),
    created_at timestamptz not null default now(), primary key (kind, value))`,
  `create index identities_lead on identities (lead_id)`,

  `create table refs (id serial primary key, kind text not null, key text not null, unique (kind, key))`,

  `create table events (
    position bigserial primary key, connection_id text not null, event_id text not null, body_hash text not null,
    lead_id text, visitor text, seq integer,
    received_at timestamptz not null, accepted_at timestamptz not null, occurred_at timestamptz not null,
    type text not null, backfill boolean not null default false, urgent boolean not null default false,
    anonymous boolean not null default false, label text, import_id text, body jsonb not null,
    unique (connection_id, event_id))`,
  `create unique index events_lead_seq on events (lead_id, seq) where seq is not null`,
  `create index events_unnumbered on events (lead_id, position) where seq is null and lead_id is not null`,
  `create index events_import on events (import_id, lead_id) where import_id is not null`,
  `create index events_visitor on events (visitor, position) where lead_id is null`,

  `create table lead_stream (
    lead_id text primary key references leads (id), epoch integer not null default 1,
    status text not null default 'new', next_seq integer not null default 1,
    sent_seq integer not null default 0, applied_seq integer not null default 0,
    last_accepted_at timestamptz, ready boolean not null default false, urgent boolean not null default false,
    ready_at timestamptz, not_before timestamptz,
    lease_token text, lease_until timestamptz, snapshot jsonb, merged_into text)`,
  `create index lead_stream_ready on lead_stream (urgent desc, ready_at) where ready`,

  `create table lead_status (
    lead_id text primary key references leads (id), epoch integer not null, seq integer not null,
    stage text not null, track text, source text not null, suppressed_marketing text, suppressed_sales text,
    owner_rep_id text, handoff_number integer, handoff_state text, trigger_id text, due_at timestamptz, sla_due_at timestamptz,
    next_what text, next_at timestamptz, tags text[] not null default '{}', attention text[] not null default '{}',
    engine integer not null, definition_number integer not null, state jsonb not null, recorded_at timestamptz not null)`,
  `create index lead_status_stage on lead_status (stage)`,
  `create index lead_status_owner on lead_status (owner_rep_id) where owner_rep_id is not null`,

  `create table lead_projection (
    lead_id text primary key references leads (id), seq integer not null, period integer not null,
    score integer not null default 0, fit integer not null default 0, threshold integer not null default 0,
    opens integer not null default 0, clicks integer not null default 0,
    score_as_of timestamptz not null, settle_at timestamptz, last_engagement_at timestamptz, engagement jsonb not null)`,
  `create index lead_projection_score on lead_projection (score desc, lead_id)`,
  `create index lead_projection_settle on lead_projection (settle_at) where settle_at is not null`,

  `create table handoffs (
    lead_id text not null references leads (id), number integer not null, state text not null,
    trigger jsonb not null, definition_number integer not null, started_at timestamptz not null,
    rep_id text references reps (id), routed_by text, intent text not null,
    task_state text not null default 'none', task_due_at timestamptz,
    sla_state text not null default 'running', sla_starts_at timestamptz, sla_remind_at timestamptz, sla_due_at timestamptz,
    first_activity_at timestamptz, package_format integer, package jsonb, prepared jsonb,
    outcome text, outcome_at timestamptz, outcome_by text, outcome_reason text, follow_up_on text,
    primary key (lead_id, number))`,
  `create index handoffs_open on handoffs (rep_id, sla_due_at) where state <> 'closed'`,
  `create index handoffs_started on handoffs (started_at desc)`,

  `create table effects (
    key text primary key, lead_id text not null references leads (id), handoff integer, effect text not null,
    args jsonb not null, state text not null default 'planned', attempts integer not null default 0,
    unknowns integer not null default 0, fence text, sending_since timestamptz, reference text, error text, code text,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now())`,
  `create index effects_lead on effects (lead_id, created_at)`,
  `create index effects_attention on effects (state, updated_at) where state in ('failed', 'unknown')`,

  `create table journal (
    lead_id text not null references leads (id), n integer not null, epoch integer not null, after_seq integer not null,
    at timestamptz not null, definition_number integer not null, definition_hash text not null, engine integer not null,
    input jsonb not null, decisions jsonb not null, recorded_at timestamptz not null default now(),
    primary key (lead_id, n))`,
  `create index journal_at on journal (at)`,

  `create table commands (
    id text primary key, lead_id text not null references leads (id), kind text not null, handoff integer,
    body jsonb not null, by text, verdict jsonb, created_at timestamptz not null default now(), decided_at timestamptz)`,
  `create index commands_lead on commands (lead_id, created_at)`,
  `create index commands_undecided on commands (kind) where verdict is null`,

  `create table objections (
    id text primary key, lead_id text not null references leads (id), handoff integer not null, source text,
    text text not null, by text, created_at timestamptz not null default now())`,

  `create table tasks (
    id text primary key, effect_key text not null unique, lead_id text not null references leads (id), handoff integer not null,
    rep_id text, title text not null, due_at timestamptz not null, state text not null default 'open',
    created_at timestamptz not null default now(), closed_at timestamptz)`,
  `create index tasks_lead on tasks (lead_id, handoff)`,

  `create table nurture (
    lead_id text primary key references leads (id), state text not null, track text,
    tags text[] not null default '{}', updated_at timestamptz not null default now())`,

  `create table outbox (
    id text primary key, effect_key text not null unique, kind text not null, lead_id text not null references leads (id),
    handoff integer, rep_id text, audience text, reason text, recipient text, subject text, text text not null,
    message_id text, via text not null, repeated boolean not null default false,
    created_at timestamptz not null default now(), read_at timestamptz)`,
  `create index outbox_created on outbox (created_at desc, id)`,

  `create table imports (
    id text primary key, name text, state text not null default 'open', created_at timestamptz not null default now(),
    released_at timestamptz, created_by text,
    release_pass integer not null default 1, judged_through text not null default '')`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
