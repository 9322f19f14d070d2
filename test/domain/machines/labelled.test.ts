import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDefinition } from '../../../src/definition/check.js';
import { termsFor } from '../../../src/definition/document.js';
import { type LoggedEvent, subjectOf } from '../../../src/definition/subject.js';
import { LeadWalk, WalkDefinition } from '../../../src/definition/walk.js';
import { EventMarker } from '../../../src/domain/event-marks.js';
import type { EngagementFact, MachineRule } from '../../../src/domain/lead-event.js';
import { type Class, KNOWN_MISSES, LABELLED, type Label, type Sample } from './labelled.js';

const DELIVERED_AT = Date.parse('2026-11-24T15:00:00Z');
const SECOND = 1_000;
const WEEK = 7 * 24 * 3_600 * SECOND;

const sample = readFileSync(new URL('../../../definitions/sample.yaml', import.meta.url), 'utf8');
const definition = readDefinition(sample);
const walked = new WalkDefinition({
  ref: { number: 1, hash: 'sample' },
  definition,
  policyFor: (source) => termsFor(definition, source).policy,
});

interface Judged {
  readonly sample: Sample;
  readonly act: string;
  readonly label: Label;
  readonly rule: MachineRule | null;
}

/** Walks a lead's life of this sample through the observer and the core, and tells what became of each act. */
function judge(one: Sample): Judged[] {
  const news = ['m1', 'm2'].map((emailId) => ({
    ...{ type: 'email.delivered', atS: 0, toldAtS: 0, properties: { emailId } as Record<string, unknown> },
    label: null as Label | null,
    userAgent: undefined as string | undefined,
  }));
  const acts = one.acts.map((act) => ({
    ...{ type: act.type, atS: act.atS, toldAtS: act.atS + (act.toldAfterS ?? 0) },
    properties: { ...act.properties },
    label: act.by ?? one.label,
    userAgent: act.userAgent,
  }));
  const told = [...news, ...acts].sort((a, b) => a.toldAtS - b.toldAtS);
  const events = told.map(
    ({ type, atS, toldAtS, properties, userAgent }, index): LoggedEvent => ({
      seq: index + 1,
      type,
      occurredAtMs: DELIVERED_AT + atS * SECOND,
      acceptedAtMs: DELIVERED_AT + toldAtS * SECOND,
      ...{ backfill: false, anonymous: false, label: null },
      body: { properties, ...(userAgent !== undefined && { context: { userAgent } }) },
    }),
  );
  const lead = { id: 'lead', source: 'webinar', subjects: events.map(subjectOf), traits: {} };
  const facts: EngagementFact[] = [];
  const ignored: MachineRule[] = [];
  const walk = new LeadWalk(lead, walked, null, ({ input, decisions }) => {
    if (input.kind === 'engagement') facts.push(input);
    for (const decision of decisions)
      if (decision.kind === 'ignore' && decision.rule) ignored.push(decision.rule);
  });
  walk.runThroughLog(DELIVERED_AT + WEEK);
  const marker = new EventMarker(walk.policy, () => true);
  marker.add(facts);
  marker.settle(DELIVERED_AT + WEEK);
  const judged = told.flatMap(({ type, label }, index): Judged[] => {
    const mark = marker.marks.get(index + 1);
    if (label === null) return [];
    return [{ sample: one, act: type, label, rule: mark?.as === 'machine' ? mark.rule : null }];
  });
  // The core decided the same, for as many acts.
  expect(judged.flatMap(({ rule }) => rule ?? []).sort()).toEqual(ignored.sort());
  return judged;
}

const judged = LABELLED.flatMap(judge);
const isCaught = ({ rule }: Judged) => rule !== null;
const of = (label: Label) => judged.filter((one) => one.label === label);
const namesOf = (some: readonly Judged[]) => [...new Set(some.map(({ sample: { name } }) => name))].sort();
const share = (part: number, whole: number) =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} % (${part}/${whole})`;

test('the set is large, and every sample is named once, with its reason', () => {
  expect(LABELLED.length).toBeGreaterThanOrEqual(80);
  expect(new Set(LABELLED.map(({ name }) => name)).size).toBe(LABELLED.length);
  for (const { why, acts } of LABELLED) {
    expect(why.length).toBeGreaterThan(4);
    expect(acts.length).toBeGreaterThan(0);
  }
});

test('precision and recall, per rule, per class and in all', () => {
  const lines = ['', `${LABELLED.length} samples, ${judged.length} acts`, '', 'by rule (precision)'];
  const rules = [...new Set(judged.flatMap(({ rule }) => rule ?? []))].sort();
  for (const rule of rules) {
    const caught = judged.filter((one) => one.rule === rule);
    const right = caught.filter(({ label }) => label === 'machine').length;
    lines.push(`  ${rule.padEnd(16)} ${share(right, caught.length)}`);
  }
  lines.push('', 'by class (judged rightly)');
  for (const group of new Set(judged.map((one) => one.sample.class))) {
    const mine = judged.filter((one) => one.sample.class === group);
    const right = mine.filter((one) => isCaught(one) === (one.label === 'machine')).length;
    lines.push(`  ${group.padEnd(16)} ${share(right, mine.length)}`);
  }
  const caught = judged.filter(isCaught);
  const right = caught.filter(({ label }) => label === 'machine').length;
  lines.push(
    '',
    `in all: precision ${share(right, caught.length)}, recall ${share(right, of('machine').length)}`,
    `people taken for machines: ${namesOf(of('human').filter(isCaught)).join('; ')}`,
    `machines that no rule sees: ${namesOf(of('machine').filter((one) => !isCaught(one))).join('; ')}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(rules).toEqual(['fast_click', 'many_links', 'privacy_proxy', 'provider_flag', 'user_agent']);
});

describe('the rules', () => {
  test('miss what is known to be missed, and nothing else', () => {
    expect(namesOf(of('human').filter(isCaught))).toEqual([...KNOWN_MISSES.human].sort());
    expect(namesOf(of('machine').filter((one) => !isCaught(one)))).toEqual([...KNOWN_MISSES.machine].sort());
  });

  test('never take a form, a request, a reply or a meeting of a person for a machine’s', () => {
    const asked = of('human').filter((one) => one.sample.class === 'asks');
    expect(asked.length).toBeGreaterThanOrEqual(12);
    expect(asked.filter(isCaught)).toEqual([]);
  });

  const never: [Class, Label][] = [
    ['browser', 'human'],
    ['in-app browser', 'human'],
    ['privacy proxy', 'machine'],
    ['client library', 'machine'],
    ['monitor', 'machine'],
    ['crawler', 'machine'],
    ['flagged', 'machine'],
  ];
  test.each(never)('judge every %s rightly: %s', (group, label) => {
    const mine = judged.filter((one) => one.sample.class === group);
    expect(mine.length).toBeGreaterThanOrEqual(3);
    expect(mine.every((one) => one.label === label)).toBe(true);
    expect(namesOf(mine.filter((one) => isCaught(one) !== (label === 'machine')))).toEqual([]);
  });
});
