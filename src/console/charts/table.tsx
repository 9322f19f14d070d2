/** Tables of a report: the numbers behind a chart, and lists of examples. */
import type { Child } from 'hono/jsx';
import { fullDay } from '../backtest-words.js';

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

interface TableProps {
  /** Unique on the page: it names the part that scrolls. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Child[])[];
}

export function DataTable({ caption, columns, rows }: TableProps) {
  const look = (index: number) => (columns[index]?.numeric ? 'number' : undefined);
  return (
    // A wide table scrolls by itself; with the keyboard it must be reachable for that.
    <section class="scroll" tabindex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title }, index) => (
              <th scope="col" class={look(index)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td class={look(index + 1)}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A table that opens on demand. One with hundreds of rows stays closed on paper. */
export function TableBehind({ summary, ...table }: TableProps & { readonly summary: string }) {
  return (
    <details class={table.rows.length > LONG ? 'behind long' : 'behind'}>
      <summary>{summary}</summary>
      <DataTable {...table} />
    </details>
  );
}

const LONG = 70;

/** An ISO date in a cell, on one line. */
export function DayCell({ on }: { readonly on: string }) {
  return (
    <time class="day" datetime={on}>
      {fullDay(on)}
    </time>
  );
}
