/** Published versions of the handoff definition: immutable, numbered without gaps, named by a hash of their content. */
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { DefinitionRef, SourcePolicy } from '../domain/definition.js';
import type { Db } from '../store/database.js';
import type { Database } from '../store/schema.js';
import { json } from '../store/sql.js';
import { checkDefinition, type Fault, formatFault, readDefinition } from './check.js';
import { type HandoffDefinition, type SignOff, type SourceMails, termsFor } from './document.js';

export interface PublishedDefinition {
  readonly ref: DefinitionRef;
  readonly name: string;
  readonly definition: HandoffDefinition;
  /** The text as it was published. */
  readonly document: string;
  /** Both null on a first version that nobody signed. */
  readonly signed: SignOff;
  readonly note: string | null;
  readonly publishedAt: Date;
  readonly publishedBy: string;
  /** An unknown source, and none, get the defaults, whose `source` is `default`. */
  policyFor(source: string | null): SourcePolicy;
  mailsFor(source: string | null): SourceMails;
  /** In words; an unknown source by its own name. */
  sourceTitle(source: string | null): string;
}

export interface PublishOptions {
  /** Signatures given elsewhere; the document's own `signedOffBy` counts too. */
  readonly signed?: Partial<SignOff>;
  readonly note?: string;
  /** The number the publisher saw as the newest; another one since then is a conflict. */
  readonly basedOn?: number;
  /** ISO date, for warnings about holidays that are over. */
  readonly today?: string;
}

export type DefinitionErrorCode = 'faulty' | 'unsigned' | 'conflict' | 'none_published' | 'unknown_number';

/** Why a version could not be published or found. `faults` is filled for `faulty`. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  constructor(
    readonly code: DefinitionErrorCode,
    message: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
  }
}

type Row = Selectable<Database['definitions']>;

/** `current` may be this much behind another process. */
const FRESH_MS = 1_000;
const CACHE_MAX = 100;

/** The line under a first version that is published before anybody signs. */
const UNSIGNED_NOTE = 'unsigned: published at the first start';

export class DefinitionBook {
  readonly #db: Db;
  readonly #versions = new Map<number, PublishedDefinition>();
  #newest: { readonly number: number; readonly readAt: number } | undefined;
  #reading: Promise<PublishedDefinition> | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The newest version, read anew at most once a second. Throws DefinitionError `none_published` before the first. */
  async current(): Promise<PublishedDefinition> {
    const newest = this.#newest;
    const known = newest && this.#versions.get(newest.number);
    if (newest && known && performance.now() - newest.readAt < FRESH_MS) return known;
    this.#reading ??= this.#readNewest().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** One version by its number. Throws DefinitionError `unknown_number`. */
  async byNumber(number: number): Promise<PublishedDefinition> {
    const known = this.#versions.get(number);
    if (known) return known;
    const row = await this.#db
      .selectFrom('definitions')
      .selectAll()
      .where('number', '=', number)
      .executeTakeFirst();
    if (!row)
      throw new DefinitionError('unknown_number', `There is no version ${number} of the handoff definition.`);
    return this.#remember(row);
  }

  /**
   * Publishes a document as the next version. The first version of all may be unsigned and is labelled so.
   * Throws DefinitionError: `faulty` with every fault, `unsigned`, or `conflict` when somebody published meanwhile.
   */
  async publish(document: string, by: string, options: PublishOptions = {}): Promise<PublishedDefinition> {
    const text = canonicalText(document);
    const { definition, faults } = checkDefinition(
      text,
      options.today === undefined ? {} : { today: options.today },
    );
    if (!definition) throw faulty(faults);
    const signed: SignOff = {
      marketing: options.signed?.marketing ?? definition.signedOffBy.marketing,
      sales: options.signed?.sales ?? definition.signedOffBy.sales,
    };
    return this.#append({ text, name: definition.name, by, signed, options });
  }

  /** Publishes the text of an older version again, under a new number, with its signatures. */
  async rollback(
    number: number,
    by: string,
    options: Pick<PublishOptions, 'basedOn' | 'note'> = {},
  ): Promise<PublishedDefinition> {
    const { document, name, signed } = await this.byNumber(number);
    const note = options.note ?? `version ${number} again`;
    return this.#append({
      text: document,
      name,
      by,
      signed,
      options: { ...options, note },
      signedBefore: true,
    });
  }

  async #append(version: {
    readonly text: string;
    readonly name: string;
    readonly by: string;
    readonly signed: SignOff;
    readonly options: PublishOptions;
    readonly signedBefore?: boolean;
  }): Promise<PublishedDefinition> {
    const { text, name, by, signed, options } = version;
    const newest = await this.#newestNumber();
    if (options.basedOn !== undefined && options.basedOn !== newest) throw conflict(newest);
    const isSigned = signed.marketing !== null && signed.sales !== null;
    if (!isSigned && newest > 0 && !version.signedBefore) throw unsigned(signed);
    const note = options.note ?? (isSigned ? null : UNSIGNED_NOTE);
    // The number is the primary key: of two who both saw the same newest version, one inserts nothing.
    const row = await this.#db
      .insertInto('definitions')
      .values({
        number: newest + 1,
        hash: contentHash(text),
        name,
        document: text,
        signed: json(Object.fromEntries(Object.entries(signed).filter(([, who]) => who !== null))),
        note,
        published_by: by,
      })
      .onConflict((clash) => clash.column('number').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) throw conflict(newest + 1);
    this.#newest = undefined;
    return this.#remember(row);
  }

  async #newestNumber(): Promise<number> {
    const row = await this.#db
      .selectFrom('definitions')
      .select('number')
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.number ?? 0;
  }

  async #readNewest(): Promise<PublishedDefinition> {
    const number = await this.#newestNumber();
    if (number === 0) {
      throw new DefinitionError(
        'none_published',
        'No handoff definition is published yet: publish one first.',
      );
    }
    const published = await this.byNumber(number);
    this.#newest = { number, readAt: performance.now() };
    return published;
  }

  #remember(row: Row): PublishedDefinition {
    const published = publishedFrom(row);
    if (this.#versions.size >= CACHE_MAX) this.#versions.clear();
    this.#versions.set(row.number, published);
    return published;
  }
}

/** The name of a document's content: line ends and blanks at the very end make no difference. */
export function contentHash(document: string): string {
  return createHash('sha256').update(canonicalText(document)).digest('hex');
}

function canonicalText(document: string): string {
  return `${document
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd()}\n`;
}

function publishedFrom(row: Row): PublishedDefinition {
  const definition = readDefinition(row.document);
  return {
    ref: { number: row.number, hash: row.hash },
    name: row.name,
    definition,
    document: row.document,
    signed: { marketing: row.signed.marketing ?? null, sales: row.signed.sales ?? null },
    note: row.note,
    publishedAt: row.published_at,
    publishedBy: row.published_by,
    policyFor: (source) => termsFor(definition, source).policy,
    mailsFor: (source) => termsFor(definition, source).mails,
    sourceTitle: (source) => {
      const terms = termsFor(definition, source);
      return terms === definition.defaults ? (source ?? 'Unknown source') : terms.title;
    },
  };
}

function faulty(faults: readonly Fault[]): DefinitionError {
  const errors = faults.filter(({ severity }) => severity === 'error');
  const first = errors[0] ? ` First: ${formatFault(errors[0], 'definition')}` : '';
  return new DefinitionError(
    'faulty',
    `The definition has ${errors.length} errors and was not published.${first}`,
    faults,
  );
}

function unsigned({ marketing, sales }: SignOff): DefinitionError {
  const missing = [marketing === null && 'marketing', sales === null && 'sales']
    .filter(Boolean)
    .join(' and ');
  return new DefinitionError(
    'unsigned',
    `The definition was not published: it lacks the signature of ${missing}.`,
  );
}

function conflict(newest: number): DefinitionError {
  return new DefinitionError(
    'conflict',
    `Version ${newest} was published meanwhile: look at it, then publish again on top of it.`,
  );
}
