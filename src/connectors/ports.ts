/**
 * What Baton asks of the systems around it: one port per role, the same for built-in connectors and outside
 * ones. A call answers a typed result or throws a `ConnectorError`; nothing else tells the ledger what happened.
 */
import type { AlertReason, AlertTo } from '../domain/decision.js';
import type { ActivityKind, Track } from '../domain/definition.js';
import type { FaultCode } from '../domain/lead-event.js';

/**
 * Why a call did not succeed. `timeout` and `unknown_outcome` mean that the other side may have done it all the
 * same; every other kind promises that it did not. The message may quote the other side and is kept in Postgres only.
 */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly kind: FaultCode;
  /** Trying again unchanged cannot help. */
  readonly permanent: boolean;

  constructor(kind: FaultCode, message: string, options: { permanent?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.permanent = options.permanent ?? false;
  }

  /** Whether the other side may have acted although no answer came. */
  get mayHaveHappened(): boolean {
    return this.kind === 'timeout' || this.kind === 'unknown_outcome';
  }
}

/** Every call carries a signal that aborts at its time limit, which is shorter than the activity's. */
export interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface Reference {
  /** The other side's id of what was made, where it gave one. */
  readonly reference: string | null;
}

/** The lead as an outside system knows it. */
export interface Person {
  readonly leadId: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface Assignee {
  readonly repId: string;
  readonly name: string;
  readonly email: string | null;
  readonly slackId: string | null;
  readonly crmOwnerId: string | null;
}

interface CrmTask {
  /** Unique for ever: the connector finds or updates the task by it. */
  readonly externalKey: string;
  readonly handoff: number;
  readonly person: Person;
  /** Null leaves the task with the team's queue. */
  readonly assignee: Assignee | null;
  readonly title: string;
  readonly text: string;
  readonly dueAtMs: number;
}

export interface CrmTaskChange {
  readonly externalKey: string;
  /** What creating the task answered. */
  readonly reference: string | null;
  readonly person: Person;
  readonly change: 'done' | 'missed' | 'cancelled' | 'reopened' | 'due' | 'owner';
  readonly assignee?: Assignee | null;
  readonly dueAtMs?: number;
}

/** An outbound act of a sales user that the CRM knows of. */
export interface CrmActivity {
  /** The CRM's id of it; the same act never counts twice. */
  readonly externalId: string;
  readonly kind: ActivityKind;
  readonly atMs: number;
  /** Baton's id of the rep, where the CRM's user is known. */
  readonly repId: string | null;
}

export interface CrmPort {
  readonly name: string;
  /** Creating a task again under the same key changes nothing. */
  readonly createsOnce: boolean;
  /** How long after a call the CRM's own search may still not show what was made. */
  readonly indexLagMs: number;
  createTask(task: CrmTask, call: Call): Promise<Reference>;
  /** Looks for a task by its key; null says that there is none. Asked only when `createsOnce` is false. */
  findTask(task: Pick<CrmTask, 'externalKey' | 'person'>, call: Call): Promise<Reference | null>;
  /** Sets the task to what is said; saying it twice changes nothing. */
  updateTask(change: CrmTaskChange, call: Call): Promise<Reference>;
  /** Sales activity with the lead since an instant, or `cannot_answer`. */
  findActivity(
    query: { person: Person; sinceMs: number },
    call: Call,
  ): Promise<readonly CrmActivity[] | 'cannot_answer'>;
}

/** The marketing platform. Every method may be called again without harm. */
export interface NurturePort {
  readonly name: string;
  readonly indexLagMs: number;
  pause(person: Person, call: Call): Promise<Reference>;
  resume(person: Person, track: Track, call: Call): Promise<Reference>;
  tag(person: Person, tag: string, call: Call): Promise<Reference>;
  untag(person: Person, tag: string, call: Call): Promise<Reference>;
}

export interface Alert {
  readonly key: string;
  readonly leadId: string;
  readonly handoff: number | null;
  readonly reason: AlertReason;
  readonly audience: AlertTo;
  /** The rep it speaks to, or the managers; empty when there is nobody of that role. */
  readonly recipients: readonly Assignee[];
  readonly subject: string;
  readonly text: string;
  /** An earlier attempt may have arrived: the text says that this is a repeat. */
  readonly repeated: boolean;
}

export interface AlertPort {
  readonly name: string;
  /** Sending an alert again under the same key reaches nobody twice. */
  readonly sendsOnce: boolean;
  readonly indexLagMs: number;
  send(alert: Alert, call: Call): Promise<Reference>;
}

export interface Mail {
  readonly key: string;
  readonly leadId: string | null;
  readonly handoff: number | null;
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
  /** Where an answer goes, when not to the sender. */
  readonly replyTo?: string;
  /** RFC 8058 one-click unsubscribe address. */
  readonly unsubscribeUrl?: string;
}

export interface MailPort {
  readonly name: string;
  /** Sending a mail again under the same key reaches nobody twice: true only of what does not leave the house. */
  readonly sendsOnce: boolean;
  readonly indexLagMs: number;
  /** How its mails are listed: sent by SMTP, or kept in the outbox for a person to look at. */
  readonly via: 'smtp' | 'outbox';
  /** The Message-ID that a mail with this key has, known before it is sent. */
  messageId(key: string): string;
  send(mail: Mail, call: Call): Promise<Reference>;
}

/** One connector per role. */
export interface Connectors {
  readonly crm: CrmPort;
  readonly nurture: NurturePort;
  readonly alerts: AlertPort;
  readonly mail: MailPort;
}
