import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDefinition, type Fault, formatFault } from '../../src/definition/check.js';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const sample = read('../../definitions/sample.yaml');
const HEAD = 'format: 1\nname: Test\ncalendar: { timeZone: Europe/Berlin }\n';

const faultsOf = (body: string, today?: string) =>
  checkDefinition(HEAD + body, today ? { today } : {}).faults;
const lines = (faults: readonly Fault[]) =>
  faults.map((fault) => `${fault.severity} ${fault.path}: ${fault.message}`);
const said = (body: string, today?: string) => lines(faultsOf(body, today));

describe('documents without faults', () => {
  it('the sample has none, not even warnings', () => {
    expect(checkDefinition(sample, { today: '2026-11-01' })).toMatchObject({ ok: true, faults: [] });
  });

  it('the example of the reference is accepted; its placeholder mails and short SLAs are only advised on', () => {
    const { ok, faults, definition } = checkDefinition(read('./reference-example.yaml'), {
      today: '2026-11-01',
    });
    expect(ok).toBe(true);
    const others = faults.filter(({ path }) => !path.includes('.emails.'));
    const early = (source: string) => `warning sources.${source}.handoff.sla.firstActivityWithin`;
    expect(lines(others)).toEqual([
      `${early('partner')}: for warm intent the SLA (1 business day, at the same time of day) ends before the task is due (1 business day, at closing time)`,
      `${early('sample-fast')}: for high intent the SLA (1 minute) ends before the task is due (the same business day, at closing time)`,
      `${early('sample-fast')}: for warm intent the SLA (1 minute) ends before the task is due (1 business day, at closing time)`,
    ]);
    expect(faults.every(({ severity }) => severity === 'warning')).toBe(true);
    const ofSample = checkDefinition(sample).definition;
    const { mails: _, ...terms } = definition!.defaults;
    expect(terms).toEqual({ ...terms, policy: ofSample!.defaults.policy });
    expect(definition!.sources.webinar!.policy).toEqual(ofSample!.sources.webinar!.policy);
  });

  it('format and name are enough; the rest is as in the sample', () => {
    const { ok, faults, definition } = checkDefinition('format: 1\nname: Short\n');
    expect(ok).toBe(true);
    expect(lines(faults)).toEqual([
      'warning calendar.timeZone: no time zone is said, so America/New_York is assumed',
    ]);
    const ofSample = checkDefinition(sample).definition!;
    expect(definition!.defaults).toEqual({
      ...ofSample.defaults,
      policy: { ...ofSample.defaults.policy, scoring: { ...ofSample.defaults.policy.scoring, fit: [] } },
    });
    const { name, sources, defaults, calendar, routing, ...rest } = ofSample;
    expect(definition).toMatchObject({ ...rest, routing: { ...routing, territories: [] } });
    expect(definition!.calendar).toEqual({ ...calendar, holidays: [] });
    expect([name, Object.keys(sources).length, defaults.id]).toEqual([
      'Acme handoff definition',
      5,
      'default',
    ]);
  });
});

describe('faults of shape', () => {
  it('are all said at once, each with its place, path and expectation', () => {
    const { ok, faults, definition } = checkDefinition(
      [
        'format: 2',
        'name: X',
        'calendar: { timeZone: America/New_Yrok, workingDays: [monday], holidays: [2026-02-30] }',
        'futureTolerence: 5m',
        'defaults:',
        '  scoring:',
        '    threshold: "50"',
        '    halfLife: 36h',
        '    rules:',
        '      - { id: open, on: email.opened, points: 1.0005 }',
        '  triggers: { cooldown: 7 days, fallback: { after: 60, opens: } }',
        '  handoff: { sla: { firstActivityWithin: { bussinessDays: 3 } } }',
      ].join('\n'),
    );
    expect(ok).toBe(false);
    expect(definition).toBeUndefined();
    expect(faults.map(({ line, column, path, didYouMean }) => [line, column, path, didYouMean])).toEqual([
      [1, 9, 'format', undefined],
      [3, 23, 'calendar.timeZone', 'America/New_York'],
      [3, 55, 'calendar.workingDays[0]', 'mon'],
      [3, 75, 'calendar.holidays[0]', undefined],
      [4, 1, 'futureTolerence', 'futureTolerance'],
      [7, 16, 'defaults.scoring.threshold', '50, without quotes'],
      [8, 15, 'defaults.scoring.halfLife', undefined],
      [10, 47, 'defaults.scoring.rules[0].points', undefined],
      [11, 25, 'defaults.triggers.cooldown', '7d'],
      [11, 52, 'defaults.triggers.fallback.after', undefined],
      [11, 56, 'defaults.triggers.fallback.opens', undefined],
      [12, 42, 'defaults.handoff.sla.firstActivityWithin', undefined],
    ]);
    expect(faults.every(({ message, expected }) => message !== '' && expected !== '')).toBe(true);
  });

  it('read as file:line:column, path and message', () => {
    const [fault] = checkDefinition('format: 1\nname: X\ndefautls: {}\n').faults.filter(
      ({ severity }) => severity === 'error',
    );
    expect(formatFault(fault!, 'team.yaml')).toMatch(
      /^team\.yaml:3:1 {2}defautls {2}unknown key \(expected one of format, .*\); did you mean defaults\?$/,
    );
  });

  it('an unknown key does not hide what the rest means', () => {
    expect(said('defaults:\n  scoring:\n    tresholds: 5\n  triggers: { explicit: [demmo] }\n')).toEqual([
      'error defaults.scoring.tresholds: unknown key',
      'error defaults.triggers.explicit[0]: there is no action demmo',
    ]);
  });

  it('a key that stands there twice', () => {
    const faults = checkDefinition('format: 1\nname: A\nname: B\n').faults;
    expect(faults.map(({ line, message }) => [line, message])).toContainEqual([
      3,
      'this key stands here a second time',
    ]);
  });

  it.each(['012', '0x1f', '1e3', '.5', '+5', '.inf'])('a number written as %s', (number) => {
    expect(said(`defaults: { scoring: { threshold: ${number} } }\n`).join()).toContain(
      `${number} would be read as`,
    );
  });

  it.each([
    ['no YAML', 'format: [1'],
    ['nothing', ''],
    ['a list', '- 1'],
    ['two documents', 'format: 1\n---\nformat: 1\n'],
    ['a tag', 'format: !!js/function 1\nname: X\n'],
    ['an endless document', `format: 1\nname: ${'x'.repeat(300_000)}\n`],
    ['deep nesting', `format: ${'['.repeat(100_000)}\n`],
    ['deep block nesting', `${'- '.repeat(50_000)}x\n`],
    [
      'a bomb',
      `a: &a [${'x,'.repeat(9)}x]\n${'bcdefgh'.replace(/./g, (n) => `${n}: &${n} [${`*${String.fromCharCode(n.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
    ],
    ['a ring of aliases', 'format: 1\nname: X\nsources: &s { a: *s }\n'],
    ['merge keys', 'format: 1\nname: X\ndefaults: { <<: {} }\n'],
    ['control characters', 'format: 1\nname: "a\\u0000b"\n'],
    ['prototype keys', 'format: 1\nname: X\nsources: { __proto__: { title: x } }\n'],
  ])('%s is refused, quickly and without an exception', (_name, text) => {
    const started = performance.now();
    const { ok, faults } = checkDefinition(text);
    expect(ok).toBe(false);
    expect(faults.some(({ severity }) => severity === 'error')).toBe(true);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('a template whose braces YAML takes for a map', () => {
    const text =
      'format: 1\nname: X\ndefaults: { handoff: { emails: {\n  bridge: { subject: {{ rep.name }} }\n} } }\n';
    expect(checkDefinition(text).faults.map(({ line, message }) => [line, message])).toContainEqual([
      4,
      'a list or a map stands where a key should',
    ]);
  });

  it('zones must be places: no offsets, no abbreviations', () => {
    const zone = (name: string) =>
      checkDefinition(`format: 1\nname: X\ncalendar: { timeZone: "${name}" }\n`).ok;
    expect(['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Europe/Kyiv'].map(zone)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['+01:00', 'EST', 'Mars/Olympus', 'europe/berlin '].map(zone)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('faults of meaning', () => {
  it('a threshold that the caps keep out of reach', () => {
    const body = [
      'defaults:',
      '  scoring:',
      '    threshold: 50',
      '    rules:',
      '      - { id: click, on: email.clicked, points: 5 }',
      '      - { id: form, on: form.submitted, points: 10, atMost: { times: 1, per: period } }',
      '    groups: [ { id: email, rules: [click], atMost: 30 } ]',
      'sources:',
      '  easy: { scoring: { threshold: 40 } }',
      '  hard: { scoring: { threshold: 41 } }',
      '',
    ].join('\n');
    expect(said(body)).toEqual([
      'error defaults.scoring.threshold: no lead can reach 50 points: the rules and their caps allow 40',
      'error sources.hard.scoring.threshold: no lead can reach 41 points: the rules and their caps allow 40',
    ]);
    expect(said('defaults: { scoring: { rules: [] } }\n')).toEqual([
      'warning defaults.scoring: no rule adds points, so the score never hands a lead off',
    ]);
  });

  it('rules and actions that no event can meet', () => {
    const body = [
      'defaults:',
      '  scoring:',
      '    rules:',
      '      - { id: a, on: email.opend, points: 60 }',
      '      - { id: b, on: custom.seat_added, points: 60 }',
      '      - { id: c, on: sales.activity, points: 1 }',
      '      - { id: d, on: page.viewed, where: { kind: pricng }, points: 1 }',
      '      - { id: e, on: email.sent, points: 1 }',
      '  triggers:',
      '    actions:',
      '      - { id: r, on: email.replied, where: { reply: [qestion] }, intent: high }',
      '      - { id: t, on: page.viewed, times: 3, intent: warm }',
      '      - { id: v, on: page.viewed, times: 3, within: 1h, visitGap: 30m, intent: warm }',
      '    explicit: []',
      '',
    ].join('\n');
    expect(said(body)).toEqual([
      'error defaults.scoring.rules[0].on: no event has the type email.opend',
      'error defaults.scoring.rules[2].on: what sales does is no act of the lead',
      'warning defaults.scoring.rules[3].where.kind: no entry of content has the kind pricng',
      'warning defaults.scoring.rules[4].on: email.sent is what the email platform did, not the lead',
      'error defaults.triggers.actions[0].where.reply: no reply is classified as qestion',
      'error defaults.triggers.actions[1]: 3 times needs a window',
      'error defaults.triggers.actions[2].within: 3 visits at least 30m apart do not fit into 1h',
    ]);
    expect(faultsOf(body)[0]).toMatchObject({ line: 7, column: 22, didYouMean: 'email.opened' });
  });

  it('lists whose ids do not fit together', () => {
    const body = [
      'defaults:',
      '  scoring:',
      '    rules:',
      '      - { id: a, on: email.opened, points: 60 }',
      '      - { id: a, on: email.clicked, points: 60 }',
      '      - { id: b, on: email.clicked }',
      '    groups:',
      '      - { id: g, rules: [a, x], atMost: 90 }',
      '      - { id: h, rules: [a], atMost: 90 }',
      'sources:',
      '  one:',
      '    scoring: { rules: [ { id: c, off: true }, { id: d, points: 5 }, { id: b, points: 5 } ] }',
      '    after: { converted: { reopenOn: [deom] } }',
      '',
    ].join('\n');
    expect(said(body)).toEqual([
      'error defaults.scoring.rules[1].id: the id a stands in this list twice',
      'error defaults.scoring.rules[2]: b is incomplete: it says no points',
      'error defaults.scoring.groups[0].rules[1]: there is no rule x',
      'error defaults.scoring.groups[1].rules[0]: the rule a is already in the group g',
      'error sources.one.scoring.rules[0]: there is no c to turn off',
      'error sources.one.scoring.rules[1]: d is not among the defaults: it says no on',
      'error sources.one.after.converted.reopenOn[0]: there is no action deom',
    ]);
  });

  it('sources that people would mix up', () => {
    const body =
      'sources:\n  cold-download: { title: Cold }\n  cold_download: {}\n  other: { title: cold }\n  Default: {}\n';
    expect(said(body)).toEqual([
      'error sources.cold_download: the source cold_download overlaps cold-download: the names differ only in case or punctuation',
      'error sources.other.title: the source other overlaps cold-download: both have this title',
      'error sources.Default: the source Default overlaps the defaults: the names differ only in case or punctuation',
    ]);
  });

  it('an SLA longer than the fallback', () => {
    expect(
      said(
        'sources: { slow: { handoff: { sla: { byIntent: { warm: { firstActivityWithin: { businessDays: 50 } } } } } } }\n',
      ),
    ).toEqual([
      'error sources.slow.handoff.sla: the SLA is longer than the fallback (60d): a lead would wait for sales longer than in nurture',
    ]);
    expect(said('defaults: { triggers: { fallback: { after: 4d } } }\n')).toEqual([
      'error defaults.triggers.fallback.after: the SLA is longer than the fallback (4d): a lead would wait for sales longer than in nurture',
      'warning defaults.triggers.fallback.after: the final mail would be due 7d before a fallback after 4d',
    ]);
  });

  it('holidays in the past, when it is told the day', () => {
    const body = 'calendar: { timeZone: UTC, holidays: [2026-01-01, 2026-12-25] }\n';
    const check = (today?: string) =>
      lines(checkDefinition(`format: 1\nname: X\n${body}`, today ? { today } : {}).faults);
    expect(check()).toEqual([]);
    expect(check('2026-06-01')).toEqual(['warning calendar.holidays[0]: 2026-01-01 is in the past']);
  });

  it('working hours, ladders and content that contradict themselves', () => {
    const text = [
      'format: 1',
      'name: X',
      'calendar: { timeZone: UTC, workingHours: { from: "17:00", to: "09:00" } }',
      'content: [ { match: "/blog/**", kind: blog }, { match: "/blog/pricing/**", kind: pricing } ]',
      'routing: { ladder: [owner, roundRobin] }',
      '',
    ].join('\n');
    expect(lines(checkDefinition(text).faults)).toEqual([
      'error calendar.workingHours: the working day ends before it begins',
      'warning content[1].match: never reached: /blog/** above it matches first',
      'error routing.ladder: a lead that no rung takes would go to nobody',
    ]);
  });

  it('mails that cannot be rendered', () => {
    const body = [
      'sources:',
      '  a:',
      '    handoff:',
      '      emails:',
      '        bridge: { text: "Hello {{ lead.frstName }}. {{ rep.name }} will write." }',
      '        final: { subject: "{{ rep.name }}" }',
      '        draft: { text: "{% if x %}" }',
      '',
    ].join('\n');
    expect(said(body)).toEqual([
      'error sources.a.handoff.emails.bridge.text: unknown variable lead.frstName',
      'error sources.a.handoff.emails.final.subject: rep.name is not known yet when the final mail is written',
      'error sources.a.handoff.emails.draft.text: the template cannot be read: tag {% if x %} not closed',
    ]);
    expect(faultsOf(body)[0]).toMatchObject({ line: 8, didYouMean: 'lead.firstName' });
  });
});

describe('whatever the text is', () => {
  it('checking it never throws', () => {
    const slip = fc.tuple(
      fc.nat(sample.length),
      fc.nat(40),
      fc.constantFrom(
        '',
        '\n',
        ' ',
        ':',
        '-',
        '{',
        '}',
        '[',
        ']',
        '"',
        'null',
        '0',
        '-1',
        '&a ',
        '*a',
        '!!set ',
        '{{',
        '%}',
        '? ',
      ),
    );
    fc.assert(
      fc.property(fc.array(slip, { minLength: 1, maxLength: 4 }), (slips) => {
        const text = slips.reduce(
          (all, [at, cut, put]) => all.slice(0, at) + put + all.slice(at + cut),
          sample,
        );
        const { ok, faults, definition } = checkDefinition(text, { today: '2026-11-01' });
        expect(ok).toBe(definition !== undefined);
        expect(faults.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('an SLA that ends before the task is due is told for each intent, where it was written', () => {
    const sla = (handoff: string) => said(`defaults: { handoff: ${handoff} }\n`);
    expect(
      sla(
        '{ due: { high: 7d, warm: { businessDays: 30 } }, sla: { firstActivityWithin: 1h, remindBefore: null } }',
      ),
    ).toEqual([
      'warning defaults.handoff.sla.firstActivityWithin: for high intent the SLA (1 hour) ends before the task is due (7 days)',
      'warning defaults.handoff.sla.firstActivityWithin: for warm intent the SLA (1 hour) ends before the task is due (30 business days, at closing time)',
    ]);
    expect(sla('{ due: { warm: 10d } }')).toEqual([
      'warning defaults.handoff.due.warm: for warm intent the SLA (3 business days, at the same time of day) ends before the task is due (10 days)',
    ]);
    expect(sla('{ sla: { byIntent: { high: { firstActivityWithin: 8h } } } }')).toEqual([
      'warning defaults.handoff.sla.byIntent.high.firstActivityWithin: for high intent the SLA (8 hours) can end before the task is due (the same business day, at closing time)',
    ]);
  });

  it('an SLA that ends with the task, or a same day that spills into the next before it, is no fault', () => {
    expect(
      said(
        'defaults: { handoff: { due: { high: 4h, warm: 4h }, sla: { firstActivityWithin: 4h, remindBefore: 1h } } }\n',
      ),
    ).toEqual([]);
    const spill = (hours: number) =>
      said(
        `defaults: { handoff: { due: { warm: { businessDays: 0 }, sameDaySpill: ${hours}h }, sla: { firstActivityWithin: { businessDays: 1 }, remindBefore: null } } }\n`,
      );
    expect(spill(7)).toEqual([]);
    expect(spill(8)).toEqual([
      expect.stringContaining(
        'for high intent the SLA (1 business day, at the same time of day) can end before',
      ),
      expect.stringContaining(
        'for warm intent the SLA (1 business day, at the same time of day) can end before',
      ),
    ]);
  });

  it('a call to action that is unanswered only after the fallback is warned of where it was written', () => {
    const fallback = (terms: string) =>
      said(`defaults: { triggers: { fallback: ${terms} } }\n`).filter((line) => line.includes('unanswered'));
    const message = 'a call to action counts as unanswered after 61d, later than the fallback (60d)';
    expect(fallback('{ cta: { unansweredFor: 61d } }')).toEqual([
      `warning defaults.triggers.fallback.cta.unansweredFor: ${message}`,
    ]);
    expect(fallback('{ cta: { unansweredFor: 60d } }')).toEqual([]);
    expect(fallback('{ after: 1d }')).toEqual([
      'warning defaults.triggers.fallback.after: a call to action counts as unanswered after 3d, later than the fallback (1d)',
    ]);
  });

  it('a second document in the file is to be removed, in words of the file', () => {
    const faults = faultsOf('---\nname: Other\n');
    expect(faults.map((fault) => formatFault(fault, 'x.yaml'))).toEqual([
      'x.yaml:4:1  only one document per file: remove the second --- (expected one document)',
    ]);
  });

  it('a pattern of too many wildcards is told how long a pattern may be', () => {
    const stars = `"/${'*a'.repeat(190)}"`;
    const expected = (body: string) => faultsOf(body).map((fault) => fault.expected);
    expect(expected(`content: [ { match: ${stars}, kind: x } ]\n`)).toEqual([
      'a pattern of at most 300 characters, wildcards included; this one has 381',
    ]);
    for (const test of [stars, `{ glob: ${stars} }`]) {
      const rule = `{ id: a, on: page.viewed, points: 1, where: { path: ${test} } }`;
      expect(expected(`defaults: { scoring: { rules: [ ${rule} ] } }\n`)).toContain(
        'a pattern of at most 200 characters, wildcards included; this one has 381',
      );
    }
  });

  it.each([
    ['an empty list', 'routing: { territories: [ { where: { country: DE }, reps: [] } ] }'],
    ['a list that is missing', 'routing: { territories: [ { where: { country: DE } } ] }'],
    ['an empty list of rules', 'defaults: { scoring: { groups: [ { id: g, rules: [], atMost: 3 } ] } }'],
  ])('does not hide what the rest means behind %s', (_what, section) => {
    const text = `format: 1\nname: X\n${section}\nsources:\n  web:\n    triggers: { explicit: [dmeo] }\n`;
    const messages = checkDefinition(text).faults.map(({ path, message }) => `${path} ${message}`);
    expect(messages).toContainEqual(expect.stringMatching(/(reps|rules) (is missing|the list is empty)/));
    expect(messages).toContainEqual(expect.stringContaining('there is no action dmeo'));
  });
});
