/** Lists are paged by an opaque cursor: the sort key of the last item that was shown. */
import { z } from '@hono/zod-openapi';
import { Problem } from './problem.js';
import { findUnsafe } from './safe-text.js';

const PAGE_SIZE_MAX = 200;

/** The query of every list; extend it with the list's own filters. */
export const pageQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_SIZE_MAX)
    .default(50)
    .openapi({ description: `At most ${PAGE_SIZE_MAX} items.` }),
  cursor: z.string().max(1_000).optional().openapi({ description: 'The `nextCursor` of the page before.' }),
});

/** The schema of one page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/**
 * Cuts a page out of rows that were read with a limit of one more than `limit`, and makes the cursor of the next one.
 * `keyOf` names the sort key of a row, in JSON values; it must hold nothing personal, because addresses are logged.
 */
export function pageFrom<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | number | null)[],
): { rows: readonly Row[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    rows: shown,
    nextCursor: hasMore ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : null,
  };
}

/** The sort key in a cursor, checked against its shape. @throws Problem 422 for a cursor that was not handed out. */
export function readCursor<Key>(cursor: string | undefined, shape: z.ZodType<Key>): Key | null {
  if (cursor === undefined) return null;
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const key = shape.parse(JSON.parse(text));
    if (!findUnsafe(key)) return key;
  } catch {
    // Answered below, like any other cursor that is not one.
  }
  const message = 'is not a cursor of this list; leave it out to begin anew';
  throw new Problem('invalid', {
    detail: `query.cursor ${message}.`,
    errors: [{ path: 'query.cursor', message }],
  });
}
