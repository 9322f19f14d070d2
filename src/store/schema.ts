/** Row shapes of the database, for Kysely. Instants are `Date`, counters are safe integers, JSON is parsed. */
import type { ColumnType, Generated } from 'kysely';
import type { JournalInput } from '../contracts/lead-workflow.js';
import type { Decision, EffectArgs, EffectKind, TriggerFired, Verdict } from '../domain/decision.js';
import type { FaultCode, PreparedFacts } from '../domain/lead-event.js';
import type { Engagement, LeadState } from '../domain/state.js';

type Instant = ColumnType<Date, Date | string, Date | string>;
type Defaulted<T> = ColumnType<T, T | undefined, T>;
type DefaultedInstant = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>;
/** JSON goes in as a string (see `json` in `sql.ts`) and comes out parsed. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface Database {
  meta: { key: string; value: string };
  api_keys: ApiKeysTable;
  definitions: DefinitionsTable;
  definition_drafts: DefinitionDraftsTable;
  definition_log: DefinitionLogTable;
  definition_sweeps: DefinitionSweepsTable;
  backtests: BacktestsTable;
  reps: RepsTable;
  leads: LeadsTable;
  identities: { kind: IdentityKind; value: string; lead_id: string; created_at: DefaultedInstant };
  refs: { id: Generated<number>; kind: RefKind; key: string };
  events: EventsTable;
  lead_stream: LeadStreamTable;
  lead_status: LeadStatusTable;
  lead_projection: LeadProjectionTable;
  handoffs: HandoffsTable;
  effects: EffectsTable;
  journal: JournalTable;
  commands: CommandsTable;
  objections: ObjectionsTable;
  tasks: TasksTable;
  nurture: NurtureTable;
  outbox: OutboxTable;
  imports: ImportsTable;
  connections: ConnectionsTable;
  webhook_tokens: { connection_id: string; token: string; digest: string; seen_at: DefaultedInstant };
}

export type IdentityKind = 'email' | 'userId' | 'anonymousId';
export type RefKind = 'email' | 'link' | 'resource';
export type StreamStatus = 'new' | 'open' | 'closed' | 'merged' | 'erased';
export type LedgerState = 'planned' | 'sending' | 'confirmed' | 'unknown' | 'failed' | 'skipped';

interface ApiKeysTable {
  id: string;
  prefix: string;
  hash: string;
  name: string;
  scopes: string[];
  connection_id: string;
  created_at: DefaultedInstant;
  expires_at: NullableInstant;
  revoked_at: NullableInstant;
  last_used_at: NullableInstant;
}

interface DefinitionsTable {
  number: number;
  hash: string;
  name: string;
  document: string;
  signed: ColumnType<Record<string, string>, string | undefined, string>;
  note: Nullable<string>;
  published_at: DefaultedInstant;
  published_by: string;
}

/** Who signed a draft for one of the two teams, when, and what they saw. */
export interface Signature {
  by: string;
  at: string;
  hash: string;
}

interface DefinitionDraftsTable {
  id: string;
  name: string;
  document: string;
  hash: string;
  /** Raised by every edit; an edit names the one it saw. */
  revision: Defaulted<number>;
  /** The newest published number when it was begun. */
  based_on: number;
  note: Nullable<string>;
  signed: ColumnType<{ marketing?: Signature; sales?: Signature }, string | undefined, string>;
  state: Defaulted<'open' | 'published' | 'discarded'>;
  published_as: Nullable<number>;
  created_by: string;
  created_at: DefaultedInstant;
  updated_at: DefaultedInstant;
}

interface DefinitionLogTable {
  position: Generated<number>;
  at: DefaultedInstant;
  what: 'drafted' | 'edited' | 'signed' | 'discarded' | 'published' | 'rolled_back';
  draft: Nullable<string>;
  number: Nullable<number>;
  hash: string;
  by: string;
  data: ColumnType<Record<string, unknown>, string | undefined, string>;
}

/** After a publish, leads that the new version newly reaches are judged, a few at a time. */
interface DefinitionSweepsTable {
  number: number;
  state: Defaulted<'running' | 'done' | 'superseded'>;
  /** Leads are looked at in the order of their ids. */
  through: Defaulted<string>;
  looked: Defaulted<number>;
  judged: Defaulted<number>;
  handoffs: Defaulted<number>;
  started_at: DefaultedInstant;
  ended_at: NullableInstant;
}

interface BacktestsTable {
  id: string;
  state: Defaulted<'waiting' | 'running' | 'done' | 'cancelled' | 'failed'>;
  request: Json<Record<string, unknown>>;
  progress: ColumnType<Record<string, unknown>, string | undefined, string>;
  result: NullableJson<Record<string, unknown>>;
  error: Nullable<string>;
  created_by: Nullable<string>;
  created_at: DefaultedInstant;
  started_at: NullableInstant;
  ended_at: NullableInstant;
  /** The process that runs it says so now and then; one that stopped saying so is gone. */
  beat_at: NullableInstant;
}

export interface Absence {
  /** ISO dates, both included. */
  from: string;
  to: string;
}

interface RepsTable {
  id: string;
  handle: string;
  name: string;
  email: Nullable<string>;
  slack_id: Nullable<string>;
  crm_owner_id: Nullable<string>;
  role: Defaulted<'rep' | 'manager'>;
  time_zone: Nullable<string>;
  working_days: Nullable<string[]>;
  working_hours: NullableJson<{ from: string; to: string }>;
  holidays: Defaulted<string[]>;
  absences: ColumnType<Absence[], string | undefined, string>;
  weight: Defaulted<number>;
  capacity: Nullable<number>;
  active: Defaulted<boolean>;
  sample: Defaulted<boolean>;
  last_assigned_at: NullableInstant;
  created_at: DefaultedInstant;
}

interface LeadsTable {
  id: string;
  email: Nullable<string>;
  name: Nullable<string>;
  company: Nullable<string>;
  phone: Nullable<string>;
  country: Nullable<string>;
  company_size: Nullable<number>;
  time_zone: Nullable<string>;
  traits: ColumnType<Record<string, unknown>, string | undefined, string>;
  source: Nullable<string>;
  magnet: Nullable<string>;
  channel: Nullable<string>;
  owner_rep_id: Nullable<string>;
  sample: Defaulted<boolean>;
  import_id: Nullable<string>;
  created_at: Instant;
  updated_at: Instant;
  erased_at: NullableInstant;
}

/** An event as it was accepted, in the one form that every way in translates to. */
export interface EventBody {
  lead?: { email?: string; userId?: string; anonymousId?: string };
  source?: { name?: string; magnet?: string; channel?: string };
  properties?: Record<string, unknown>;
  context?: { userAgent?: string; ip?: string; timezone?: string };
  /** Set on `sales.*` and other commands. */
  command?: { id: string; kind: string; [key: string]: unknown };
}

interface EventsTable {
  position: Generated<number>;
  connection_id: string;
  event_id: string;
  body_hash: string;
  lead_id: Nullable<string>;
  visitor: Nullable<string>;
  seq: Nullable<number>;
  received_at: Instant;
  accepted_at: Instant;
  occurred_at: Instant;
  type: string;
  backfill: Defaulted<boolean>;
  urgent: Defaulted<boolean>;
  anonymous: Defaulted<boolean>;
  /** A person's correction: `machine` or `human`. */
  label: Nullable<'machine' | 'human'>;
  import_id: Nullable<string>;
  body: Json<EventBody>;
}

interface LeadStreamTable {
  lead_id: string;
  epoch: Defaulted<number>;
  status: Defaulted<StreamStatus>;
  next_seq: Defaulted<number>;
  sent_seq: Defaulted<number>;
  applied_seq: Defaulted<number>;
  last_accepted_at: NullableInstant;
  ready: Defaulted<boolean>;
  urgent: Defaulted<boolean>;
  ready_at: NullableInstant;
  not_before: NullableInstant;
  lease_token: Nullable<string>;
  lease_until: NullableInstant;
  snapshot: NullableJson<LeadState>;
  merged_into: Nullable<string>;
}

interface LeadStatusTable {
  lead_id: string;
  epoch: number;
  seq: number;
  stage: string;
  track: Nullable<string>;
  source: string;
  suppressed_marketing: Nullable<string>;
  suppressed_sales: Nullable<string>;
  owner_rep_id: Nullable<string>;
  handoff_number: Nullable<number>;
  handoff_state: Nullable<string>;
  trigger_id: Nullable<string>;
  due_at: NullableInstant;
  sla_due_at: NullableInstant;
  next_what: Nullable<string>;
  next_at: NullableInstant;
  tags: Defaulted<string[]>;
  attention: Defaulted<string[]>;
  engine: number;
  definition_number: number;
  state: Json<LeadState>;
  recorded_at: Instant;
}

interface LeadProjectionTable {
  lead_id: string;
  seq: number;
  period: number;
  /** Milli-points. */
  score: Defaulted<number>;
  fit: Defaulted<number>;
  threshold: Defaulted<number>;
  opens: Defaulted<number>;
  clicks: Defaulted<number>;
  score_as_of: Instant;
  settle_at: NullableInstant;
  last_engagement_at: NullableInstant;
  engagement: Json<Engagement>;
}

interface HandoffsTable {
  lead_id: string;
  number: number;
  state: 'awaiting' | 'working' | 'closed';
  trigger: Json<TriggerFired>;
  definition_number: number;
  started_at: Instant;
  rep_id: Nullable<string>;
  routed_by: Nullable<string>;
  intent: string;
  task_state: Defaulted<string>;
  task_due_at: NullableInstant;
  sla_state: Defaulted<string>;
  sla_starts_at: NullableInstant;
  sla_remind_at: NullableInstant;
  sla_due_at: NullableInstant;
  first_activity_at: NullableInstant;
  package_format: Nullable<number>;
  package: NullableJson<Record<string, unknown>>;
  /** What the workflow was told, by the request that asked: a repeated attempt gets the same answer. */
  prepared: NullableJson<{ request: number; facts: PreparedFacts }>;
  outcome: Nullable<string>;
  outcome_at: NullableInstant;
  outcome_by: Nullable<string>;
  outcome_reason: Nullable<string>;
  follow_up_on: Nullable<string>;
}

interface EffectsTable {
  key: string;
  lead_id: string;
  handoff: Nullable<number>;
  effect: EffectKind;
  args: Json<EffectArgs>;
  state: Defaulted<LedgerState>;
  attempts: Defaulted<number>;
  /** How often nobody could say whether an attempt had happened. */
  unknowns: Defaulted<number>;
  fence: Nullable<string>;
  sending_since: NullableInstant;
  reference: Nullable<string>;
  /** What the other side said, word for word; it stays in Postgres. */
  error: Nullable<string>;
  code: Nullable<FaultCode>;
  created_at: DefaultedInstant;
  updated_at: DefaultedInstant;
}

interface JournalTable {
  lead_id: string;
  n: number;
  epoch: number;
  after_seq: number;
  at: Instant;
  definition_number: number;
  definition_hash: string;
  engine: number;
  input: Json<JournalInput>;
  decisions: Json<Decision[]>;
  recorded_at: DefaultedInstant;
}

interface CommandsTable {
  id: string;
  lead_id: string;
  kind: string;
  handoff: Nullable<number>;
  body: Json<Record<string, unknown>>;
  by: Nullable<string>;
  verdict: NullableJson<Verdict>;
  created_at: DefaultedInstant;
  decided_at: NullableInstant;
}

interface ObjectionsTable {
  id: string;
  lead_id: string;
  handoff: number;
  source: Nullable<string>;
  text: string;
  by: Nullable<string>;
  created_at: DefaultedInstant;
}

interface TasksTable {
  id: string;
  effect_key: string;
  lead_id: string;
  handoff: number;
  rep_id: Nullable<string>;
  title: string;
  due_at: Instant;
  state: Defaulted<'open' | 'done' | 'missed' | 'cancelled'>;
  created_at: DefaultedInstant;
  closed_at: NullableInstant;
}

interface NurtureTable {
  lead_id: string;
  state: 'active' | 'paused';
  track: Nullable<string>;
  tags: Defaulted<string[]>;
  updated_at: DefaultedInstant;
}

interface OutboxTable {
  id: string;
  effect_key: string;
  kind: 'mail' | 'alert';
  lead_id: string;
  handoff: Nullable<number>;
  rep_id: Nullable<string>;
  audience: Nullable<string>;
  reason: Nullable<string>;
  recipient: Nullable<string>;
  subject: Nullable<string>;
  text: string;
  message_id: Nullable<string>;
  via: 'smtp' | 'outbox';
  repeated: Defaulted<boolean>;
  created_at: DefaultedInstant;
  read_at: NullableInstant;
}

interface ImportsTable {
  id: string;
  name: Nullable<string>;
  state: Defaulted<'open' | 'releasing' | 'released'>;
  created_at: DefaultedInstant;
  released_at: NullableInstant;
  created_by: Nullable<string>;
  /** A release looks at its leads in the order of their ids, again and again until none is left. */
  release_pass: Defaulted<number>;
  judged_through: Defaulted<string>;
}

interface ConnectionsTable {
  /** The caller's handle. */
  id: string;
  kind: string;
  title: string;
  settings: ColumnType<Record<string, unknown>, string | undefined, string>;
  /** A sealed envelope; see `secret-box.ts`. */
  secrets: Nullable<string>;
  active: Defaulted<boolean>;
  created_at: DefaultedInstant;
  updated_at: DefaultedInstant;
  /** To the minute: when something from there was last verified, and last refused with which reason. */
  last_received_at: NullableInstant;
  last_refused_at: NullableInstant;
  last_refusal: Nullable<string>;
}
