import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import type { GatewayClient } from '../client.js';
import { CliError, describeError, EXIT } from '../errors.js';
import { printable } from '../format.js';
import type { CliIo } from '../io.js';
import { type Checkpoint, CheckpointFile, type Counts } from './checkpoint.js';
import type { RowKind } from './columns.js';
import { openInput, ROW_BYTES_MAX } from './lines.js';
import { Progress } from './progress.js';
import { inspect, type Row, type RowSource } from './rows.js';
import { type Refusal, sendEvents } from './sender.js';
import {
  EventIds,
  eventRow,
  type ImportEvent,
  jsonRow,
  leadRow,
  type RowDefaults,
  RowError,
} from './to-event.js';

export interface ImportOptions {
  /** Absolute. */
  readonly file: string;
  readonly kind: RowKind | 'auto';
  readonly source: string | null;
  readonly backfill: boolean;
  readonly ignoreColumns: boolean;
  readonly restart: boolean;
  /** Where bad rows go as JSON lines, or null. */
  readonly rejectedFile: string | null;
  readonly dataDir: string;
  /** Longest pause between two attempts; tests shorten it. */
  readonly waitMaxMs?: number;
}

export interface ImportReport {
  readonly importId: string | null;
  readonly accepted: number;
  readonly duplicates: number;
  readonly bad: number;
  /** The line after which an earlier run's work was taken up, or null. */
  readonly resumedAfterLine: number | null;
  /** True when an earlier run had finished already and nothing was sent. */
  readonly doneBefore: boolean;
  readonly rejectedFile: string | null;
  readonly elapsedMs: number;
}

interface Pending {
  readonly line: number;
  readonly event: ImportEvent;
}

const NAME_CHARACTERS_MAX = 100;
const BATCH_EVENTS = 500;
const BAD_ROWS_SHOWN = 20;

/** The state of one running import: what is waiting to be sent, and what became of the rest. */
class Import {
  private batch: Pending[] = [];
  private batchBytes = 0;
  private shown = 0;
  readonly counts: Counts;
  private readonly ids = new EventIds();
  private rejected: number | null = null;

  constructor(
    private readonly client: GatewayClient,
    private readonly options: ImportOptions,
    private readonly checkpoint: CheckpointFile,
    private readonly progress: Progress,
    private readonly importId: string | null,
    private readonly begun: Checkpoint | null,
  ) {
    this.counts = begun ? { ...begun.counts } : { accepted: 0, duplicates: 0, bad: 0 };
  }

  async run(source: RowSource, defaults: RowDefaults): Promise<void> {
    const input = openInput(this.options.file);
    const doneLine = this.begun?.line ?? 0;
    let lastLine = doneLine;
    try {
      for await (const row of source.rows(input)) {
        const event = this.read(row, source.kind, defaults, row.line > doneLine);
        lastLine = Math.max(lastLine, row.line);
        if (event && row.line > doneLine) await this.add({ line: row.line, event });
        this.progress.update(input.bytesRead, this.counts.accepted + this.counts.duplicates, this.counts.bad);
      }
      await this.flush(lastLine, new Date().toISOString());
    } finally {
      input.destroy();
      this.progress.clear();
      if (this.rejected !== null) closeSync(this.rejected);
    }
  }

  /** Ids are given to rows of an earlier run too: the count of equal rows goes through the whole file. */
  private read(
    row: Row,
    kind: RowSource['kind'],
    defaults: RowDefaults,
    report: boolean,
  ): ImportEvent | null {
    if ('reason' in row) {
      if (report) this.bad(row.line, row.reason, row.raw);
      return null;
    }
    try {
      const make = kind === 'mixed' || !isFlat(row.value) ? jsonRow : kind === 'leads' ? leadRow : eventRow;
      return this.ids.identify(make(row.value as Record<string, unknown>, defaults));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      if (report) this.bad(row.line, error.message, row.value);
      return null;
    }
  }

  private async add(pending: Pending): Promise<void> {
    const bytes = Buffer.byteLength(JSON.stringify(pending.event));
    if (bytes > ROW_BYTES_MAX) return this.bad(pending.line, `is larger than ${ROW_BYTES_MAX} bytes`, null);
    // Everything before this row is sent or told by now, bad rows included.
    if (this.batchBytes + bytes > ROW_BYTES_MAX) await this.flush(pending.line - 1, null);
    this.batch.push(pending);
    this.batchBytes += bytes + 1;
    if (this.batch.length === BATCH_EVENTS) await this.flush(pending.line, null);
  }

  /** Sends what is waiting; from then on everything up to `line` is done. */
  private async flush(line: number, finishedAt: string | null): Promise<void> {
    const batch = this.batch;
    this.batch = [];
    this.batchBytes = 0;
    if (batch.length > 0) {
      const events = batch.map((pending) => pending.event);
      const result = await sendEvents(this.client, events, {
        backfill: this.options.backfill,
        importId: this.importId,
        onWait: (reason, waitMs) =>
          this.progress.say(`${reason}: next attempt in ${Math.ceil(waitMs / 1000)} s`),
        waitMaxMs: this.options.waitMaxMs,
      });
      this.counts.accepted += result.accepted;
      this.counts.duplicates += result.duplicates;
      for (const refusal of result.rejected) this.refused(batch[refusal.index], refusal);
    }
    const { importId, counts } = this;
    this.checkpoint.write({ v: 1, importId, line, counts: { ...counts }, finishedAt });
  }

  private refused(pending: Pending | undefined, refusal: Refusal): void {
    const path = Array.isArray(refusal.path) ? refusal.path.join('.') : String(refusal.path ?? '');
    const reason = `${path ? `${path}: ` : ''}${refusal.message ?? refusal.code ?? 'refused by the gateway'}`;
    this.bad(pending?.line ?? 0, reason, pending?.event ?? null);
  }

  private bad(line: number, reason: string, row: unknown): void {
    this.counts.bad += 1;
    if (this.shown < BAD_ROWS_SHOWN) this.progress.say(`line ${line}: ${printable(reason)}`);
    if (this.shown === BAD_ROWS_SHOWN) {
      this.progress.say('more bad rows follow and are only counted; --rejected writes all of them to a file');
    }
    this.shown += 1;
    if (this.options.rejectedFile === null) return;
    // A resumed import adds to what the earlier run wrote.
    this.rejected ??= openSync(this.options.rejectedFile, this.begun ? 'a' : 'w', 0o600);
    writeSync(this.rejected, `${JSON.stringify({ line, reason, row })}\n`);
  }
}

/** CSV rows, and JSON lines that are flat leads by the user's word. */
const isFlat = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !('lead' in value) && !('properties' in value);

/** Registers the import under the file's name, so that its leads can be judged together. */
async function createImport(client: GatewayClient, name: string): Promise<string> {
  const short = [...name].slice(0, NAME_CHARACTERS_MAX).join('');
  return (await client.post<{ id: string }>('/v1/imports', { name: short })).id;
}

function statInput(file: string): { size: number; modifiedAt: string } {
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new CliError(`${file} is not a file`, EXIT.usage);
    return { size: found.size, modifiedAt: found.mtime.toISOString() };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(describeError(error), EXIT.usage);
  }
}

/**
 * Imports a file of leads or events: streamed, in bodies of 500 events, each followed by a checkpoint, so that the same
 * command takes up an interrupted import where it ended. Bad rows are told and skipped.
 * @throws CliError when the file does not fit, or the gateway refuses or stays away.
 */
export async function importFile(
  io: CliIo,
  client: GatewayClient,
  options: ImportOptions,
): Promise<ImportReport> {
  const startedAt = Date.now();
  const { size, modifiedAt } = statInput(options.file);
  const source = await inspect(options.file, { kind: options.kind, ignoreColumns: options.ignoreColumns });
  const { kind, source: leadSource, backfill, ignoreColumns } = options;
  const settings = [client.url, kind, leadSource, backfill, ignoreColumns];
  const checkpoint = await CheckpointFile.open(options.dataDir, options.file, settings);
  const before = checkpoint.read();
  if (options.restart) checkpoint.clear();
  const begun = options.restart ? null : before;
  const report = (importId: string | null, counts: Counts): ImportReport => ({
    importId,
    ...counts,
    resumedAfterLine: begun ? begun.line : null,
    doneBefore: begun?.finishedAt != null,
    rejectedFile: counts.bad > 0 ? options.rejectedFile : null,
    elapsedMs: Date.now() - startedAt,
  });
  if (begun?.finishedAt != null) return report(begun.importId, begun.counts);
  if (begun) io.err(`taking up the import of ${options.file} after line ${begun.line}`);
  const name = options.file.split(/[\\/]/).at(-1) ?? options.file;
  // What is imported again belongs to the import that brought it in first.
  const importId = before?.importId ?? (backfill ? await createImport(client, name) : null);
  const work = new Import(client, options, checkpoint, new Progress(io, size), importId, begun);
  await work.run(source, { source: leadSource, createdAt: modifiedAt });
  return report(importId, work.counts);
}
