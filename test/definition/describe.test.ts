import { describe, expect, it } from 'vitest';
import {
  describeAll,
  describedSources,
  describeOverview,
  describeSource,
} from '../../src/definition/describe.js';
import { documentMarkdown } from '../../src/definition/describe-markdown.js';
import { exampleMoments, workingDaysWords } from '../../src/definition/describe-time.js';
import { changedSample, defined, sampleDocument, TODAY, version } from '../support/described.js';

const sample = changedSample();
const moments = [Date.parse('2026-11-25T19:30:00Z')];
const page = (definition = sample, source = 'default', at: readonly number[] = moments) =>
  JSON.stringify(describeSource(definition, version, source, { today: TODAY, moments: at }));

describe('the document says what the definition says', () => {
  it('has a page for every source and one for all others', () => {
    const all = describeAll(sample, version, { today: TODAY });
    expect(all.pages.map(({ id }) => id)).toEqual(['overview', ...describedSources(sample)]);
    expect(describedSources(sample)).toContain('default');
  });

  it('names the sources beside each other in the overview', () => {
    const overview = documentMarkdown(describeOverview(sample, version, { today: TODAY }));
    expect(overview).toContain('| Webinar attendee | 40 | 7 | 60 days, 4 mails opened, 2 links clicked |');
    expect(overview).toContain('| Cold content download | 70 | 7 | 90 days');
  });

  it('says who signed and who did not', () => {
    const text = documentMarkdown(describeOverview(sample, version, { today: TODAY }));
    expect(text).toContain('Signed for marketing: Mia Marks');
    expect(text).toContain('Signed for sales: nobody yet');
  });

  it('leaves out holidays that are over', () => {
    const later = JSON.stringify(describeOverview(sample, version, { today: '2026-12-01' }));
    expect(later).toContain('Friday 25 December 2026');
    expect(later).not.toContain('26 November 2026');
  });

  it('renders the mails with the source’s title', () => {
    const definition = changedSample((document) => {
      document.defaults.handoff.emails.bridge.text =
        'You came by {{ source.title }}. {{ rep.name }} will write.';
    });
    expect(page(definition, 'partner')).toContain('You came by Partner referral. Ana Silva will write.');
  });

  it('says where time is up before the task is due', () => {
    expect(page()).not.toContain('before the task is due');
    const early = changedSample(({ defaults }) => {
      defaults.handoff.sla.byIntent = { high: { firstActivityWithin: '8h' } };
      defaults.handoff.due.warm = '10d';
    });
    expect(page(early)).toContain('High intent: this time can be up before the task is due.');
    expect(page(early)).toContain('Warm intent: this time is up before the task is due.');
  });

  it('says so where there is no fallback, no bridge, no reminder and no sunset', () => {
    const text = page(
      changedSample(({ defaults }) => {
        defaults.triggers.fallback = null;
        defaults.handoff.emails.bridge = null;
        defaults.handoff.sla.remindBefore = null;
        defaults.nurture.sunset = null;
      }),
    );
    for (const words of [
      '"Never."',
      'No bridge email is sent',
      'No reminder is sent',
      'stays in nurture for good',
    ])
      expect(text).toContain(words);
  });
});

type Path = readonly (string | number)[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, one]) => leaves(one, [...path, key]));
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value - 0.01;
  if (typeof value !== 'string') return undefined;
  const span = /^(\d+)([smhd])$/.exec(value);
  if (span) return `${Number(span[1]) + 1}${span[2]}`;
  const clock = /^(\d\d):00$/.exec(value);
  if (clock) return `${clock[1]}:30`;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return value.replace(/^\d{4}/, '2028');
  if (value === 'high') return 'warm';
  if (value === 'America/New_York') return 'Asia/Tokyo';
  return `${value.trimEnd()} indeed`.replace(/^(\/.*\*\*|resource:.*) indeed$/, '/elsewhere/$1');
}

/** Signatures are told of the version, the format has one value, and what is an id is said where it is named. */
const NOT_TOLD = /^(signedOffBy|format)\b|\.id$/;

it('every value that a definition may change shows on the page', () => {
  const before = sampleDocument();
  const pages = new Map(describedSources(sample).map((source) => [source, page(sample, source, [])]));
  const same: string[] = [];
  let changed = 0;
  for (const path of leaves(before)) {
    const name = path.join('.');
    if (NOT_TOLD.test(name)) continue;
    const document = sampleDocument();
    const parent = path.slice(0, -1).reduce((value, key) => value[key], document);
    const last = path.at(-1) ?? '';
    parent[last] = other(parent[last]);
    const definition = parent[last] === undefined ? null : defined(document);
    if (!definition) continue;
    const source = path[0] === 'sources' ? String(path[1]) : 'default';
    changed += 1;
    // Without examples: what is only seen in them is not said.
    if (page(definition, source, []) === pages.get(source)) same.push(name);
  }
  expect(same).toEqual([]);
  expect(changed).toBeGreaterThan(100);
}, 60_000);

describe('days', () => {
  it('examples happen on the first Wednesday afternoon and the first Saturday after a day, in the team’s zone', () => {
    const at = (iso: string) =>
      exampleMoments(iso, 'America/New_York').map((ms) => new Date(ms).toISOString());
    expect(at('2026-11-22')).toEqual(['2026-11-25T19:30:00.000Z', '2026-11-28T16:00:00.000Z']);
    expect(at('2026-11-25')).toEqual(['2026-12-02T19:30:00.000Z', '2026-11-28T16:00:00.000Z']);
  });

  it('says working days in a row as a range', () => {
    expect(workingDaysWords(['fri', 'mon', 'tue', 'wed', 'thu'])).toBe('Monday to Friday');
    expect(workingDaysWords(['mon', 'wed', 'fri'])).toBe('Monday, Wednesday and Friday');
  });
});
