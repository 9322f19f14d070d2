/** Keyset paging by an instant: to the microsecond, because the database's clock is finer than a `Date`. */
import { type RawBuilder, sql } from 'kysely';

/** An instant as microseconds since 1970; exact, and a safe integer until the year 2255. */
export const microsOf = (column: string): RawBuilder<number> =>
  sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000000)::bigint`;

/** The instant of `microsOf`. */
export const instantOfMicros = (micros: number): RawBuilder<Date> =>
  sql<Date>`(timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond')`;
