/** Who is asking, and whether they may. */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ApiKey, findApiKey, type Scope } from '../store/api-keys.js';
import type { Db } from '../store/database.js';
import type { AppEnv, Principal } from './env.js';
import { Problem } from './problem.js';

/** A revoked key is refused by every process within this time, and at once by the one that revoked it. */
const CACHE_MS = 1_000;
const CACHE_ENTRIES = 10_000;
const KEY_LENGTH_MAX = 512;

/** Looks keys up, and remembers the valid ones for a second: a busy sender would else cost a query per request. */
export class KeyRing {
  readonly #db: Db;
  readonly #known = new Map<string, { key: ApiKey; until: number }>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** The valid key of this text, or null. */
  async find(text: string): Promise<ApiKey | null> {
    // The cache is searched by a hash, so that the text itself stays in memory no longer than its request.
    const name = createHash('sha256').update(text).digest('base64');
    const now = Date.now();
    const known = this.#known.get(name);
    if (known && known.until > now && !(known.key.expiresAt && known.key.expiresAt.getTime() <= now))
      return known.key;
    const key = await findApiKey(this.#db, text);
    if (!key) this.#known.delete(name);
    else {
      if (this.#known.size >= CACHE_ENTRIES) this.#known.clear();
      this.#known.set(name, { key, until: now + CACHE_MS });
    }
    return key;
  }

  /** To be called when keys have changed. */
  forget(): void {
    this.#known.clear();
  }
}

/** `admin` may do everything. */
export function hasScope(principal: Pick<Principal, 'scopes'>, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes('admin');
}

/** Finds out whose request it is, and keeps each key within its rate. */
export function authenticate(keys: KeyRing, limiter: RateLimiterMemory): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const text = presentedKey(c.req.header('authorization'));
    c.set('principal', await admit(keys, limiter, text));
    await next();
  };
}

/**
 * Whose key this is, counted against its rate.
 * @param text what was presented as a key; null for nothing
 * @throws Problem 401 or 429
 */
export async function admit(
  keys: KeyRing,
  limiter: RateLimiterMemory,
  text: string | null,
  howTo = 'Send `Authorization: Bearer <API key>`.',
): Promise<ApiKey> {
  const key = text === null ? null : await keys.find(text);
  if (!key) {
    const detail = text === null ? howTo : 'This API key is not known, or it has expired or been revoked.';
    throw new Problem('unauthorized', { detail, headers: { 'WWW-Authenticate': 'Bearer realm="baton"' } });
  }
  await withinRate(limiter, key.id);
  return key;
}

async function withinRate(limiter: RateLimiterMemory, keyId: string): Promise<void> {
  try {
    await limiter.consume(keyId);
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    const waitMs = hasWait(refusal) ? refusal.msBeforeNext : 1_000;
    throw new Problem('rate_limited', {
      detail: 'This API key has made too many requests; wait as long as `Retry-After` says.',
      retryAfterS: waitMs / 1_000,
    });
  }
}

function hasWait(refusal: unknown): refusal is { msBeforeNext: number } {
  return typeof refusal === 'object' && refusal !== null && 'msBeforeNext' in refusal;
}

/** The key in an `Authorization` header: as a bearer token, or as the user name of Basic authentication. */
export function presentedKey(header: string | undefined): string | null {
  const [, scheme, credentials] = /^(bearer|basic) +(\S+)$/i.exec(header?.trim() ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return credentials.slice(0, KEY_LENGTH_MAX);
  const [user = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1);
  return user.slice(0, KEY_LENGTH_MAX) || null;
}

/** Lets a request pass whose key has one of the scopes. Part of `guard`, which also documents it. */
export function requireScope(...scopes: readonly Scope[]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const principal = c.get('principal');
    if (!scopes.some((scope) => hasScope(principal, scope))) {
      throw new Problem('forbidden', { detail: `The key needs the scope ${scopes.join(' or ')}.` });
    }
    await next();
  };
}
