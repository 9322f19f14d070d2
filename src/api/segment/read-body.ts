/** Bodies as Segment's and RudderStack's libraries send them: gzipped, as text/plain, or with no type at all. */
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { Context } from 'hono';
import type { AppEnv } from '../env.js';
import { placeOfFault } from '../json-place.js';
import { Problem } from '../problem.js';
import type { Fields } from './values.js';

/** 500 KB, as Segment allows, of the body as it was before it was compressed. */
const BODY_BYTES_MAX = 500 * 1024;

const inflaters = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) };
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON object in a body, and its size. What can never succeed is 400, because that is the one status at which every
 * version of the libraries gives up.
 */
export async function readMessage(c: Context<AppEnv>): Promise<{ body: Fields; bytes: number }> {
  const plain = await decompressed(c, await readBytes(c));
  let text: string;
  try {
    text = utf8.decode(plain);
  } catch {
    throw new Problem('bad_request', { detail: 'The body is not valid UTF-8.' });
  }
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('bad_request', { detail: 'The body must be a JSON object.' });
  }
  return { body: value as Fields, bytes: plain.byteLength };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const place = text.trim() === '' ? null : placeOfFault(text);
    const detail = place
      ? `Not valid JSON at line ${place.line}, column ${place.column}: ${place.expected} was expected.`
      : 'The body is not JSON.';
    throw new Problem('malformed_json', { detail });
  }
}

async function readBytes(c: Context<AppEnv>): Promise<Buffer> {
  if (Number(c.req.header('content-length') ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function decompressed(c: Context<AppEnv>, bytes: Buffer): Promise<Buffer> {
  const encoding = (c.req.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return bytes;
  const unpack = Object.hasOwn(inflaters, encoding) ? inflaters[encoding as keyof typeof inflaters] : null;
  if (!unpack) {
    throw new Problem('bad_request', {
      detail: 'The body must be plain, or compressed with gzip or deflate.',
    });
  }
  try {
    return await unpack(bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Problem('bad_request', {
      detail: `The body says that it is ${encoding}, and cannot be unpacked.`,
    });
  }
}

function tooLarge(): Problem {
  return new Problem('bad_request', {
    detail: `The body is larger than ${BODY_BYTES_MAX / 1024} KB. Nothing of it was stored; send smaller batches.`,
    // What was not read would be taken for the next request.
    headers: { Connection: 'close' },
  });
}
