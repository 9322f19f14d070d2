/** Reading bodies: the right type, a bounded size, real UTF-8, and for bad JSON the place. */
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.js';
import { placeOfFault } from './json-place.js';
import { Problem } from './problem.js';
import { findUnsafe } from './safe-text.js';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const YAML_TYPE = /^(?:application|text)\/(?:x-)?yaml$/;
const NDJSON_TYPE = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)$/;

/** The forms of a body, and the content type that is asked for where another one comes. */
const FORMS = { json: 'application/json', ndjson: 'application/x-ndjson', yaml: 'application/yaml' };
type BodyForm = keyof typeof FORMS;

/** Which of the accepted forms a body has by its content type. @throws Problem 415 for any other. */
export function bodyForm<Form extends BodyForm>(c: Context<AppEnv>, accepted: readonly Form[]): Form {
  const [type = '', ...parameters] = (c.req.header('content-type') ?? '').toLowerCase().split(';');
  const encoding = c.req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', { detail: 'The body is compressed; send it as it is.' });
  }
  const charset = parameters
    .map((parameter) => /^\s*charset="?([\w-]+)"?\s*$/.exec(parameter)?.[1])
    .find(Boolean);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new Problem('unsupported_media_type', {
      detail: `The body must be UTF-8; its content type says ${charset}.`,
    });
  }
  const patterns: Readonly<Record<BodyForm, RegExp>> = {
    json: JSON_TYPE,
    ndjson: NDJSON_TYPE,
    yaml: YAML_TYPE,
  };
  const form = accepted.find((one) => patterns[one].test(type.trim()));
  if (form !== undefined) return form;
  const wanted = accepted.map((one) => FORMS[one]).join(' or ');
  throw new Problem('unsupported_media_type', { detail: `Send the body with \`Content-Type: ${wanted}\`.` });
}

/** The body's bytes as they come. @throws Problem 413 as soon as they are too many, before any more is read. */
async function* bodyChunks(c: Context<AppEnv>, bytesMax: number): AsyncGenerator<Uint8Array> {
  const tooLarge = () =>
    new Problem('body_too_large', {
      detail: `The body is larger than ${bytesMax} bytes. Nothing of it was stored; send it in smaller parts.`,
      // What was not read would be taken for the next request.
      headers: { Connection: 'close' },
    });
  if (Number(c.req.header('content-length') ?? 0) > bytesMax) throw tooLarge();
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge();
    yield chunk;
  }
}

/** A JSON body, parsed. @throws Problem 400 naming line and column, or 413. */
export async function readJson(
  c: Context<AppEnv>,
  bytesMax: number,
): Promise<{ value: unknown; bytes: number }> {
  const bytes = await readBytes(c, bytesMax);
  const parsed = parseJson(bytes);
  if ('fault' in parsed) throw new Problem('malformed_json', { detail: parsed.fault });
  return { value: parsed.value, bytes: bytes.byteLength };
}

/** A body as text. @throws Problem 400 when it is not UTF-8, or 413. */
export async function readText(c: Context<AppEnv>, bytesMax: number): Promise<string> {
  const bytes = await readBytes(c, bytesMax);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem('bad_request', { detail: 'The text is not valid UTF-8.' });
  }
}

/** A body as it came, byte for byte: what a signature is checked over. @throws Problem 413 */
export async function readBytes(c: Context<AppEnv>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(c, bytesMax)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses JSON from bytes; a fault is told in words with its line and column, and quotes nothing of the text. */
export function parseJson(bytes: Uint8Array): { value: unknown } | { fault: string } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { fault: 'The text is not valid UTF-8.' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    if (text.trim() === '') return { fault: 'The body is empty; JSON was expected.' };
    const place = placeOfFault(text);
    if (!place) return { fault: 'The text is not valid JSON.' };
    return {
      fault: `Not valid JSON at line ${place.line}, column ${place.column}: ${place.expected} was expected.`,
    };
  }
}

/** One line of NDJSON; `number` counts from 1. */
export interface Line {
  readonly number: number;
  readonly content: { value: unknown } | { fault: string };
}

/** The lines of an NDJSON body, each parsed when it has come in. Empty lines are passed over. @throws Problem 413 */
export async function* readLines(c: Context<AppEnv>, bytesMax: number): AsyncGenerator<Line> {
  let rest = Buffer.alloc(0);
  let number = 0;
  const lineOf = (bytes: Buffer): Line | null => {
    number += 1;
    return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
      ? null
      : { number, content: parseJson(bytes) };
  };
  for await (const chunk of bodyChunks(c, bytesMax)) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, start)) {
      const line = lineOf(rest.subarray(start, end));
      if (line) yield line;
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
  const line = rest.length > 0 ? lineOf(rest) : null;
  if (line) yield line;
}

/**
 * For routes with a JSON body: goes before the route's own validation, which takes a missing content type for an empty
 * body and answers malformed JSON without a place.
 */
export const jsonBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  bodyForm(c, ['json']);
  const { value } = await readJson(c, c.get('limits').bodyBytesMax);
  passOn(c, value);
  await next();
};

/** Gives the validation a body that has been read, as JSON. @throws Problem 422 for what the database would refuse. */
export function passOn(c: Context<AppEnv>, value: unknown): void {
  const unsafe = findUnsafe(value);
  if (unsafe) {
    const path = unsafe.path.join('.');
    throw new Problem('invalid', {
      detail: `${path || 'The body'} ${unsafe.message}.`,
      errors: [{ path, message: unsafe.message }],
    });
  }
  // The body has been read; the validation gets it anew. Who waits for a caller still sees it go away.
  const { url, method, signal } = c.req.raw;
  const headers = new Headers(c.req.raw.headers);
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  c.req.raw = new Request(url, { method, headers, signal, body: JSON.stringify(value) });
}
