import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type CsvError, type Info, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { usageError } from '../errors.js';
import { kindOfHeader, type RowKind, readHeader } from './columns.js';
import { linesOf, ROW_BYTES_MAX } from './lines.js';

/** One row of the file: what it says, or why it cannot be read. Lines count from 1. */
export type Row =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly reason: string; readonly raw: string };

export interface RowSource {
  readonly kind: RowKind | 'mixed';
  rows(input: Readable): AsyncGenerator<Row>;
}

export interface RowOptions {
  readonly kind: RowKind | 'auto';
  readonly ignoreColumns: boolean;
}

const HEAD_BYTES = 256 * 1024;
const NOT_UTF8 = 'is not UTF-8 text: save the file as UTF-8 and import it again';
const TOO_LONG = `is longer than ${ROW_BYTES_MAX} bytes`;
const RAW_CHARACTERS_MAX = 2_000;

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Finds out what a file is: JSON lines when it begins with a brace, CSV otherwise.
 * @throws CliError when it is neither, or when its columns do not fit.
 */
export async function inspect(path: string, options: RowOptions): Promise<RowSource> {
  const head = await headOf(path);
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw usageError('the file is UTF-16: save it as UTF-8 and import it again');
  }
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text === '') throw usageError('the file is empty');
  if (text.startsWith('[')) {
    throw usageError(
      'the file is a JSON array: JSON lines are needed, one object per line (`jq -c .[] FILE` makes them)',
    );
  }
  if (text.startsWith('{')) return { kind: options.kind === 'auto' ? 'mixed' : options.kind, rows: jsonRows };
  const delimiter = delimiterOf(text);
  const header = headerOf(text, delimiter);
  const kind = options.kind === 'auto' ? kindOfHeader(header) : options.kind;
  const columns = readHeader(header, kind, options.ignoreColumns);
  return { kind, rows: (input) => csvRows(input, columns, delimiter) };
}

/** Spreadsheets of half of Europe write semicolons. */
function delimiterOf(text: string): string {
  const line = text.slice(0, text.search(/\r?\n|$/));
  const times = (delimiter: string): number => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, next) => (times(next) > times(best) ? next : best));
}

function headerOf(text: string, delimiter: string): string[] {
  try {
    const rows: string[][] = parseSync(text, { delimiter, to: 1, trim: true, relax_column_count: true });
    return rows[0] ?? [];
  } catch (error) {
    throw usageError(
      `the first line cannot be read as CSV: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function* jsonRows(input: Readable): AsyncGenerator<Row> {
  for await (const { number, text } of linesOf(input)) {
    if (text === null) yield { line: number, reason: TOO_LONG, raw: '' };
    else if (text.trim() !== '') yield jsonLine(number, text);
  }
}

function jsonLine(line: number, text: string): Row {
  const raw = text.slice(0, RAW_CHARACTERS_MAX);
  if (text.includes('\ufffd')) return { line, reason: NOT_UTF8, raw };
  try {
    return { line, value: JSON.parse(text) };
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/ in JSON at .*$|, (?:\.\.\.)?".*$/s, '') : '';
    return { line, reason: `is not JSON: ${reason}`, raw };
  }
}

const lengthOf = (list: unknown): number | string =>
  Array.isArray(list) ? list.length : 'another number of';

function csvReason(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_COLUMNS':
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `has ${lengthOf(error.record)} fields, the header has ${lengthOf(error.columns)}`;
    case 'CSV_MAX_RECORD_SIZE':
      return `${TOO_LONG}: a quotation mark may be missing its second one`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quotation mark is opened and never closed';
    default:
      return error.message.replace(/ (?:at|on) line .*$/, '');
  }
}

/** Bad rows are held back until the parser has passed them, so that the order is that of the file on every run. */
async function* csvRows(
  input: Readable,
  columns: readonly (string | null)[],
  delimiter: string,
): AsyncGenerator<Row> {
  const bad: { line: number; reason: string; raw: string }[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    columns: () => columns.map((name) => name ?? false),
    info: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: ROW_BYTES_MAX,
    on_skip: (error, raw) => {
      if (!error) return;
      const line = typeof error.lines === 'number' ? error.lines : 0;
      bad.push({ line, reason: csvReason(error), raw: (raw ?? '').slice(0, RAW_CHARACTERS_MAX) });
    },
  });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  for await (const found of parser) {
    const { record, info } = found as { record: Record<string, string>; info: Info };
    while (bad[0] && bad[0].line < info.lines) yield bad.shift() as Row;
    const garbled = Object.values(record).some((value) => value.includes('\ufffd'));
    if (garbled) yield { line: info.lines, reason: NOT_UTF8, raw: JSON.stringify(record) };
    else yield { line: info.lines, value: record };
  }
  await finished(parser);
  yield* bad;
}
