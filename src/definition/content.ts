/** What a link or a resource is, by the definition's content rules, and how links and resources are told apart. */
import type { ContentRule } from '../domain/definition.js';
import { globMatches } from '../domain/match.js';

/** One address: `key` is what makes two links the same (no query, no fragment), `path` is what rules are written for. */
export interface LinkAddress {
  readonly key: string;
  readonly path: string;
}

export interface ContentFacts {
  readonly kind: string;
  readonly topic?: string;
  readonly title?: string;
}

/** Reads a URL, or a bare path as some senders give it; null for anything else. */
export function linkAddress(text: unknown): LinkAddress | null {
  if (typeof text !== 'string' || text === '') return null;
  const bare = text.startsWith('/') && !text.startsWith('//');
  const base = bare ? 'https://site.invalid' : undefined;
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  return { key: bare ? url.pathname : `${url.protocol}//${url.host}${url.pathname}`, path: url.pathname };
}

/** Name of the resource an event speaks of: the sender's, else for a download the path it was loaded from. */
export function resourceName(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  link: LinkAddress | null,
): string | null {
  const { resource } = properties;
  if (typeof resource === 'string' && resource !== '') return resource;
  return type === 'content.downloaded' && link ? link.path : null;
}

/**
 * The first rule that matches: a `resource:` pattern the resource's name, one that begins with `http` the whole
 * address, any other the path.
 */
export function contentOf(
  rules: readonly ContentRule[],
  subject: { readonly link: LinkAddress | null; readonly resource: string | null },
): ContentFacts | null {
  const { link, resource } = subject;
  const names = (pattern: string): string | null => {
    if (pattern.startsWith('resource:')) return resource === null ? null : `resource:${resource}`;
    return (pattern.startsWith('http') ? link?.key : link?.path) ?? null;
  };
  for (const { match, kind, topic, title } of rules) {
    const name = names(match);
    if (name !== null && globMatches(match, name))
      return { kind, ...(topic && { topic }), ...(title && { title }) };
  }
  return null;
}
