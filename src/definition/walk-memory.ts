/** What a walk remembers of the world outside, where the live path asks Postgres. */
import type { LeadTraits } from '../domain/observe.js';
import type { RefKind } from '../store/schema.js';
import { emailDomainTrait } from './free-mail.js';
import type { LoggedEvent, References, Subject } from './subject.js';

/** Numbers mails, links and resources as a lead meets them; equal numbers mean the same one. */
export class LocalReferences {
  readonly #refs: Readonly<Record<RefKind, Map<string, number>>> = {
    email: new Map(),
    link: new Map(),
    resource: new Map(),
  };

  of({ email, link, resource }: Subject): References {
    if (email !== null) number(this.#refs.email, email);
    if (link !== null) number(this.#refs.link, link.key);
    if (resource !== null) number(this.#refs.resource, resource);
    return this.#refs;
  }
}

function number(refs: Map<string, number>, key: string): void {
  if (!refs.has(key)) refs.set(key, refs.size + 1);
}

/** Columns that conditions cannot look at: they name the person. */
const PERSONAL: ReadonlySet<string> = new Set(['name', 'phone', 'email']);

/** A lead's traits as they became known, event by event; as they are now where the log does not tell. */
export class TraitStory {
  #now: LeadTraits;
  readonly #emails = new Set<string>();

  constructor(known: LeadTraits, subjects: readonly Subject[]) {
    const told = subjects.some(({ event }) => patchOf(event) !== null);
    const addressed = subjects.some(({ event }) => event.body.lead?.email !== undefined);
    const { emailDomain, ...others } = known;
    this.#now = {
      ...(!told && others),
      ...(!addressed && emailDomain !== undefined && { emailDomain }),
    };
  }

  get now(): LeadTraits {
    return this.#now;
  }

  take(event: LoggedEvent): void {
    const { email } = event.body.lead ?? {};
    if (email !== undefined) this.#takeEmail(email, event.type);
    const patch = patchOf(event);
    if (!patch) return;
    const next = { ...this.#now };
    for (const [name, value] of Object.entries(patch)) {
      if (PERSONAL.has(name)) continue;
      if (value === null) delete next[name];
      else
        next[name] = name === 'companySize' && typeof value === 'string' ? Number.parseInt(value, 10) : value;
    }
    this.#now = next;
  }

  /** The first address stays until an event that speaks of the lead itself brings one that was not known. */
  #takeEmail(email: string, type: string): void {
    if (this.#emails.has(email)) return;
    const isFirst = this.#emails.size === 0;
    this.#emails.add(email);
    if (isFirst || type === 'lead.created' || type === 'lead.updated')
      this.#now = { ...this.#now, emailDomain: emailDomainTrait(email) };
  }
}

function patchOf({ type, body }: LoggedEvent): Readonly<Record<string, unknown>> | null {
  if (type !== 'lead.created' && type !== 'lead.updated') return null;
  const traits = body.properties?.traits;
  return traits !== null && typeof traits === 'object' && !Array.isArray(traits)
    ? (traits as Record<string, unknown>)
    : null;
}
