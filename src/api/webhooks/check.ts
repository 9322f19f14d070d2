/** Says in words what works of a connection, and what is missing with its remedy. */
import type { Connection, StoredSecrets } from '../../store/connections.js';
import type { ConnectionTest } from '../schemas/connection.js';
import type { Sender } from './sender.js';

type Check = ConnectionTest['checks'][number];
const works = (text: string): Check => ({ state: 'works', text });
const missing = (text: string): Check => ({ state: 'missing', text });
const unknown = (text: string): Check => ({ state: 'unknown', text });

export interface Checked {
  readonly sender: Sender;
  readonly connection: Connection;
  /** Null when they cannot be read; `why` says so then. */
  readonly opened: StoredSecrets | null;
  readonly why: string;
  readonly webhookUrl: string;
}

/** What can be known of a webhook without the platform's help, and what its last messages told. */
export function checkConnection(checked: Checked): ConnectionTest {
  const checks = [
    ...secretChecks(checked),
    checked.connection.active
      ? works('It is switched on.')
      : missing(
          'It is switched off: what comes is verified, refused and not stored. Switch it on with `active: true`.',
        ),
    addressCheck(checked.webhookUrl),
    ...contactChecks(checked),
  ];
  return { works: checks.every(({ state }) => state !== 'missing'), checks };
}

function secretChecks({ sender, opened, why }: Checked): Check[] {
  if (opened === null) return [missing(why)];
  const isSet = (name: string) => (opened[name] ?? []).length > 0;
  if (!sender.sufficient.some((names) => names.every(isSet))) {
    const wanted = sender.sufficient.map((names) => names.join(' and ')).join(', or ');
    const [first] = sender.sufficient.flat();
    const where = first === undefined ? '' : ` (${sender.secrets[first]?.what ?? ''})`;
    return [missing(`Nothing can be verified: set the secret ${wanted}${where}.`)];
  }
  return Object.keys(opened)
    .filter(isSet)
    .map((name) => {
      const [newest, former] = opened[name] ?? [];
      const fault = newest && sender.secrets[name]?.fault(newest.value);
      if (fault) return missing(`The secret ${name} ${fault}.`);
      const until = former?.until
        ? `; the value before it holds until ${new Date(former.until).toISOString()}`
        : '';
      return works(`The secret ${name} is set and well-formed${until}.`);
    });
}

function addressCheck(webhookUrl: string): Check {
  const { protocol, hostname } = new URL(webhookUrl);
  if (/^(?:localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(hostname)) {
    return missing(
      `${webhookUrl} can be reached from this machine only: set BATON_PUBLIC_URL to the address that the platform reaches Baton at.`,
    );
  }
  if (protocol !== 'https:') {
    return missing(
      `${webhookUrl} is not encrypted: put TLS in front of Baton and set BATON_PUBLIC_URL to the https address.`,
    );
  }
  return works(`The address for the platform is ${webhookUrl}.`);
}

function contactChecks({ connection, sender }: Checked): Check[] {
  const { lastReceivedAt, lastRefusedAt, lastRefusal } = connection;
  const isRefused = lastRefusedAt !== null && (lastReceivedAt === null || lastRefusedAt > lastReceivedAt);
  const refusal = isRefused
    ? [
        missing(
          `What came at ${lastRefusedAt.toISOString()} was refused: ${lastRefusal ?? 'no reason was kept'}.`,
        ),
      ]
    : [];
  const received = lastReceivedAt
    ? works(`Something was last verified at ${lastReceivedAt.toISOString()} (to the minute).`)
    : unknown(`Nothing verified has come yet: let ${sender.title} send a test message to the address.`);
  return [received, ...refusal];
}
