/** What a handoff definition says once it is read, completed and resolved per source. */
import type { ContentRule, MachinePolicy, SourcePolicy, Where } from '../domain/definition.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Local times as `HH:MM`; `to` may be `24:00`. */
export interface WorkingHours {
  readonly from: string;
  readonly to: string;
}

export interface TeamCalendar {
  readonly timeZone: string;
  readonly workingDays: readonly Weekday[];
  readonly workingHours: WorkingHours;
  /** ISO dates. */
  readonly holidays: readonly string[];
}

export interface MailTemplate {
  readonly subject: string;
  readonly text: string;
}

export const MAIL_KINDS = ['final', 'bridge', 'draft'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** Null where the definition sends no such mail. */
export interface SourceMails {
  readonly final: MailTemplate | null;
  readonly bridge: MailTemplate | null;
  readonly draft: MailTemplate;
}

/** Everything that may differ per lead source. */
export interface SourceTerms {
  readonly id: string;
  readonly title: string;
  readonly policy: SourcePolicy;
  readonly mails: SourceMails;
}

export const RUNGS = ['owner', 'account', 'territory', 'roundRobin', 'queue'] as const;
type Rung = (typeof RUNGS)[number];

interface Routing {
  readonly ladder: readonly Rung[];
  /** `reps` are handles; the first whose `where` holds for the lead's traits decides. */
  readonly territories: readonly { readonly where: Where; readonly reps: readonly string[] }[];
  readonly queue: { readonly alert: 'managers' };
}

export interface SignOff {
  readonly marketing: string | null;
  readonly sales: string | null;
}

/** A whole definition; plain JSON. */
export interface HandoffDefinition {
  readonly format: 1;
  readonly name: string;
  readonly signedOffBy: SignOff;
  readonly calendar: TeamCalendar;
  readonly content: readonly ContentRule[];
  /** An event dated further in the future than this is refused. */
  readonly futureToleranceMs: number;
  /** Handing off more than this share (0 to 1) of the open leads at once needs a confirmation. */
  readonly publishGuard: number;
  readonly machines: MachinePolicy;
  /** What holds for a lead whose source the definition does not name. */
  readonly defaults: SourceTerms;
  readonly sources: Readonly<Record<string, SourceTerms>>;
  readonly routing: Routing;
  readonly replies: SourcePolicy['replies'];
}

/** The id under which the defaults appear as a source. */
export const DEFAULT_SOURCE = 'default';

/** A source's terms; the defaults for an unknown one and for none. */
export function termsFor(definition: HandoffDefinition, source: string | null): SourceTerms {
  const known =
    source !== null && Object.hasOwn(definition.sources, source) ? definition.sources[source] : undefined;
  return known ?? definition.defaults;
}
