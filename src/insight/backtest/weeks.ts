/** Days and weeks by their ISO dates. */
const DAY_MS = 86_400_000;

/** The Monday of a date's week. */
export function mondayOf(date: string): string {
  const weekday = (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
  return daysAfter(date, -weekday);
}

function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** From the first date to the last, both included, every so many days. */
export function* datesFrom(first: string, last: string, everyDays = 1): Generator<string> {
  for (let date = first; date <= last; date = daysAfter(date, everyDays)) yield date;
}
