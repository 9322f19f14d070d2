import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkDefinition, readDefinition } from '../../src/definition/check.js';
import { decayTable } from '../../src/definition/decay.js';
import { type DefinitionChange, diffDefinitions, diffLines } from '../../src/definition/diff.js';
import type { HandoffDefinition } from '../../src/definition/document.js';
import { sample } from '../support/sample-definition.js';

const text = readFileSync(new URL('../../definitions/sample.yaml', import.meta.url), 'utf8');

/** The sample with some words of it replaced. */
function edited(...edits: readonly (readonly [string, string])[]): HandoffDefinition {
  let document = text;
  for (const [was, is] of edits) {
    expect(document).toContain(was);
    document = document.replace(was, is);
  }
  const { definition, faults } = checkDefinition(document);
  if (!definition) throw new Error(JSON.stringify(faults.filter(({ severity }) => severity === 'error')));
  return definition;
}
const textsTo = (after: HandoffDefinition, before = sample) =>
  diffDefinitions(before, after).map((change) => change.text);
const texts = (...edits: readonly (readonly [string, string])[]) => textsTo(edited(...edits));

describe('what one source inherits', () => {
  it('tells a change of the defaults once, with the sources that keep their own', () => {
    expect(texts(['threshold: 50', 'threshold: 45'])).toEqual([
      'All sources: threshold 50 → 45 (not Webinar attendee, which keeps its own 40; not Cold content download, which keeps its own 70)',
    ]);
  });

  it("tells a source's own change under its title", () => {
    expect(diffDefinitions(sample, edited(['threshold: 40', 'threshold: 45']))).toEqual([
      {
        source: 'webinar',
        scope: 'Webinar attendee',
        path: 'scoring.threshold',
        before: '40',
        after: '45',
        text: 'Webinar attendee: threshold 40 → 45',
      },
    ]);
  });

  it('says so when a source has had the new value before', () => {
    expect(texts(['threshold: 50', 'threshold: 40'])[0]).toContain(
      'not Webinar attendee, which has 40 already',
    );
  });

  it('tells a source that changes otherwise than the defaults on its own', () => {
    expect(texts(['threshold: 50', 'threshold: 45'], ['threshold: 70', 'threshold: 60'])).toEqual([
      'All sources: threshold 50 → 45 (not Webinar attendee, which keeps its own 40; not Cold content download, told below)',
      'Cold content download: threshold 70 → 60',
    ]);
  });

  it('names only leads of other sources when every named source keeps its own', () => {
    const before = readDefinition('{ format: 1, name: A, sources: { a: { scoring: { threshold: 30 } } } }');
    const after = readDefinition(
      '{ format: 1, name: A, defaults: { scoring: { threshold: 60 } }, sources: { a: { scoring: { threshold: 30 } } } }',
    );
    expect(textsTo(after, before)).toEqual([
      'Any other source: threshold 50 → 60 (not a, which keeps its own 30)',
    ]);
  });

  it('is no change for a source that says now what it inherited before', () => {
    expect(texts(['title: Contact form }', 'title: Contact form, scoring: { threshold: 50 } }'])).toEqual([]);
  });

  it('tells a source that is new, gone or renamed, and how it differs from the others', () => {
    const partner =
      '  partner:       { title: Partner referral, handoff: { due: { warm: { businessDays: 0 } }, sla: { firstActivityWithin: { businessDays: 1 } } } }\n';
    const reseller =
      '  reseller: { title: Reseller, scoring: { threshold: 30, rules: [{ id: click, points: 7 }] }, handoff: { emails: { bridge: null } } }\n';
    expect(texts([partner, reseller], ['title: Contact form', 'title: Contact page'])).toEqual([
      'Source "contact-form": title "Contact form" → "Contact page"',
      'New source Reseller (reseller): like any other source, but threshold 30 instead of 50; rule "click" (a click in a mail): 7 points instead of 5 points; no bridge email',
      "Source Partner referral (partner) removed, its leads now count as any other source; it was like any other source, but first contact within 1 business day instead of 3 business days; the rep's task for warm intent is due within the same business day instead of 1 business day",
    ]);
  });

  it('leaves out a source that does without a rule', () => {
    expect(texts(['points: -10', 'points: -20'])).toEqual([
      'All sources: rule "careers" (a page view where the path begins with /careers): -10 points → -20 points (not Cold content download, which does without it)',
    ]);
  });
});

describe('what changed, in words', () => {
  it.each<[string, [string, string], string]>([
    [
      'a limit',
      ['times: 3, per: email', 'times: 5, per: email'],
      'All sources: rule "click" (a click in a mail) counts at most 3 times per mail → at most 5 times per mail',
    ],
    [
      'a new rule',
      ['groups:  ', '  - { id: signup, on: webinar.registered, points: 8 }\n    groups:  '],
      'All sources: new rule "signup": 8 points for a webinar registration, every time',
    ],
    [
      'a rule that is gone',
      ['      - { id: form,     on: form.submitted,      points: 15 }\n', ''],
      'All sources: rule "form" removed: 15 points for a form sent in, every time',
    ],
    [
      'half points',
      ['points: 20 }', 'points: 20.125 }'],
      'All sources: rule "webinar" (an attended webinar): 20 points → 20.125 points',
    ],
    [
      'a cap',
      ['rules: [open, click], atMost: 30', 'rules: [open, click], atMost: 40'],
      'All sources: cap "email" (rule "open" and rule "click" together): at most 30 points → 40 points',
    ],
    [
      'a condition of fit',
      ['country: [US, CA]', 'country: [US, CA, MX]'],
      'All sources: fit "home" holds if the country is US or CA → if the country is US, CA or MX',
    ],
    ['a half-life', ['halfLife: 30d', 'halfLife: 0'], 'All sources: points count half after 30 days → never'],
    [
      'how often an action must happen',
      ['times: 2, within: 7d', 'times: 3, within: 14d'],
      'All sources: action "pricing" (a view of a pricing page) must happen 2 times within 7 days → 3 times within 14 days',
    ],
    [
      'an action that hands off however late',
      ['explicit: [demo,', 'explicit: [reply, demo,'],
      'All sources: added to the actions that hand off however late they become known: "reply" (a reply to a mail where the reply is a question or a buying signal)',
    ],
    [
      'the SLA of both intents, as one',
      ['firstActivityWithin: { businessDays: 3 }', 'firstActivityWithin: 24h'],
      'All sources: first contact within 3 business days → 24 hours (not Partner referral, which keeps its own 1 business day; not Sample with a one-minute SLA, which keeps its own 1 minute)',
    ],
    [
      'the SLA of one intent',
      ['byIntent: {}', 'byIntent: { warm: { reassignments: 1 } }'],
      'All sources: without first contact for warm intent, another rep gets the lead first: never → once',
    ],
    [
      'a share',
      ['scoreShare: 0.8', 'scoreShare: 0.75'],
      'All sources: final email from marketing goes out at 80% of the threshold → 75% of the threshold',
    ],
    [
      'a tag',
      ['no_response: future_handoff', 'no_response: null'],
      'All sources: tag for "no response": future_handoff → none',
    ],
    [
      'the sunset turned off',
      ['sunset: { after: 180d, withoutEngagementFor: 90d }', 'sunset: null'],
      'All sources: sunset removed: a lead goes to sleep after 180 days in nurture, when it did nothing for 90 days',
    ],
    [
      'holidays',
      ['2026-12-25,', '2026-12-24, 2026-12-25, 2026-12-31,'],
      'Calendar: added to the holidays: 2026-12-24, 2026-12-31',
    ],
    [
      'phrases of replies',
      ['"remove me", ', ''],
      'Replies: removed from the phrases of an opt-out: "remove me"',
    ],
    [
      'a territory',
      ['reps: [ana]', 'reps: [ana, ben]'],
      'Routing: territory "the country is DE, AT or CH" goes to ana → ana or ben',
    ],
    [
      'the ladder',
      ['[owner, account, territory,', '[owner, territory, account,'],
      "Routing: whom a lead goes to, the first that can: the lead's owner, the account's owner, the territory, the next rep in turn, the team's queue → the lead's owner, the territory, the account's owner, the next rep in turn, the team's queue",
    ],
    [
      'the guard of publishing',
      ['publishGuard: 0.05', 'publishGuard: 0.1'],
      'Publishing: needs a confirmation when it hands off, of the open leads, more than 5% → 10%',
    ],
  ])('%s', (_, edit, expected) => {
    expect(texts(edit)).toEqual([expected]);
  });

  it('a mail: its subject, and the lines that changed', () => {
    expect(
      texts(
        ['Would a short conversation help?', 'Shall we talk?'],
        [
          '          The Acme team\n          {% if unsubscribeUrl %}',
          '          Your Acme team\n          {% if unsubscribeUrl %}',
        ],
      ),
    ).toEqual([
      'All sources: subject of the final email from marketing "Would a short conversation help?" → "Shall we talk?"',
      'All sources: text of the final email from marketing: 1 line changed\n  - The Acme team\n  + Your Acme team',
    ]);
  });

  it('content that moves, comes and goes: the first match wins, so places are told', () => {
    const pricing = '  - { match: "/pricing**",        kind: pricing }\n';
    const product = '  - { match: "/product/**",       kind: product, topic: product }\n';
    expect(texts([pricing, ''], [product, `${product}${pricing}`])).toEqual([
      'Content: order (the first that matches wins) "/pricing**", "/customers/**", "/blog/**", "/product/**" → "/customers/**", "/blog/**", "/product/**", "/pricing**"',
    ]);
    expect(texts([product, `${product}  - { match: "/docs/**", kind: docs, title: our docs }\n`])).toEqual([
      'Content: new entry "/docs/**": docs, called "our docs", at place 5',
    ]);
    expect(texts([product, ''])).toEqual([
      'Content: entry "/product/**" removed: product, topic product, at place 4',
    ]);
  });

  it('values that read the same are shown as they are written', () => {
    expect(texts(['where: { topic: pricing }', 'where: { topic: "true" }'])[0]).toContain(
      'the topic is true',
    );
    const was = edited(['where: { topic: pricing }', 'where: { topic: true }']);
    const is = edited(['where: { topic: pricing }', 'where: { topic: "true" }']);
    expect(textsTo(is, was)).toEqual([
      'All sources: rule "guide" counts a download {"topic":{"equals":[true]}} → {"topic":{"equals":["true"]}}',
    ]);
  });
});

describe('as lines for people', () => {
  it('keeps what belongs together in a block, under the number of changes', () => {
    const after = edited(['threshold: 40', 'threshold: 45'], ['cooldown: 7d', 'cooldown: 14d'], ['05', '1']);
    expect(diffLines(diffDefinitions(sample, after))).toEqual([
      '3 changes:',
      '',
      'All sources: cooldown after a lead comes back from sales 7 days → 14 days',
      '',
      'Webinar attendee: threshold 40 → 45',
      '',
      'Publishing: needs a confirmation when it hands off, of the open leads, more than 5% → 10%',
    ]);
  });

  it('tells signatures as what they are', () => {
    expect(diffLines(diffDefinitions(sample, edited(['marketing: null', 'marketing: Ana'])))).toEqual([
      'Only the signatures changed; nothing that decides anything did.',
      '',
      'Signatures: marketing none → Ana',
    ]);
  });

  it('says that nothing changed when nothing that decides anything did', () => {
    const sorted = edited(['[2026-11-26, 2026-12-25, 2027-01-01]', '[2027-01-01, 2026-12-25, 2026-11-26]']);
    expect(diffLines(diffDefinitions(sample, sorted))).toEqual(['Nothing that decides anything changed.']);
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

function leaves(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => leaves(item, [...path, key]));
}

function changedAt(value: Json, path: Path, change: (leaf: Json) => Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[key] = changedAt(copy[key] ?? null, rest, change);
  return copy as Json;
}

/** Another value of the same kind. */
function other(leaf: Json): Json {
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf === 'boolean') return !leaf;
  return leaf === null ? 5_000 : `${String(leaf)}x`;
}

/** Words of a closed set change into another word of it. */
const WORDS: Readonly<Record<string, string>> = { high: 'warm', warm: 'high', initial: 'long_term' };
const otherAt = (path: Path) => (leaf: Json) =>
  path.at(-1) === 'reopenOn' ? 'never' : (WORDS[String(leaf)] ?? other(leaf));

/** What people read of a change must hold what was and what is. */
function expectBothToldIn({ before, after, text: told }: DefinitionChange): void {
  if (told.includes('\n')) return;
  if (before !== null) expect(told).toContain(before);
  if (after !== null) expect(told).toContain(after);
}

function expectToldBothWays(before: HandoffDefinition, after: HandoffDefinition): void {
  const there = diffDefinitions(before, after);
  const back = diffDefinitions(after, before);
  for (const change of [...there, ...back]) expectBothToldIn(change);
  const sides = (changes: readonly DefinitionChange[], swapped: boolean) =>
    changes
      .map((change) => (swapped ? [change.after, change.before] : [change.before, change.after]))
      .map((pair) => JSON.stringify(pair))
      .sort();
  expect(sides(back, true)).toEqual(sides(there, false));
}

/** Half-lives are compared as tables: their single numbers are no leaves of their own. */
const isDecay = (path: Path): boolean => path.includes('decay');
/** What resolving copies into every source, and names that are keys elsewhere. */
const isCopy = (path: Path): boolean =>
  ['machines', 'replies', 'content', 'source'].includes(String(path[path.indexOf('policy') + 1])) &&
  path.includes('policy');
const isName = (path: Path): boolean =>
  path[0] === 'format' ||
  path.join('.') === 'defaults.title' ||
  (path.at(-1) === 'id' && !path.includes('policy'));
const json = JSON.parse(JSON.stringify(sample)) as Json;

describe('nothing that decides anything is missed', () => {
  // One source stands for all: they have the same shape.
  const all = leaves(json).filter(
    (path) =>
      !isDecay(path) && !isCopy(path) && !isName(path) && (path[0] !== 'sources' || path[1] === 'webinar'),
  );

  it('every leaf of the resolved sample, changed alone', () => {
    expect(all.length).toBeGreaterThan(250);
    for (const path of all) {
      const after = changedAt(json, path, otherAt(path)) as unknown as HandoffDefinition;
      expect(diffDefinitions(sample, after), path.join('.')).not.toEqual([]);
      expectToldBothWays(sample, after);
    }
  }, 60_000);

  it('a half-life of any source', () => {
    for (const section of [['defaults'], ...Object.keys(sample.sources).map((id) => ['sources', id])]) {
      const path = [...section, 'policy', 'scoring', 'decay'];
      const after = changedAt(json, path, () => [...decayTable(45)]) as unknown as HandoffDefinition;
      expect(textsTo(after)).toEqual([
        expect.stringContaining('points count half after 30 days → after 45 days'),
      ]);
    }
  });

  it('every leaf turned to null where that may be', () => {
    for (const path of ['fitAtLeast', 'fallback', 'sunset', 'remindBefore'].flatMap((key) => [
      ...new Set(
        leaves(json)
          .filter((leaf) => leaf.includes(key))
          .map((leaf) => JSON.stringify(leaf.slice(0, leaf.indexOf(key) + 1))),
      ),
    ])) {
      const after = changedAt(json, JSON.parse(path), () => null) as unknown as HandoffDefinition;
      expect(diffDefinitions(sample, after), path).not.toEqual([]);
      expectToldBothWays(sample, after);
    }
  });

  it('several leaves changed at once', () => {
    fc.assert(
      fc.property(fc.subarray(all, { minLength: 1, maxLength: 6 }), (paths) => {
        const after = paths.reduce((value, path) => changedAt(value, path, otherAt(path)), json);
        expect(diffDefinitions(sample, after as unknown as HandoffDefinition)).not.toEqual([]);
        expectToldBothWays(sample, after as unknown as HandoffDefinition);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('raw leaves of the document: told exactly when what they resolve to differs', () => {
    const raw = parse(text) as Json;
    let told = 0;
    for (const path of leaves(raw)) {
      const changedBy = (change: (leaf: Json) => Json) => readable(stringify(changedAt(raw, path, change)));
      const after = changedBy(raised) ?? changedBy(other) ?? changedBy(() => null);
      if (!after) continue;
      const differs = JSON.stringify(after) !== JSON.stringify(sample);
      const changes = diffDefinitions(sample, after);
      expect(changes.length > 0, `${path.join('.')}: ${JSON.stringify(changes)}`).toBe(differs);
      if (!differs) continue;
      expectToldBothWays(sample, after);
      told += 1;
    }
    expect(told).toBeGreaterThan(100);
  }, 60_000);

  it('the same document is no change', () => {
    expect(diffDefinitions(sample, readDefinition(text))).toEqual([]);
    expect(diffDefinitions(sample, JSON.parse(JSON.stringify(sample)))).toEqual([]);
  });
});

/** A duration raised by one, or another date. */
function raised(leaf: Json): Json {
  const duration = /^(\d+)([smhd])$/.exec(String(leaf));
  if (duration) return `${Number(duration[1]) + 1}${duration[2]}`;
  return /^\d{4}-/.test(String(leaf)) ? String(leaf).replace(/^\d{4}/, '2031') : other(leaf);
}

function readable(document: string): HandoffDefinition | undefined {
  try {
    return readDefinition(document);
  } catch {
    return undefined;
  }
}
