/** Publishing a draft and going back to an older version, with a look at what that would hand off at once. */
import { DefinitionError, refuseStale } from '../definition/definition-error.js';
import { mustBeOpen, mustBeSigned, mustBeSound, readDraft } from '../definition/drafts.js';
import { asCandidate, type DefinitionBook, type PublishedDefinition } from '../definition/versions.js';
import type { Db } from '../store/database.js';
import { changeDraft, lockDraft, newestVersion } from '../store/definitions.js';
import { type Forecast, type ForecastOptions, forecast } from './forecast.js';

export interface PublishDeps {
  readonly db: Db;
  readonly book: DefinitionBook;
}

export interface PublishRequest extends ForecastOptions {
  readonly by: string;
  readonly note?: string | null;
  /** The number of handoffs that the publisher has seen and wants. */
  readonly confirmHandoffs?: number;
  readonly nowMs: number;
}

export interface Published {
  readonly published: PublishedDefinition;
  readonly forecast: Forecast;
}

/** More leads would be handed off at once than the definition allows without a confirmation. Nothing was published. */
export class ConfirmationRequired extends Error {
  override readonly name = 'ConfirmationRequired';
  constructor(
    readonly forecast: Forecast,
    confirmed: number | undefined,
  ) {
    const { handoffs, openLeads, share, guard } = forecast;
    const seen = confirmed === undefined ? '' : ` by now, and ${confirmed} were confirmed`;
    super(
      `This would hand off ${handoffs} of ${openLeads} open leads at once${seen} (${percent(share)}; more than ${percent(guard)} asks for a confirmation). If that is wanted, confirm ${handoffs} ${handoffs === 1 ? 'handoff' : 'handoffs'}.`,
    );
  }
}

/**
 * Publishes an open draft that both sides have signed. Throws DefinitionError `unknown_draft`, `closed_draft`, `faulty`,
 * `unsigned`, `edited` when its content changed meanwhile, `conflict` or `unchanged`; and ConfirmationRequired.
 */
export async function publishDraft(
  { db, book }: PublishDeps,
  id: string,
  request: PublishRequest,
): Promise<Published> {
  const seen = mustBeOpen(await readDraft(db, id), id);
  const definition = mustBeSound(seen, 'published', new Date(request.nowMs));
  mustBeSigned(seen);
  const newest = await newestVersion(db);
  if (newest) refuseStale(newest, { hash: seen.hash, isSigned: true, basedOn: seen.based_on });
  const current = newest && (await book.byNumber(newest.number));
  const ahead = await guarded(db, asCandidate(definition, seen.document), current, request);
  const { by } = request;
  const published = await book.append(
    async (trx) => {
      const draft = mustBeOpen(await lockDraft(trx, id), id);
      const { marketing, sales } = mustBeSigned(draft);
      // What was looked at and signed is what is published, not what somebody saved and signed a moment ago.
      if (draft.hash !== seen.hash) throw editedSince(id);
      const data = { signed: { marketing, sales }, basedOn: draft.based_on, forecast: ahead };
      return {
        ...{ text: draft.document, name: draft.name, by, note: request.note ?? draft.note },
        ...{ signed: { marketing: marketing.by, sales: sales.by }, basedOn: draft.based_on },
        logged: { what: 'published', draft: id, data },
      };
    },
    (trx, number) => changeDraft(trx, id, { state: 'published', published_as: number }),
  );
  return { published, forecast: ahead };
}

/**
 * Publishes an older version again, under a new number and with its signatures. Throws DefinitionError `unknown_number`,
 * `unchanged` or `conflict`; and ConfirmationRequired.
 */
export async function rollBack(
  { db, book }: PublishDeps,
  number: number,
  request: PublishRequest,
): Promise<Published> {
  const wanted = await book.byNumber(number);
  const newest = await newestVersion(db);
  if (newest) refuseStale(newest, { hash: wanted.ref.hash, isSigned: isSigned(wanted) });
  const current = newest && (await book.byNumber(newest.number));
  const ahead = await guarded(db, wanted, current, request);
  const { by, note } = request;
  const published = await book.rollback(number, by, {
    ...(note != null && { note }),
    ...(newest && { basedOn: newest.number }),
    data: { basedOn: newest?.number ?? 0, forecast: ahead },
  });
  return { published, forecast: ahead };
}

const isSigned = ({ signed }: PublishedDefinition): boolean =>
  signed.marketing !== null && signed.sales !== null;

async function guarded(
  db: Db,
  candidate: PublishedDefinition,
  current: PublishedDefinition | null,
  request: PublishRequest,
): Promise<Forecast> {
  const ahead = await forecast(db, candidate, current, request.nowMs, request);
  const { confirmHandoffs } = request;
  if (ahead.share > ahead.guard && !(confirmHandoffs !== undefined && ahead.handoffs <= confirmHandoffs)) {
    throw new ConfirmationRequired(ahead, confirmHandoffs);
  }
  return ahead;
}

function editedSince(id: string): DefinitionError {
  const detail = `The draft ${id} was edited while it was being published. Look at it again, then publish it.`;
  return new DefinitionError('edited', detail);
}

/** `5%`, `0.4%` */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`;
}
