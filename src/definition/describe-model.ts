/** A definition's document as plain data: what the page, the Markdown and whoever asks for JSON are made from. */
import type { Intent } from '../domain/definition.js';

/** Plain text throughout: who renders it escapes it. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Something a reader should not miss. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'terms'; readonly items: readonly { readonly term: string; readonly text: string }[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly columns: readonly Column[];
      /** The first cell of a row names it. */
      readonly rows: readonly (readonly string[])[];
    }
  /** What happens one after another, each with when. */
  | { readonly kind: 'steps'; readonly caption: string; readonly items: readonly Step[] }
  | { readonly kind: 'mail'; readonly title: string; readonly subject: string; readonly text: string }
  | { readonly kind: 'example'; readonly example: WorkedExample }
  | { readonly kind: 'pages'; readonly items: readonly { readonly page: string; readonly title: string }[] };

interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

export interface Step {
  readonly when: string;
  readonly what: readonly string[];
}

export interface Section {
  /** Unique within its page; an anchor. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Page {
  /** The source's id; `overview` for the page about the whole definition. */
  readonly id: string;
  readonly kind: 'overview' | 'source';
  readonly title: string;
  readonly summary: string;
  readonly sections: readonly Section[];
}

export interface DefinitionDocument {
  readonly name: string;
  readonly version: DescribedVersion;
  /** The zone in which all times of the document are said. */
  readonly timeZone: string;
  readonly pages: readonly Page[];
}

/** Which version a document is of. */
export interface DescribedVersion {
  /** Null for one that is not published. */
  readonly number: number | null;
  readonly hash: string;
  /** `Version 3`, `Draft d_…`, `acme.yaml, not published`. */
  readonly label: string;
  readonly signed: { readonly marketing: string | null; readonly sales: string | null };
  readonly note: string | null;
}

/** What an example is for: an action by its id, or one of the other triggers. */
export interface ExampleSubject {
  readonly kind: 'action' | 'score' | 'fallback' | 'manual' | 'follow_up';
  /** The action's id; the kind itself for the others. */
  readonly id: string;
  readonly title: string;
}

/** One trigger on a lead that was made up for it and walked through the definition. */
export interface WorkedExample {
  readonly subject: ExampleSubject;
  /** The story in sentences; for a trigger that cannot fire, why no story can be told. */
  readonly summary: string;
  /** Empty when none was found. */
  readonly steps: readonly Step[];
  /** The same story at the other moments, a sentence each. */
  readonly otherwise: readonly string[];
  /** One for each moment; null where no lead's life fires the trigger. */
  readonly decided: readonly DecidedHandoff[] | null;
}

/** What the walk decided, for whoever compares. Instants are epoch milliseconds, points milli-points. */
export interface DecidedHandoff {
  readonly handedOffAtMs: number;
  readonly trigger: string;
  readonly alsoHeld: readonly string[];
  readonly intent: Intent;
  readonly score: number;
  readonly taskDueAtMs: number | null;
  readonly slaDueAtMs: number | null;
  readonly slaRemindAtMs: number | null;
  readonly bridgeAtMs: number | null;
  readonly lapsedAtMs: number | null;
}
