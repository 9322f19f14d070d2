/** What happens to one webhook, whoever sends it: verify, then translate, then the same way in as every event. */
import type { Logger } from 'pino';
import {
  type Connection,
  claimToken,
  findConnection,
  forgetTokens,
  noteContact,
  openSecrets,
} from '../../store/connections.js';
import type { Db } from '../../store/database.js';
import { type SecretBox, SecretsUnreadable } from '../../store/secret-box.js';
import { loggable } from '../errors.js';
import type { EventIntake, IntakeResult } from '../event-intake.js';
import { Problem } from '../problem.js';
import { handle } from '../schemas/common.js';
import type { Delivery, Secrets, Sender } from './sender.js';

export interface WebhookDeps {
  readonly db: Db;
  readonly intake: EventIntake;
  /** Null where nobody gave a key for secrets. */
  readonly secrets: SecretBox | null;
  readonly now: () => number;
}

/** A webhook as the route has it; settings come from the connection. */
export type Incoming = Omit<Delivery, 'settings'>;

export interface Receipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly rejected: number;
}

const NOTHING: Receipt = { accepted: 0, duplicates: 0, ignored: 0, rejected: 0 };
/** Events of one webhook go to the log in parts of this size. */
const PART = 1_000;
/** Longer than any tolerance, on both sides. */
const TOKENS_KEPT_MS = 2 * 86_400_000 + 3_600_000;
const FORGET_EVERY_MS = 3_600_000;
const RETRY_AFTER_S = 60;
const NOTE_EVERY_MS = 60_000;

/** Receives the webhooks of one process. */
export class WebhookReceiver {
  readonly #deps: WebhookDeps;
  #forgottenAtMs = 0;
  /** When each connection's last contact was noted, apart for what was verified and what was refused. */
  readonly #received = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  constructor(deps: WebhookDeps) {
    this.#deps = deps;
  }

  /**
   * Stores what a verified webhook says.
   * @throws Problem 401 for one that is not verified, and the status that makes the platform stop where the connection
   * is switched off; nothing is stored then.
   */
  async receive(sender: Sender, id: string, incoming: Incoming, log: Logger): Promise<Receipt> {
    const { connection, delivery } = await this.#verified(sender, id, incoming, log);
    if (!connection.active) return switchedOff(sender);
    const translation = sender.translate(delivery);
    if ('fault' in translation) {
      log.warn({ connection: id, fault: translation.fault }, 'a verified webhook cannot be read');
      await this.#note(id, { refused: `a verified webhook cannot be read: ${translation.fault}` }, log);
      if (sender.statuses.unreadable === 200) return { ...NOTHING, ignored: 1 };
      throw new Problem('malformed_json', { detail: translation.fault });
    }
    const { events, ignored } = translation;
    const receipt = { ...NOTHING, ignored };
    for (let start = 0; start < events.length; start += PART) {
      const part = events.slice(start, start + PART);
      const bytes = Math.ceil((incoming.body.byteLength * part.length) / events.length);
      const result = await this.#store(connection, part, bytes);
      receipt.accepted += result.accepted;
      receipt.duplicates += result.duplicates;
      receipt.rejected += result.rejected.length;
      this.#tell(id, result, log);
    }
    await this.#note(id, 'received', log);
    return receipt;
  }

  /** Answers a platform that asks whether the address is right. @throws Problem 401 */
  async answer(sender: Sender, id: string, incoming: Incoming, log: Logger): Promise<void> {
    await this.#verified(sender, id, incoming, log);
  }

  async #verified(
    sender: Sender,
    id: string,
    incoming: Incoming,
    log: Logger,
  ): Promise<{ connection: Connection; delivery: Delivery }> {
    const { db } = this.#deps;
    const connection = handle.safeParse(id).success ? await findConnection(db, id) : null;
    if (connection?.kind !== sender.kind) throw unknownConnection(sender);
    const delivery: Delivery = { ...incoming, settings: sender.settings.parse(connection.settings) };
    const verification = sender.verify(delivery, this.#secretsOf(connection, incoming.nowMs));
    if (!verification.verified) throw await this.#refusal(id, verification.why, log);
    if (verification.once) {
      await this.#forgetNowAndThen(incoming.nowMs);
      if (!(await claimToken(db, { connectionId: id, ...verification.once }))) {
        throw await this.#refusal(id, 'its token was used before for another message: it is a replay', log);
      }
    }
    return { connection, delivery };
  }

  #secretsOf(connection: Connection, nowMs: number): Secrets {
    const { secrets } = this.#deps;
    if (connection.envelope === null) return () => [];
    if (!secrets) throw unreadable(new SecretsUnreadable('BATON_SECRETS_KEY is not set on this gateway.'));
    try {
      const opened = openSecrets(secrets, connection, nowMs);
      return (name) => (opened[name] ?? []).map(({ value }) => value);
    } catch (error) {
      throw error instanceof SecretsUnreadable ? unreadable(error) : error;
    }
  }

  async #refusal(id: string, why: string, log: Logger): Promise<Problem> {
    log.warn({ connection: id, why }, 'a webhook was refused');
    await this.#note(id, { refused: why }, log);
    return new Problem('bad_signature', {
      detail: `The webhook was refused and nothing was stored: ${why}.`,
    });
  }

  async #store(connection: Connection, events: readonly unknown[], bytes: number): Promise<IntakeResult> {
    const name = `connection:${connection.id}`;
    return this.#deps.intake.accept(
      events.map((value) => ({ value })),
      bytes,
      // What a platform may send is engagement, whatever its messages claim to be.
      { id: name, name: connection.title, scopes: ['ingest'], connectionId: name },
    );
  }

  /** A rejected event is answered like the others, for sending it again would change nothing: the log tells of it. */
  #tell(id: string, { rejected }: IntakeResult, log: Logger): void {
    if (rejected.length === 0) return;
    const some = rejected.slice(0, 20).map(({ index, code, path }) => ({ index, code, path }));
    log.warn({ connection: id, count: rejected.length, some }, 'events of a webhook were rejected');
  }

  /** Who looks at the connection sees it. A webhook does not fail by it, and a busy sender does not pay for it. */
  async #note(id: string, contact: Parameters<typeof noteContact>[2], log: Logger): Promise<void> {
    const noted = contact === 'received' ? this.#received : this.#refused;
    const nowMs = this.#deps.now();
    if (nowMs - (noted.get(id) ?? 0) < NOTE_EVERY_MS) return;
    noted.set(id, nowMs);
    if (contact !== 'received') this.#received.delete(id);
    await noteContact(this.#deps.db, id, contact).catch((error: unknown) => {
      noted.delete(id);
      log.warn({ connection: id, fault: loggable(error) }, 'a contact could not be noted');
    });
  }

  async #forgetNowAndThen(nowMs: number): Promise<void> {
    if (nowMs - this.#forgottenAtMs < FORGET_EVERY_MS) return;
    this.#forgottenAtMs = nowMs;
    await forgetTokens(this.#deps.db, new Date(nowMs - TOKENS_KEPT_MS));
  }
}

function unknownConnection({ kind, title }: Sender): Problem {
  const detail = `There is no ${title} connection of this name; \`baton connections add <name> --kind ${kind}\` makes one.`;
  return new Problem('not_found', { detail });
}

function unreadable(cause: SecretsUnreadable): Problem {
  const detail =
    'The connection cannot verify anything right now: its secrets cannot be read. Send it again later.';
  return new Problem('unavailable', { detail, retryAfterS: RETRY_AFTER_S, cause });
}

function switchedOff({ statuses }: Sender): Receipt {
  const detail = 'This connection is switched off. Nothing was stored; do not send it again.';
  switch (statuses.off) {
    case 200:
      return NOTHING;
    case 403:
      throw new Problem('declined', { detail });
    case 406:
      throw new Problem('not_acceptable', { detail });
    case 410:
      throw new Problem('gone', { detail });
  }
}
