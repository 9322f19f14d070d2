/** What the parts of a test are judged with: the team's clock, and a place for what is wrong. */
import { closest, error, type Finding, type Path } from './faults.js';
import { type Moment, momentMs } from './test-moment.js';

/** Reads a test's times on the team's clocks. */
export interface Clock {
  readonly timeZone: string;
  ms(moment: Moment): number;
}

export function clockOf(timeZone: string): Clock {
  return { timeZone, ms: (moment) => momentMs(moment, timeZone) };
}

/** Collects findings below one place of the document. */
export class Notes {
  constructor(
    readonly findings: Finding[] = [],
    private readonly base: Path = [],
  ) {}

  below(...path: Path): Notes {
    return new Notes(this.findings, [...this.base, ...path]);
  }

  error(path: Path, message: string, expected: string, didYouMean?: string): void {
    this.findings.push(error([...this.base, ...path], message, expected, didYouMean));
  }

  errorAtKey(path: Path, message: string, expected: string): void {
    this.findings.push({ ...error([...this.base, ...path], message, expected), atKey: true });
  }

  /** Says that a name is none of the known ones, if so. */
  unknown(path: Path, name: string, known: readonly string[], what: string): void {
    if (known.includes(name)) return;
    const expected = known.length === 0 ? `${what}, of which there are none` : `one of ${known.join(', ')}`;
    this.error(path, `there is no ${what} ${name}`, expected, closest(name, known));
  }
}
