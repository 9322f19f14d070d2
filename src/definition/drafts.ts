/** Drafts: documents that marketing and sales are agreeing on. Each side signs the exact content, and an edit voids that. */
import type { Db } from '../store/database.js';
import {
  changeDraft,
  type DraftRow,
  findDraft,
  insertDraft,
  insertLogEntry,
  listLog,
  lockDraft,
  newestVersion,
  type Signatures,
} from '../store/definitions.js';
import type { Signature } from '../store/schema.js';
import { checkDefinition, type Fault } from './check.js';
import { canonicalText, contentHash } from './content-hash.js';
import { conflict, DefinitionError, unsigned } from './definition-error.js';
import type { HandoffDefinition } from './document.js';
import { formatFault } from './faults.js';
import { isRecord } from './field.js';
import { readYaml } from './positions.js';

export const SIDES = ['marketing', 'sales'] as const;
export type Side = (typeof SIDES)[number];

const NAME_LENGTH_MAX = 200;

/** Begins a draft on top of the newest version. The document may be faulty: people are working on it. */
export async function createDraft(
  db: Db,
  draft: { readonly document: string; readonly note: string | null; readonly by: string },
): Promise<DraftRow> {
  const { note, by } = draft;
  const content = contentOf(draft.document);
  return db.transaction().execute(async (trx) => {
    const basedOn = (await newestVersion(trx))?.number ?? 0;
    const row = await insertDraft(trx, { ...content, note, based_on: basedOn, created_by: by });
    const data = { revision: row.revision, basedOn, note };
    await insertLogEntry(trx, { what: 'drafted', draft: row.id, hash: row.hash, by, data });
    return row;
  });
}

export interface DraftEdit {
  /** The revision that the editor saw; another one since is refused. */
  readonly revision: number;
  readonly document?: string;
  readonly note?: string | null;
  /** Puts the draft on top of the newest version, whose number it is: the editor has looked at what that changed. */
  readonly basedOn?: number;
  readonly by: string;
}

/**
 * Edits an open draft; `voided` are the sides whose signatures the edit has taken away, because the content is another
 * one. Throws DefinitionError `unknown_draft`, `closed_draft`, `edited` or `conflict`.
 */
export async function editDraft(
  db: Db,
  id: string,
  edit: DraftEdit,
): Promise<{ draft: DraftRow; voided: readonly Side[] }> {
  const { by, basedOn } = edit;
  const content = edit.document === undefined ? null : contentOf(edit.document);
  return db.transaction().execute(async (trx) => {
    const row = mustBeOpen(await lockDraft(trx, id), id);
    if (row.revision !== edit.revision) throw await editedMeanwhile(trx, row, edit.revision);
    if (basedOn !== undefined) {
      const newest = await newestVersion(trx);
      if (basedOn !== (newest?.number ?? 0)) throw conflict(newest, basedOn);
    }
    const changed = content !== null && content.hash !== row.hash;
    const voided = changed ? SIDES.filter((side) => row.signed[side]) : [];
    const draft = await changeDraft(trx, id, {
      ...content,
      ...(edit.note !== undefined && { note: edit.note }),
      ...(basedOn !== undefined && { based_on: basedOn }),
      ...(changed && { signed: {} }),
      revision: row.revision + 1,
    });
    const data = { revision: draft.revision, basedOn: draft.based_on, voided };
    await insertLogEntry(trx, { what: 'edited', draft: id, hash: draft.hash, by, data });
    return { draft, voided };
  });
}

/**
 * Signs exactly the present content of an open draft for one side, `hash` being what the signer has read. Throws
 * DefinitionError `unknown_draft`, `closed_draft`, `edited` or `faulty`.
 */
export async function signDraft(
  db: Db,
  id: string,
  { side, by, hash, now }: { side: Side; by: string; hash?: string; now: Date },
): Promise<DraftRow> {
  return db.transaction().execute(async (trx) => {
    const row = mustBeOpen(await lockDraft(trx, id), id);
    if (hash !== undefined && hash !== row.hash) {
      const detail = `The draft ${id} was edited since you read it (its content is now ${row.hash}). Read it again, then sign.`;
      throw new DefinitionError('edited', detail);
    }
    mustBeSound(row, 'signed', now);
    const signature: Signature = { by, at: now.toISOString(), hash: row.hash };
    const draft = await changeDraft(trx, id, { signed: { ...row.signed, [side]: signature } });
    const data = { side, revision: row.revision };
    await insertLogEntry(trx, { what: 'signed', draft: id, hash: row.hash, by, data });
    return draft;
  });
}

/** Discards an open draft for good; it stays readable. Throws DefinitionError `unknown_draft` or `closed_draft`. */
export async function discardDraft(db: Db, id: string, by: string): Promise<DraftRow> {
  return db.transaction().execute(async (trx) => {
    const row = mustBeOpen(await lockDraft(trx, id), id);
    const draft = await changeDraft(trx, id, { state: 'discarded' });
    const data = { revision: row.revision };
    await insertLogEntry(trx, { what: 'discarded', draft: id, hash: row.hash, by, data });
    return draft;
  });
}

/** A draft in whatever state. Throws DefinitionError `unknown_draft`. */
export async function readDraft(db: Db, id: string): Promise<DraftRow> {
  return mustExist(await findDraft(db, id), id);
}

/** Everything that is wrong with a draft. */
export function draftFaults(draft: Pick<DraftRow, 'document'>, now: Date): readonly Fault[] {
  return checkDefinition(draft.document, { today: dateOf(now) }).faults;
}

/** The definition that a draft without errors holds. Throws DefinitionError `faulty`; `done` says what is refused. */
export function mustBeSound(
  { id, document }: Pick<DraftRow, 'id' | 'document'>,
  done: 'signed' | 'published' | 'compared' | 'judged by',
  now: Date,
): HandoffDefinition {
  const { definition, faults } = checkDefinition(document, { today: dateOf(now) });
  if (definition) return definition;
  const errors = faults.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  throw new DefinitionError(
    'faulty',
    `The draft ${id} has ${errors.length} error${errors.length === 1 ? '' : 's'} and cannot be ${done}.${first ? ` First: ${formatFault(first, 'definition')}` : ''}`,
    faults,
  );
}

/** Throws DefinitionError `unknown_draft`, or `closed_draft` for one that is published or discarded. */
export function mustBeOpen(row: DraftRow | null, id: string): DraftRow {
  const draft = mustExist(row, id);
  if (draft.state === 'open') return draft;
  const state =
    draft.state === 'published'
      ? `was published as version ${draft.published_as} and stays as it is`
      : 'was discarded';
  throw new DefinitionError('closed_draft', `The draft ${id} ${state}. Begin a new draft.`);
}

/** Both signatures over the present content. Throws DefinitionError `unsigned`. */
export function mustBeSigned({ signed, hash }: DraftRow): Required<Signatures> {
  const of = (side: Side) => (signed[side]?.hash === hash ? signed[side] : undefined);
  const [marketing, sales] = [of('marketing'), of('sales')];
  if (marketing && sales) return { marketing, sales };
  throw unsigned({ marketing: marketing?.by ?? null, sales: sales?.by ?? null });
}

function mustExist(row: DraftRow | null, id: string): DraftRow {
  if (!row) throw new DefinitionError('unknown_draft', `There is no draft ${id} of the handoff definition.`);
  return row;
}

async function editedMeanwhile(trx: Db, row: DraftRow, seen: number): Promise<DefinitionError> {
  const log = await listLog(trx, { draft: row.id, limit: 20 });
  const saved = log.find(({ what }) => what === 'edited' || what === 'drafted');
  const who = saved ? `${saved.by} has saved it at ${saved.at.toISOString()}` : 'it was saved meanwhile';
  return new DefinitionError(
    'edited',
    `The draft ${row.id} is at revision ${row.revision} and you saw revision ${seen}: ${who}. Take in what changed, then save on top of revision ${row.revision}.`,
  );
}

function contentOf(text: string): { name: string; document: string; hash: string } {
  const document = canonicalText(text);
  return { name: nameOf(document), document, hash: contentHash(document) };
}

/** The document's own name, as far as a faulty one has any. */
function nameOf(document: string): string {
  const { value } = readYaml(document);
  const name = isRecord(value) && typeof value.name === 'string' ? value.name : '';
  return (
    name
      .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
      .trim()
      .slice(0, NAME_LENGTH_MAX) || 'without a name'
  );
}

const dateOf = (now: Date): string => now.toISOString().slice(0, 10);
