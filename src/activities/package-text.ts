/** A handoff's package in plain language, for tasks, alerts and whoever reads mail on a phone. */

const LINKS_SHOWN = 5;
const CONTENT_SHOWN = 5;

/**
 * The stored package as text. It is read loosely, because a package of an older format is still a package:
 * what is missing is left out.
 */
export function packageText(stored: Readonly<Record<string, unknown>> | null): string {
  if (stored === null) return 'The data package is not ready yet; it will be in the console.';
  const pack = new Fields(stored);
  const draft = pack.group('draft');
  const sections = [
    pack.text('opener'),
    pack.text('summary'),
    lines('Who', who(pack.group('person'))),
    lines(
      'Clicked',
      pack
        .list('engagement', 'links')
        .slice(0, LINKS_SHOWN)
        .map((link) => `${link.text('title')} (${link.text('url')})`),
    ),
    lines(
      'Looked at',
      pack
        .list('content')
        .slice(0, CONTENT_SHOWN)
        .map((entry) => `${entry.text('title')} on ${entry.text('at').slice(0, 10)}`),
    ),
    lastMail(pack.group('lastTouchpoint')),
    score(pack.group('score')),
    draft.text('subject') === '' ? '' : `Draft: ${draft.text('subject')}\n${draft.text('text')}`,
  ];
  return sections
    .filter((section) => section !== '')
    .join('\n\n')
    .trim();
}

function who(person: Fields): string[] {
  const known = ['name', 'company', 'companySize', 'email', 'phone', 'country'] as const;
  const facts = known.map((name) => person.text(name)).filter((fact) => fact !== '');
  const clock = person.text('localTime');
  return [facts.join(' · '), clock === '' ? '' : `Local time at the handoff: ${clock}`].filter(
    (line) => line !== '',
  );
}

function lastMail(mail: Fields): string {
  const name = mail.text('subject') || mail.text('emailId');
  if (name === '') return '';
  return `Last mail from marketing: "${name}" on ${mail.text('sentAt').slice(0, 10)}, ${mail.is('opened') ? 'opened' : 'not opened'}.`;
}

function score(group: Fields): string {
  const parts = group.list('contributions').map((line) => `${line.text('rule')} ${line.text('points')}`);
  return parts.length === 0 ? '' : `Score ${group.text('total')}: ${parts.join(', ')}.`;
}

function lines(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : `${title}:\n${entries.map((entry) => `- ${entry}`).join('\n')}`;
}

/** Reads a JSON object field by field, whatever it holds. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }

  is(name: string): boolean {
    return this.#fields[name] === true;
  }

  group(name: string): Fields {
    return new Fields(this.#fields[name]);
  }

  list(name: string, inner?: string): Fields[] {
    const value = inner === undefined ? this.#fields[name] : this.group(name).#fields[inner];
    return Array.isArray(value) ? value.map((entry) => new Fields(entry)) : [];
  }
}
