/**
 * The addresses at which a lead stops mail that Baton sends: whose link it is stands in the link, signed. Its keys are in
 * the database, because the process that writes a mail is not always the one that a click reaches.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Db } from './database.js';
import { compareAndSetMeta, readMeta } from './meta.js';
import { json } from './sql.js';

/** Whose link it is, and which mail it stops. */
export interface UnsubscribeLink {
  readonly leadId: string;
  readonly stream: 'marketing';
}

/** The newest key signs; the older ones still open the links of mails that were sent under them. */
interface SigningKeys {
  readonly newest: number;
  readonly secrets: Readonly<Record<string, string>>;
}

const META_KEY = 'unsubscribe_keys';
const SECRET_BYTES = 32;
/** What a signature is of, so that no other use of a key could ever make one. */
const PURPOSE = 'baton one-click unsubscribe';
const STREAM_LETTER = { marketing: 'm' } as const;
/** Key number, stream, lead id, 128 bits of signature. */
const TOKEN = /^([1-9]\d{0,5})m([0-9a-v]{26})([\w-]{22})$/;
/** Tokens that are none are asked about at most once in this time, whatever comes in. */
const REMEMBER_MS = 1_000;

/** Makes and reads the tokens in such addresses. */
export class UnsubscribeLinks {
  readonly #db: Db;
  #remembered: { readonly keys: SigningKeys; readonly untilMs: number } | null = null;

  constructor(db: Db) {
    this.#db = db;
  }

  /** A token for a lead's marketing mail. It stays good until its key is dropped. The first call makes the first key. */
  async tokenFor(leadId: string): Promise<string> {
    const keys = (await readKeys(this.#db)) ?? (await this.#firstKeys());
    return tokenUnder(keys, keys.newest, leadId);
  }

  /** Whose link a token is; null when it is not one of ours, was changed, or its key was dropped. */
  async read(token: string): Promise<UnsubscribeLink | null> {
    const [, number = '', leadId = '', signature = ''] = TOKEN.exec(token) ?? [];
    if (signature === '') return null;
    const keys = await this.#recentKeys();
    if (keys?.secrets[number] === undefined) return null;
    const right = Buffer.from(tokenUnder(keys, Number(number), leadId));
    const given = Buffer.from(token);
    // The whole text is compared: base64 has several spellings of one signature.
    if (right.length !== given.length || !timingSafeEqual(right, given)) return null;
    return { leadId, stream: 'marketing' };
  }

  /**
   * Signs with a new key from now on.
   * @param dropOlder makes every link that was sent before worthless; without it they stay good
   * @returns the new key's number, and how many older ones still open links
   */
  async rotate(dropOlder: boolean): Promise<{ readonly key: number; readonly older: number }> {
    for (;;) {
      const text = await readMeta(this.#db, META_KEY);
      const known = text === null ? null : parseKeys(text);
      const key = (known?.newest ?? 0) + 1;
      const kept = dropOlder ? {} : (known?.secrets ?? {});
      const next: SigningKeys = { newest: key, secrets: { ...kept, [key]: newSecret() } };
      if (!(await compareAndSetMeta(this.#db, META_KEY, text, json(next)))) continue;
      this.#remembered = null;
      return { key, older: Object.keys(kept).length };
    }
  }

  async #firstKeys(): Promise<SigningKeys> {
    const first: SigningKeys = { newest: 1, secrets: { 1: newSecret() } };
    const isOurs = await compareAndSetMeta(this.#db, META_KEY, null, json(first));
    return isOurs ? first : ((await readKeys(this.#db)) ?? first);
  }

  async #recentKeys(): Promise<SigningKeys | null> {
    const nowMs = Date.now();
    if (this.#remembered !== null && this.#remembered.untilMs > nowMs) return this.#remembered.keys;
    const keys = (await readKeys(this.#db)) ?? { newest: 0, secrets: {} };
    this.#remembered = { keys, untilMs: nowMs + REMEMBER_MS };
    return keys;
  }
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function tokenUnder(keys: SigningKeys, number: number, leadId: string): string {
  const secret = keys.secrets[String(number)];
  if (secret === undefined) throw new Error(`There is no unsubscribe key ${number}.`);
  const named = `${number}${STREAM_LETTER.marketing}${leadId}`;
  const signature = createHmac('sha256', Buffer.from(secret, 'base64url')).update(`${PURPOSE}\n${named}`);
  return named + signature.digest().subarray(0, 16).toString('base64url');
}

async function readKeys(db: Db): Promise<SigningKeys | null> {
  const text = await readMeta(db, META_KEY);
  return text === null ? null : parseKeys(text);
}

/** @throws when somebody has written something else there: rotating would make links worthless without a word. */
function parseKeys(text: string): SigningKeys {
  const value = JSON.parse(text) as Partial<SigningKeys> | null;
  if (typeof value?.newest !== 'number' || typeof value.secrets !== 'object' || value.secrets === null)
    throw new Error(
      `The row ${META_KEY} of the table meta is not what Baton wrote there; restore it from a backup.`,
    );
  return { newest: value.newest, secrets: value.secrets };
}
