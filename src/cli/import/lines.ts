import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

/** The gateway takes bodies of 1 MiB; a row beyond this could never be sent. */
export const ROW_BYTES_MAX = 900_000;

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Null when the line is longer than `ROW_BYTES_MAX`. */
  readonly text: string | null;
}

/** Opens a file for reading; its `bytesRead` says how far the import has come. */
export const openInput = (path: string): ReturnType<typeof createReadStream> =>
  createReadStream(path, { highWaterMark: 256 * 1024 });

const decode = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('utf8').replace(/\r$/, '');

/** A stream's lines, one by one; never holds more than one line and one chunk. */
export async function* linesOf(input: Readable): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 0;
  const take = (): Line => {
    number += 1;
    const text = size > ROW_BYTES_MAX ? null : decode(parts);
    parts = [];
    size = 0;
    return { number, text: number === 1 && text !== null ? text.replace(/^\ufeff/, '') : text };
  };
  for await (const chunk of input) {
    const buffer: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    let start = 0;
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
      size += end - start;
      if (size <= ROW_BYTES_MAX) parts.push(buffer.subarray(start, end));
      yield take();
      start = end + 1;
    }
    size += buffer.length - start;
    if (size <= ROW_BYTES_MAX) parts.push(buffer.subarray(start));
    else parts = [];
  }
  if (size > 0) yield take();
}
