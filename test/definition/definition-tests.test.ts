import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../src/api/schemas/event-types.js';
import { checkDefinition } from '../../src/definition/check.js';
import { formatFault } from '../../src/definition/faults.js';
import { definitionTestsJsonSchema } from '../../src/definition/test-json-schema.js';
import { readTestFile } from '../../src/definition/test-plan.js';
import { propertiesOf } from '../../src/definition/test-properties.js';
import { definitionNamedBy, TestSuite } from '../../src/definition/test-suite.js';

const folder = new URL('../../definitions/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const sample = read('sample.yaml');
const sampleTests = read('sample.test.yaml');

function run(tests: string, definition = sample) {
  const file = {
    file: 'a.test.yaml',
    tests: readTestFile(tests),
    definition: { file: 'a.yaml', text: definition },
  };
  return new TestSuite().run(file);
}

/** One test of the sample definition. */
function one(test: string, definition = sample) {
  const indented = test.trim().split('\n').join('\n    ');
  const { tests, faults } = run(`tests:\n  - name: it\n    ${indented}\n`, definition);
  expect(faults).toEqual([]);
  const [first] = tests;
  if (!first) throw new Error('no test was run');
  return first;
}

function faultsOf(test: string): string[] {
  const indented = test.trim().split('\n').join('\n    ');
  return run(`tests:\n  - name: it\n    ${indented}\n`).faults.map((fault) =>
    formatFault(fault, 'a.test.yaml'),
  );
}

/** The sample definition with something replaced. */
function changed(from: string, to: string): string {
  const text = sample.replace(from, to);
  expect(text).not.toBe(sample);
  expect(checkDefinition(text).faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  return text;
}

describe('the tests of the sample definition', () => {
  it('all pass', () => {
    const { tests, faults } = run(sampleTests);
    expect(faults).toEqual([]);
    expect(tests.filter(({ ok }) => !ok)).toEqual([]);
    expect(tests.length).toBeGreaterThan(50);
  });

  const failing = (definition: string) =>
    run(sampleTests, definition)
      .tests.filter(({ ok }) => !ok)
      .map(({ name }) => name);

  it('only those fail that a changed number is about', () => {
    expect(failing(changed('threshold: 50', 'threshold: 55'))).toEqual([
      'the score hands off when an act carries it to the threshold',
      'past 80 percent of the threshold the last marketing mail goes, once',
    ]);
    expect(failing(changed('fallback: { after: 90d }', 'fallback: { after: 91d }'))).toEqual([
      'a cold download waits ninety days for the fallback',
    ]);
    expect(failing(changed('visitGap: 30m', 'visitGap: 29m'))).toEqual([
      'two views of the pricing page within half an hour are one visit',
    ]);
    expect(failing(changed('clickAfterDelivery: 3s', 'clickAfterDelivery: 1s'))).toEqual([
      "a click within three seconds of the delivery is a scanner's",
    ]);
    expect(failing(changed('fitAtLeast: -5', 'fitAtLeast: -15'))).toEqual([
      'a lead that does not fit is held back, and handed off when it turns out to fit',
    ]);
    expect(failing(changed('rules: [open, click], atMost: 30', 'rules: [open, click], atMost: 31'))).toEqual([
      'mails add up to thirty points and no more',
    ]);
  });

  it('a holiday that is left out moves the deadlines over it, and nothing else', () => {
    expect(failing(changed('holidays: [2026-11-26, 2026-12-25', 'holidays: [2026-12-25'))).toEqual([
      'a demo request hands off at once, with a task for the same day',
      'a request late on the day before Thanksgiving is due on Friday at eleven',
      'without any contact the lead goes back to nurture when the SLA ends',
    ]);
  });

  it('five hundred tests run one after the other, over one reading of the definition', () => {
    const suite = new TestSuite();
    const tests = readTestFile(sampleTests);
    const definition = { file: 'a.yaml', text: sample };
    let ran = 0;
    let failed = 0;
    while (ran < 500) {
      const result = suite.run({ file: 'a.test.yaml', tests, definition });
      ran += result.tests.length;
      failed += result.tests.filter(({ ok }) => !ok).length;
    }
    expect(failed).toBe(0);
  });
});

describe('a failure', () => {
  it('says what was expected, what happened instead, the points, and what was missing', () => {
    const test = one(`
given:
  - { at: 2026-11-16 10:00, event: webinar.attended }
expect:
  - { handoff: score, at: 2026-11-16 10:00 }`);
    expect(test.ok).toBe(false);
    expect(test.failures).toEqual([
      {
        place: { line: 6, column: 9 },
        expected: 'handoff by score on Mon 2026-11-16 10:00',
        instead: 'no such handoff at all',
        why: [
          'on Mon 2026-11-16 10:00 the score is 20, the threshold 50; fit 0, at least -5 needed',
          '  +20  Attended webinar, 1 time (webinar)',
          'missing: 30 points short of 50',
        ],
      },
    ]);
  });

  it('says how a date came about', () => {
    const [failure] = one(`
rep: { timeZone: Asia/Tokyo }
given:
  - { at: 2026-11-28 18:13 Asia/Tokyo, event: demo.requested }
expect:
  - { handoff: demo, sla: 2026-12-02 09:00 Asia/Tokyo }`).failures;
    expect(failure?.instead).toBe('first contact due (SLA) Wed 2026-12-02 19:00');
    expect(failure?.why).toEqual([
      'the calendar of rep: Asia/Tokyo, mon tue wed thu fri, 09:00 to 17:00',
      'working time starts on Mon 2026-11-30 09:00 there',
      'high intent: task the same day, first contact within 3 business days, reminder 1 business day before',
      'in Asia/Tokyo: task due Mon 2026-11-30 17:00, first contact due Thu 2026-12-03 09:00',
    ]);
  });

  it('does not speak of working time where the date is a plain duration', () => {
    const [failure] = one(`
source: sample-fast
given:
  - { at: 2026-11-28 18:13, event: demo.requested }
expect:
  - { handoff: demo, task: 2026-11-30 17:00 }`).failures;
    expect(failure?.instead).toBe('task due Sat 2026-11-28 18:14');
    expect(failure?.why).toEqual([
      'high intent: task after 1m, first contact within 1m, reminder 30s before',
    ]);
  });

  it('names the events that were held to be machines', () => {
    const test = one(`
given:
  - { at: 2026-11-16 10:00, event: email.clicked, emailId: n1, url: /a, id: one }
  - { after: 3s, event: email.clicked, emailId: n1, url: /b }
expect:
  - { at: 2026-11-16 11:00, clicks: 2 }`);
    expect(test.failures[0]?.instead).toBe('clicks 0');
    expect(test.machines).toEqual([
      'one (email.clicked) on Mon 2026-11-16 10:00: another link of the same mail was clicked within 10 s',
      'email.clicked on Mon 2026-11-16 10:00:03: another link of the same mail was clicked within 10 s',
    ]);
  });

  it('tells the story of the lead, and the handoff that did happen', () => {
    const test = one(`
given:
  - { at: 2026-11-16 10:00, event: demo.requested }
expect:
  - { handoff: trial }`);
    expect(test.failures[0]?.instead).toBe(
      'only handoff by demo (handoff 1) on Mon 2026-11-16 10:00, score 0',
    );
    expect(test.story[0]).toBe('Mon 2026-11-16 10:00  Handed off (handoff 1): asked for a demo');
  });

  it('is what sales did and Baton refused, unless the test says so', () => {
    const given = 'given:\n  - { at: 2026-11-16 10:00, sales: call }\nnever: [handoff]';
    const [failure] = one(given).failures;
    expect(failure?.expected).toBe('call on Mon 2026-11-16 10:00 is accepted');
    expect(failure?.instead).toBe('it was refused: no_such_handoff');
    expect(one(given.replace('call', 'call, refused: no_such_handoff')).ok).toBe(true);
  });

  it('says when the test simply looked no further', () => {
    const [failure] = one(`
given:
  - { at: 2026-11-25 14:30, event: demo.requested }
expect:
  - { reentry: sla_lapsed }`).failures;
    expect(failure?.why).toEqual([
      'handoff 1 is still open, first contact due on Tue 2026-12-01 14:30; the test looks no further than Thu 2026-11-26 14:30 (until)',
    ]);
  });
});

describe('strictness', () => {
  const twice = `
given:
  - { at: 2026-11-16 10:00, event: demo.requested }
  - { at: 2026-11-16 12:00, sales: not_ready }
  - { at: 2026-11-16 14:00, event: demo.requested }`;

  it('what is not mentioned is free', () => {
    expect(one(`${twice}\nexpect:\n  - { handoff: demo, number: 2 }`).ok).toBe(true);
  });

  it('only: what is not expected fails', () => {
    const test = one(`${twice}\nexpect:\n  - { handoff: demo, number: 2 }\nonly: [handoff]`);
    expect(test.failures.map(({ expected, instead }) => [expected, instead])).toEqual([
      ['no other handoff', 'handoff by demo (handoff 1) on Mon 2026-11-16 10:00, score 0'],
    ]);
  });

  it('one handoff does not meet two expectations', () => {
    const expectation = '  - { handoff: demo }\n';
    expect(one(`${twice}\nexpect:\n${expectation.repeat(2)}`).ok).toBe(true);
    expect(one(`${twice}\nexpect:\n${expectation.repeat(3)}`).failures).toHaveLength(1);
  });

  it('never and not: what happens anyway fails', () => {
    expect(one(`${twice}\nnever: [handoff]`).failures).toHaveLength(2);
    expect(one(`${twice}\nnot:\n  - { handoff: demo, number: 2 }`).failures).toHaveLength(1);
    expect(
      one(`${twice}\nnot:\n  - { handoff: score }\n  - { at: 2026-11-16 15:00, stage: working }`).ok,
    ).toBe(true);
  });

  it('points are compared to the third decimal, or within bounds', () => {
    const given =
      'given:\n  - { at: 2026-11-16 10:00, event: form.submitted }\nexpect:\n  - { at: 2026-11-17 10:00, score: ';
    expect(one(`${given}14.657 }`).ok).toBe(true);
    expect(one(`${given}14.658 }`).ok).toBe(false);
    expect(one(`${given}{ atLeast: 14.6, atMost: 14.7 } }`).ok).toBe(true);
  });
});

describe('a file of tests with something wrong', () => {
  it('a wrong word is told with its place and what was meant', () => {
    expect(faultsOf('given:\n  - { at: 2026-11-16 10:00, event: demo.requestd }\nnever: [handoff]')).toEqual([
      'a.test.yaml:4:40  tests[0].given[0].event  cannot be "demo.requestd" (expected an event type such as page.viewed, or custom.name); did you mean demo.requested?',
    ]);
    expect(
      faultsOf(
        'given:\n  - { at: 2026-11-16 10:00, event: demo.requested }\nexpect:\n  - { handoff: demmo }',
      ),
    ).toEqual([
      expect.stringMatching(
        /^a\.test\.yaml:6:20 {2}tests\[0\]\.expect\[0\]\.handoff {2}there is no trigger demmo .*did you mean demo\?$/,
      ),
    ]);
    expect(faultsOf('givn: []\nnever: [handoff]')).toEqual([
      expect.stringMatching(/^a\.test\.yaml:3:5 {2}tests\[0\]\.givn {2}unknown key .*did you mean given\?$/),
    ]);
  });

  it.each([
    ['a day that does not exist', '2026-11-31 10:00'],
    ['a day without a time', '2026-11-16'],
    ['a zone that does not exist', '2026-11-16 10:00 Asia/Tokio'],
    ['an hour that does not exist', '2026-11-16 24:30'],
  ])('%s is refused', (_, at) => {
    expect(faultsOf(`given:\n  - { at: ${at}, event: demo.requested }\nnever: [handoff]`)).toEqual([
      expect.stringContaining('expected a date and a time of day such as 2026-11-28 11:00'),
    ]);
  });

  it.each([
    [
      'entries out of order',
      '{ at: 2026-11-15 10:00, event: demo.requested }',
      'this is before the entry above it (Mon 2026-11-16 10:00)',
    ],
    [
      'a property of another event',
      '{ after: 1d, event: demo.requested, emailId: n1 }',
      'demo.requested has no emailId',
    ],
    [
      'a click without its mail',
      '{ after: 1d, event: email.clicked, url: /a }',
      'email.clicked says nothing without its emailId',
    ],
    [
      'half a series',
      '{ after: 1d, event: demo.requested, every: 1d }',
      'a series needs both every and times',
    ],
    ['no time', '{ event: demo.requested }', 'when this happens is missing'],
    ['nothing that happens', '{ after: 1d }', 'what happens is missing'],
    [
      'a source that the definition has not',
      '{ after: 1d, event: demo.requested, source: webinr }',
      'there is no source webinr',
    ],
    [
      'an event that nobody has named',
      '{ after: 1d, operator: label_human, of: click }',
      'no event before this one has the id click',
    ],
  ])('%s is refused', (_, entry, message) => {
    const faults = faultsOf(
      `given:\n  - { at: 2026-11-16 10:00, event: webinar.attended }\n  - ${entry}\nnever: [handoff]`,
    );
    expect(faults).toEqual([expect.stringContaining(message)]);
    expect(faults[0]).toMatch(/^a\.test\.yaml:5:/);
  });

  it('a test that expects nothing, or in which nothing happens, is refused', () => {
    expect(faultsOf('given:\n  - { at: 2026-11-16 10:00, event: demo.requested }')[0]).toContain(
      'expects nothing',
    );
    expect(faultsOf('never: [handoff]')[0]).toContain('nothing happens in this test');
  });

  it('a definition with errors is told, and nothing is run', () => {
    const { definitionFaults, tests } = run(sampleTests, 'format: 2\n');
    expect(definitionFaults).not.toEqual([]);
    expect(tests).toEqual([]);
  });
});

describe('times', () => {
  it('a series goes on past the entries after it, and # counts', () => {
    const test = one(`
given:
  - { at: 2026-11-16 10:00, event: email.opened, emailId: "n-#", every: 7d, times: 3 }
  - { at: 2026-11-17 10:00, event: webinar.attended }
expect:
  - { at: 2026-11-17 10:00, opens: 1 }
  - { at: 2026-11-30 10:00, opens: 3 }`);
    expect(test.failures).toEqual([]);
  });

  it('a local time that the clocks skip moves forward, and one that they repeat is the first', () => {
    const at = (local: string, utc: string) =>
      one(`given:\n  - { at: ${local}, event: demo.requested }\nexpect:\n  - { handoff: demo, at: ${utc} }`)
        .ok;
    expect(at('2027-03-14 02:30', '2027-03-14T07:30:00Z')).toBe(true);
    expect(at('2026-11-01 01:30', '2026-11-01T05:30:00Z')).toBe(true);
  });
});

it('the definition is the one that is named, else the one beside the tests', () => {
  const draft = (text: string) => readTestFile(`${text}tests:\n  - { name: a }\n`).draft!;
  expect(definitionNamedBy('x/acme.test.yaml', draft(''))).toBe('acme.yaml');
  expect(definitionNamedBy('x/acme.test.yaml', draft('definition: ../b.yaml\n'))).toBe('../b.yaml');
  expect(definitionNamedBy('x/tests.yaml', draft(''))).toBeNull();
});

it('tests may say of every event what its sender may say', () => {
  for (const [type, { properties }] of Object.entries(EVENT_TYPES)) {
    if (type.startsWith('sales.')) continue;
    const { shape } = properties._zod.def as unknown as { shape: Record<string, unknown> };
    expect([...propertiesOf(type)].sort(), type).toEqual(Object.keys(shape).sort());
  }
});

it('the JSON Schema beside the sample is the current one', () => {
  expect(JSON.parse(read('definition-tests.schema.json'))).toEqual(
    JSON.parse(JSON.stringify(definitionTestsJsonSchema())),
  );
});
