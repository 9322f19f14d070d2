export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | null | undefined;
  readonly align?: 'right';
}

/** Control characters of foreign text must not reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;
export const printable = (text: string): string => text.replace(CONTROL, ' ');

/** A plain table: a head line, then a line per row, columns two spaces apart. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const body = rows.map((row) => columns.map((column) => printable(String(column.value(row) ?? '–'))));
  const lines = [columns.map((column) => column.title), ...body];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)));
  return lines.map((cells) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** `2026-11-20 14:03 UTC`, or a dash. */
export function instant(value: string | null | undefined): string {
  const atMs = value ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? '–' : `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `1,234 events`; the plural by adding an s. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
