/** Small readers that every platform's file uses. They take anything and throw nothing. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { parseJson } from '../body.js';
import { instant } from '../schemas/common.js';
import type { SecretSpec } from './sender.js';

export type Fields = Readonly<Record<string, unknown>>;
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** The settings that all platforms take. */
export const commonSettings = {
  toleranceSeconds: z
    .number()
    .int()
    .min(30)
    .max(86_400)
    .default(300)
    .openapi({ description: 'How far the time in a signature may be from the time here.' }),
  stream: z.enum(['marketing', 'sales', 'all']).default('marketing').openapi({
    description: 'What an unsubscribe on this platform means: the mail that the platform sends.',
  }),
};

/** A secret that only has to be long enough. */
export const longSecret = (what: string, lengthMin: number): SecretSpec => ({
  what,
  fault: (value) => (value.length < lengthMin ? `needs at least ${lengthMin} characters` : null),
});

/** The body as JSON, or why it is none. */
export const readJsonBody = (body: Buffer): { value: unknown } | { fault: string } => parseJson(body);

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/** The HMAC of some parts, one after the other. */
export function hmac(
  algorithm: 'sha1' | 'sha256',
  key: string | Buffer,
  ...parts: readonly (string | Buffer)[]
) {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac;
}

/** Why the time of a signature (epoch seconds, as text) is not to be trusted, or null. */
export function staleness(timestamp: string, nowMs: number, toleranceSeconds: number): string | null {
  if (!/^\d{1,12}$/.test(timestamp)) return 'its timestamp is no number of seconds';
  const offS = Math.round(nowMs / 1_000 - Number(timestamp));
  if (Math.abs(offS) <= toleranceSeconds) return null;
  return offS > 0
    ? `it was signed ${offS} s ago, longer than the ${toleranceSeconds} s that are allowed`
    : `it was signed ${-offS} s ahead of this gateway's clock; check the clock`;
}

/** A text that the database takes, cut to a length; undefined when nothing is left. */
export function textOf(value: unknown, lengthMax: number): string | undefined {
  const raw = typeof value === 'number' ? String(value) : value;
  if (typeof raw !== 'string') return undefined;
  const clean = raw.replace(/\0|\p{Cs}/gu, '').trim();
  // Cut by characters: half of one would be a lone surrogate.
  const cut = clean.length <= lengthMax ? clean : [...clean.slice(0, lengthMax)].slice(0, -1).join('');
  return cut === '' ? undefined : cut;
}

/** RFC 3339 from epoch seconds (a number or its text, fractions too) or from a time with its zone. */
export function timeOf(value: unknown): string | undefined {
  const isSeconds =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,12}(\.\d+)?$/.test(value));
  const ms = isSeconds ? Number(value) * 1_000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (!Number.isFinite(ms) || Math.abs(ms) > 8e15) return undefined;
  const text = new Date(ms).toISOString();
  return instant.safeParse(text).success ? text : undefined;
}

const LINK_LENGTH_MAX = 8_000;

/** A clicked link as properties; what is no web address (mailto:, tel:) is kept beside, so that no click is lost. */
export function linkOf(value: unknown): Fields {
  const link = textOf(value, LINK_LENGTH_MAX);
  if (link === undefined) return {};
  return /^https?:\/\//i.test(link) && URL.canParse(link) ? { url: link } : { link };
}

/** Who asked, as far as the platform says. */
export function contextOf(userAgent: unknown, ip: unknown): { context: Fields } {
  return { context: present({ userAgent: textOf(userAgent, 2_000), ip: textOf(ip, 64) }) };
}

/** The fields that are there. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The address in `Kim Lee <kim@example.com>`. */
export function addressOf(value: unknown): string | undefined {
  const text = textOf(value, 1_000);
  return text === undefined ? undefined : (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text);
}

/** An event's id: the platform's own where it fits, else a hash of what tells the event from others. */
export function idOf(...parts: readonly unknown[]): string {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'string' && /^[\x21-\x7e]{1,200}$/.test(only)) return only;
  const texts = parts.map((part) => (typeof part === 'string' || typeof part === 'number' ? part : null));
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

/**
 * What the sender of a mail said about it in the platform's own fields (custom arguments, metadata, variables):
 * `batonEmailId` names the mail across leads, `batonDirectCta` and `batonCtaUrl` its call to action.
 */
export function saidInFields(fields: Fields): Fields {
  const directCta = fields.batonDirectCta;
  const ctaUrl = textOf(fields.batonCtaUrl, LINK_LENGTH_MAX);
  return present({
    emailId: textOf(fields.batonEmailId, 200),
    directCta: directCta === true || directCta === 'true' ? true : undefined,
    ctaUrl: ctaUrl !== undefined && /^https?:\/\//i.test(ctaUrl) && URL.canParse(ctaUrl) ? ctaUrl : undefined,
  });
}

/** Whether a platform's flag is up: some send it as a boolean, some as text. */
export const isSet = (flag: unknown): boolean =>
  flag === true || flag === 'true' || flag === 1 || flag === '1';
