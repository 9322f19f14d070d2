/** The rows of a walk: at the left what happened, beside it what each version made of it. */
import type { WalkRow } from '../insight/backtest/walk-view.js';
import { numberWords } from '../insight/backtest/words.js';
import { moment } from './backtest-words.js';

interface RowsProps {
  readonly rows: readonly WalkRow[];
  readonly timeZone: string;
  /** Of the list, for those who do not see it. */
  readonly name: string;
}

export function WalkRows({ rows, timeZone, name }: RowsProps) {
  return (
    <ol class="walk" aria-label={name}>
      {rows.map((row) => (
        <Row row={row} timeZone={timeZone} />
      ))}
    </ol>
  );
}

function Row({ row, timeZone }: { row: WalkRow; timeZone: string }) {
  const { at, until, what, before, after } = row;
  const quiet = before.decisions.length === 0 && after.decisions.length === 0;
  return (
    <li class={classOf(row, quiet)}>
      <div class="what">
        <p class="when">
          <time datetime={at}>{moment(at, timeZone)}</time>
          {until !== null && (
            <>
              {' to '}
              <time datetime={until}>{moment(until, timeZone)}</time>
            </>
          )}
        </p>
        <p>{what}</p>
        <Marks row={row} />
      </div>
      <Side name="Before" side={before} other={after} quiet={quiet} />
      <Side name="After" side={after} other={before} quiet={quiet} />
    </li>
  );
}

function classOf({ differs, machine, until }: WalkRow, quiet: boolean): string | undefined {
  const classes = [
    differs === 'decisions' && 'differs',
    quiet && 'quiet',
    machine !== null && 'machine',
    until !== null && 'stretch',
  ].filter((name) => name !== false);
  return classes.length === 0 ? undefined : classes.join(' ');
}

const MACHINES = {
  both: 'A machine’s event',
  before: 'A machine’s event before the change, a person’s after it',
  after: 'A machine’s event after the change, a person’s before it',
} as const;

function Marks({ row: { differs, machine } }: { row: WalkRow }) {
  return (
    <>
      {differs === 'decisions' && <p class="mark">≠ They decide otherwise</p>}
      {differs === 'score' && <p class="mark slight">≠ The scores differ</p>}
      {machine !== null && <p class="mark slight">{MACHINES[machine]}</p>}
    </>
  );
}

interface SideProps {
  readonly name: string;
  readonly side: WalkRow['before'];
  readonly other: WalkRow['before'];
  /** Whether neither of them decides anything. */
  readonly quiet: boolean;
}

function Side({ name, side: { score, decisions }, other, quiet }: SideProps) {
  return (
    <div class="side">
      <p class="score">
        <span class="name">{name}</span> {numberWords(score)} {score === 1 ? 'point' : 'points'}
      </p>
      {decisions.length > 0 ? (
        <ul>
          {decisions.map((text) => (
            <li>{other.decisions.includes(text) ? text : <strong>{text}</strong>}</li>
          ))}
        </ul>
      ) : (
        !quiet && <p class="nothing">decides nothing here</p>
      )}
    </div>
  );
}
