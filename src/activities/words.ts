/** Instants in words, in somebody's time zone. Here and not in the core, because time zone data differ between machines. */

interface DayParts {
  readonly weekday: string;
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly time: string;
}

/** `Tuesday, 24 November`, with the year where it is not that of `relativeTo`. */
export function dayInWords(atMs: number, timeZone: string, relativeTo: number): string {
  const { weekday, day, month, year } = parts(atMs, timeZone);
  const sameYear = parts(relativeTo, timeZone).year === year;
  return `${weekday}, ${day} ${month}${sameYear ? '' : ` ${year}`}`;
}

/** `Tuesday, 24 November, 14:30`. */
export function momentInWords(atMs: number, timeZone: string, relativeTo: number): string {
  return `${dayInWords(atMs, timeZone, relativeTo)}, ${parts(atMs, timeZone).time}`;
}

/** `14:30 on Tuesday, 24 November`, or null where the zone is unknown or no zone at all: callers send what they like. */
export function clockInWords(atMs: number, timeZone: string | null): string | null {
  if (timeZone === null) return null;
  try {
    return `${parts(atMs, timeZone).time} on ${dayInWords(atMs, timeZone, atMs)}`;
  } catch {
    return null;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** As many zones as there are; callers' inventions are refused before they are kept. */
const FORMATS_MAX = 600;

function parts(atMs: number, timeZone: string): DayParts {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    if (formats.size >= FORMATS_MAX) formats.clear();
    formats.set(timeZone, format);
  }
  const found = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes) => found.get(name) ?? '';
  return {
    weekday: part('weekday'),
    day: part('day'),
    month: part('month'),
    year: part('year'),
    time: `${part('hour')}:${part('minute')}`,
  };
}
