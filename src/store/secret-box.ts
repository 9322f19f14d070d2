/** Seals secrets for the database: AES-256-GCM under a key that the database does not have. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const KEY_BYTES = 32;
const IV_BYTES = 12;

/** An envelope that none of the present keys opens; `message` says what to do, and holds nothing secret. */
export class SecretsUnreadable extends Error {
  override name = 'SecretsUnreadable';
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Seals with the newest key and opens with whichever key an envelope names. */
export class SecretBox {
  readonly #newest: Key;
  readonly #keys: ReadonlyMap<string, Key>;

  /**
   * @param keys texts of 32 bytes each, as 64 hexadecimal digits or base64; the newest first
   * @throws RangeError when there is no key, or one that has another length.
   */
  constructor(keys: readonly string[]) {
    const parsed = keys.map(keyOf);
    const [newest] = parsed;
    if (!newest) throw new RangeError('a secret box needs a key');
    this.#newest = newest;
    this.#keys = new Map(parsed.map((key) => [key.id, key]));
  }

  /** The envelope of a text. `about` names what it belongs to: it opens only for the same. */
  seal(text: string, about: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#newest.bytes, iv);
    cipher.setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const parts = [iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'));
    return [VERSION, this.#newest.id, ...parts].join('.');
  }

  /** The text in an envelope. @throws SecretsUnreadable when its key is not here, or it was changed or moved. */
  open(envelope: string, about: string): string {
    const [version, keyId = '', ...parts] = envelope.split('.');
    const [iv, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== VERSION || !iv || !tag || !sealed) {
      throw new SecretsUnreadable('The stored secrets have a form that this Baton does not know.');
    }
    const key = this.#keys.get(keyId);
    if (!key) {
      throw new SecretsUnreadable(
        `The stored secrets were sealed with the key ${keyId}, which this Baton was not given: add it to BATON_SECRETS_KEY after the present one, or set the secrets anew.`,
      );
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(about));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      throw new SecretsUnreadable('The stored secrets were changed outside of Baton: set them anew.');
    }
  }
}

/** The id tells keys apart and nothing of the key. */
function keyOf(text: string): Key {
  const bytes = Buffer.from(text, /^[0-9A-Fa-f]{64}$/.test(text) ? 'hex' : 'base64');
  if (bytes.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${bytes.length}`);
  return { id: createHash('sha256').update('key id').update(bytes).digest('hex').slice(0, 8), bytes };
}
