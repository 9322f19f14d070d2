/** Published versions of the handoff definition: immutable, numbered without gaps, named by a hash of their content. */
import type { DefinitionRef, SourcePolicy } from '../domain/definition.js';
import type { Db } from '../store/database.js';
import {
  beginSweep,
  findVersion,
  insertLogEntry,
  insertVersion,
  type LogEntry,
  newestVersion,
  type VersionRow,
} from '../store/definitions.js';
import { checkDefinition, readDefinition } from './check.js';
import { canonicalText, contentHash } from './content-hash.js';
import {
  conflict,
  DefinitionError,
  faulty,
  type NewestVersion,
  refuseStale,
  unsigned,
} from './definition-error.js';
import { type HandoffDefinition, type SignOff, type SourceMails, termsFor } from './document.js';

export { DefinitionError } from './definition-error.js';

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

/** A version that is about to be published. */
export interface NextVersion {
  /** As `canonicalText` has it. */
  readonly text: string;
  readonly name: string;
  readonly by: string;
  readonly signed: SignOff;
  readonly note: string | null;
  /** The number its publisher saw as the newest. */
  readonly basedOn?: number;
  readonly logged: Pick<LogEntry, 'what' | 'draft' | 'data'>;
}

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

  /**
   * The newest version. A process sees its own publish at once and another one's within a second, so several gateways
   * may for that second judge by two versions: each decision names its own, and leads take up the new one when they
   * next wake. Throws DefinitionError `none_published` before the first.
   */
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
    const row = await findVersion(this.#db, number);
    if (!row)
      throw new DefinitionError('unknown_number', `There is no version ${number} of the handoff definition.`);
    return this.#remember(row);
  }

  /**
   * Publishes a document as the next version. The first version of all may be unsigned and is labelled so.
   * Throws DefinitionError: `faulty` with every fault, `unsigned`, `unchanged` when the newest version says the same,
   * or `conflict` when somebody published meanwhile.
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
    const isSigned = signed.marketing !== null && signed.sales !== null;
    const { basedOn, note = isSigned ? null : UNSIGNED_NOTE } = options;
    const next: NextVersion = {
      ...{ text, name: definition.name, by, signed, note },
      ...(basedOn !== undefined && { basedOn }),
      logged: { what: 'published', data: { signed } },
    };
    return this.append(async (_trx, newest) => {
      if (newest && !isSigned) {
        refuseStale(newest, { hash: contentHash(text), isSigned, basedOn });
        throw unsigned(signed);
      }
      return next;
    });
  }

  /**
   * Publishes the text of an older version again, under a new number, with its signatures. Throws DefinitionError
   * `unknown_number`, `unchanged` or `conflict`.
   */
  async rollback(
    number: number,
    by: string,
    options: Pick<PublishOptions, 'basedOn' | 'note'> & { readonly data?: LogEntry['data'] } = {},
  ): Promise<PublishedDefinition> {
    const { document, name, signed } = await this.byNumber(number);
    const { basedOn, note = `version ${number} again`, data } = options;
    return this.append(async () => ({
      ...{ text: document, name, by, signed, note },
      ...(basedOn !== undefined && { basedOn }),
      logged: { what: 'rolled_back', data: { version: number, signed, ...data } },
    }));
  }

  /**
   * Publishes what `prepare` answers, and writes the log and the start of the sweep with it, or nothing of it.
   * `prepare` gets the transaction and the newest version in it; `after` does what else belongs to the publish. Of two
   * at once one wins, and the other one gets `conflict`. Throws DefinitionError `conflict` or `unchanged`.
   */
  async append(
    prepare: (trx: Db, newest: NewestVersion | null) => Promise<NextVersion>,
    after?: (trx: Db, number: number) => Promise<unknown>,
  ): Promise<PublishedDefinition> {
    const row = await this.#db.transaction().execute(async (trx) => {
      const newest = await newestVersion(trx);
      const { text, name, by, signed, note, basedOn, logged } = await prepare(trx, newest);
      const hash = contentHash(text);
      const isSigned = signed.marketing !== null && signed.sales !== null;
      if (newest) refuseStale(newest, { hash, isSigned, basedOn });
      const number = (newest?.number ?? 0) + 1;
      const names = Object.entries(signed).flatMap(([side, who]) => (who === null ? [] : [[side, who]]));
      const inserted = await insertVersion(trx, {
        ...{ number, hash, name, document: text, note, published_by: by },
        signed: Object.fromEntries(names),
      });
      // Another one was faster; it can be seen now, because its commit is what the insert has waited for.
      if (!inserted) throw conflict((await newestVersion(trx)) ?? newest, basedOn ?? number - 1);
      await insertLogEntry(trx, { ...logged, number, hash, by, data: { ...logged.data, note } });
      // Nobody was judged before the first version, so nobody can be newly reached by it.
      if (number > 1) await beginSweep(trx, number);
      await after?.(trx, number);
      return inserted;
    });
    this.#newest = undefined;
    return this.#remember(row);
  }

  async #readNewest(): Promise<PublishedDefinition> {
    const newest = await newestVersion(this.#db);
    if (!newest) {
      throw new DefinitionError(
        'none_published',
        'No handoff definition is published yet: publish one first.',
      );
    }
    const { number } = newest;
    const published = await this.byNumber(number);
    this.#newest = { number, readAt: performance.now() };
    return published;
  }

  #remember(row: VersionRow): PublishedDefinition {
    const published = publishedFrom(row);
    if (this.#versions.size >= CACHE_MAX) this.#versions.clear();
    this.#versions.set(row.number, published);
    return published;
  }
}

function publishedFrom(row: VersionRow): PublishedDefinition {
  return {
    ...asPublished(readDefinition(row.document), { number: row.number, hash: row.hash }),
    name: row.name,
    document: row.document,
    signed: { marketing: row.signed.marketing ?? null, sales: row.signed.sales ?? null },
    note: row.note,
    publishedAt: row.published_at,
    publishedBy: row.published_by,
  };
}

type Terms = Pick<PublishedDefinition, 'ref' | 'definition' | 'policyFor' | 'mailsFor' | 'sourceTitle'>;

function asPublished(definition: HandoffDefinition, ref: DefinitionRef): Terms {
  return {
    ...{ ref, definition },
    policyFor: (source) => termsFor(definition, source).policy,
    mailsFor: (source) => termsFor(definition, source).mails,
    sourceTitle: (source) => {
      const terms = termsFor(definition, source);
      return terms === definition.defaults ? (source ?? 'Unknown source') : terms.title;
    },
  };
}

/** Stands in a ref where no version is published: no lead was ever judged by it. */
const UNPUBLISHED = 0;

/** A definition that is not published, for asking what it would do. Give the same one to everything that you compare. */
export function asCandidate(definition: HandoffDefinition, document: string): PublishedDefinition {
  return {
    ...asPublished(definition, { number: UNPUBLISHED, hash: contentHash(document) }),
    ...{ name: definition.name, document: canonicalText(document) },
    ...{ signed: { marketing: null, sales: null }, note: null, publishedAt: new Date(0), publishedBy: '' },
  };
}
