import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Line, linesOf, ROW_BYTES_MAX } from '../../src/cli/import/lines.js';

async function read(...chunks: (string | Buffer)[]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk as Buffer)))))
    lines.push(line);
  return lines;
}

it('cuts at line ends, however the text is cut into chunks', async () => {
  const letters = fc.array(fc.constantFrom('a', 'ü', '\n', '\n\n', '€'), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(letters, fc.integer({ min: 1, max: 7 }), async (parts, size) => {
      const bytes = Buffer.from(parts.join(''));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const expected = parts.join('').split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect((await read(...chunks)).map((line) => line.text)).toEqual(expected);
    }),
  );
});

it('counts from 1, drops carriage returns and a byte order mark', async () => {
  expect(await read('\ufeffone\r\n', '\r\ntwo')).toEqual([
    { number: 1, text: 'one' },
    { number: 2, text: '' },
    { number: 3, text: 'two' },
  ]);
});

it('never keeps a line that no body could carry', async () => {
  const long = Buffer.alloc(ROW_BYTES_MAX + 1, 'x');
  expect(await read(long, 'x\nshort\n')).toEqual([
    { number: 1, text: null },
    { number: 2, text: 'short' },
  ]);
});
