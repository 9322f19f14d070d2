import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lintMail } from '../../src/definition/lint.js';
import { MAIL_VARIABLES, renderMail, templateFaults } from '../../src/definition/templates.js';

const mail = (text: string, subject = 'Hello') => ({ subject, text });
const advice = (kind: 'bridge' | 'final' | 'draft', text: string) =>
  lintMail(kind, mail(text)).map(({ message }) => message);

describe('rendering a mail', () => {
  it('fills in what is known and leaves out what is not', () => {
    const template = mail(
      'Hi {{ lead.firstName | default: "there" }},\n\n{{ rep.name }} will write.',
      'For {{ lead.company | default: "you" }}',
    );
    expect(
      renderMail(template, { lead: { firstName: 'Kim', company: 'A & B <Ltd>' }, rep: { name: 'Ana' } }),
    ).toEqual({
      subject: 'For A & B <Ltd>',
      text: 'Hi Kim,\n\nAna will write.\n',
    });
    expect(renderMail(template, {})).toEqual({ subject: 'For you', text: 'Hi there,\n\n will write.\n' });
  });

  it('never lets a value start a header or another template', () => {
    const { subject, text } = renderMail(mail('{{ lead.name }}', 'Re: {{ lead.name }}'), {
      lead: { name: 'Kim\r\nBcc: all@example.com {{ rep.email }}' },
    });
    expect(subject).toBe('Re: Kim Bcc: all@example.com {{ rep.email }}');
    expect(text).toContain('{{ rep.email }}');
  });

  it('takes out blank lines and control characters', () => {
    expect(renderMail(mail('a  \r\n\r\n\r\n\r\nb\u0007\n\n'), {}).text).toBe('a\n\nb\n');
  });

  it('lists the newest acts', () => {
    const text = '{% for act in activity.recent %}- {{ act.what }} ({{ act.date }})\n{% endfor %}';
    const recent = [{ what: 'read a post', date: 'Monday', title: null, url: null }];
    expect(renderMail(mail(text), { activity: { recent } }).text).toBe('- read a post (Monday)\n');
  });

  it.each([
    ['an undocumented variable', '{{ lead.phone }}', 'lead.phone'],
    ['a file', '{% include "package.json" %}', 'include'],
    ['a file by render', '{% render "package.json" %}', 'render'],
    ['the clock', '{{ "now" | date: "%s" }}', 'date'],
    ['the prototype', '{{ lead.constructor }}', 'constructor'],
    [
      'an endless loop',
      '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}x{% endfor %}{% endfor %}{% endfor %}',
      'limit',
    ],
    ['a huge range', '{% for a in (1..100000000) %}x{% endfor %}', 'limit'],
    ['a flood', '{% for a in (1..9000) %}xxxxxxxxxx{% endfor %}', 'longer than'],
  ])('refuses %s', (_name, text, reason) => {
    expect(() => renderMail(mail(text), {})).toThrow(reason);
  });
});

describe('a template that means harm', () => {
  const doubled = (line: string) => `{% assign s = "xxxxxxxxxx" %}${line.repeat(60)}{{ s | size }}`;

  it.each([
    ['a loop of a hundred million', '{% for i in (1..100000000) %}{% endfor %}', 'limit'],
    ['a loop that begins far below zero', '{% for i in (-100000000..5) %}{% endfor %}', 'limit'],
    ['loops in loops', `${'{% for i in (1..900) %}'.repeat(6)}${'{% endfor %}'.repeat(6)}`, 'limit'],
    ['a liquid tag that loops', '{% liquid\nfor i in (1..99999999)\n echo i\nendfor %}', 'limit'],
    ['a cycle', '{% for i in (1..99999999) %}{% cycle "a", "b" %}{% endfor %}', 'limit'],
    ['text doubled by append', doubled('{% assign s = s | append: s %}'), 'limit'],
    ['text doubled by capture', doubled('{% capture s %}{{ s }}{{ s }}{% endcapture %}'), 'limit'],
    ['text doubled by replace', doubled('{% assign s = s | replace: "x", s %}'), 'limit'],
    [
      'text captured in a loop',
      '{% assign s = "x" %}{% for i in (1..99) %}{% capture s %}{{ s }}{{ s }}xxxx{% endcapture %}{% endfor %}',
      'limit',
    ],
    ['a filter with a huge argument', '{{ "x" | slice: 0, 99999999999 }}', 'limit'],
    ['a long list, sorted', '{% assign a = (1..9000000) | sort | uniq %}', 'limit'],
    ['an expression per item', '{% assign a = (1..300000) | where_exp: "x", "x > 5" %}', 'where_exp'],
    ['a layout of itself', '{% layout "self" %}', 'layout'],
    ['a block', '{% block a %}{% endblock %}', 'block'],
    ['ten thousand ifs', '{% if true %}'.repeat(10_000), 'parse length'],
    ['a file of the system', '{% render "/etc/passwd" %}', 'render'],
  ])('%s is refused in time', (_name, text, reason) => {
    const started = performance.now();
    expect(() => renderMail(mail(text), {})).toThrow(new RegExp(reason));
    expect(templateFaults(text, 'draft')).not.toEqual([]);
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  it.each([
    '{{ lead.constructor }}',
    '{{ lead["constructor"] }}',
    '{{ lead.__proto__ }}',
    '{{ lead.name.constructor.constructor }}',
    '{{ activity.recent.constructor }}',
    '{% assign k = "__proto__" %}{{ lead[k] }}',
    '{% assign k = "constructor" %}{% for act in activity.recent %}{{ act[k] }}{% endfor %}',
  ])('%s reaches nothing but the facts', (text) => {
    const recent = [{ what: 'read', date: 'Monday', title: null, url: null }];
    expect(() => renderMail(mail(text), { lead: { name: 'Kim' }, activity: { recent } })).toThrow(
      'undefined variable',
    );
  });

  it('what maps the prototype gets nothing', () => {
    const recent = [{ what: 'read', date: 'Monday', title: null, url: null }];
    const text =
      'a{{ activity.recent | map: "constructor" | join: "," }}{{ activity.recent | map: "__proto__" }}b';
    expect(renderMail(mail(text), { activity: { recent } }).text).toBe('ab\n');
  });

  it('an honest capture still works', () => {
    const text = '{% capture who %}{{ lead.name | default: "you" }}{% endcapture %}Hi {{ who }}';
    expect(renderMail(mail(text), {}).text).toBe('Hi you\n');
  });
});

describe('checking a template', () => {
  it('finds unknown variables in every branch, with the one that was meant', () => {
    expect(templateFaults('{% if false %}{{ rep.nme }}{% endif %}{{ oppener }}', 'bridge')).toMatchObject([
      { message: 'unknown variable rep.nme', didYouMean: 'rep.name' },
      { message: 'unknown variable oppener', didYouMean: 'opener' },
    ]);
  });

  it('knows which mail may name what', () => {
    expect(templateFaults('{{ handoff.dueDate }} {{ rep.name }}', 'draft')).toEqual([]);
    expect(templateFaults('{{ unsubscribeUrl }}', 'draft')).toHaveLength(1);
    expect(templateFaults('{{ rep.name }}', 'final')).toHaveLength(1);
  });

  it('tries it on a lead about whom everything, and nothing, is known', () => {
    expect(
      templateFaults('{% for act in activity.recent %}{{ act.wat }}{% endfor %}', 'draft')[0]!.message,
    ).toContain('an example lead');
    expect(templateFaults('{{ activity.recent.first.what }}', 'draft')[0]!.message).toContain(
      'nothing is known',
    );
  });

  it('lets a template have variables of its own', () => {
    expect(templateFaults('{% assign who = lead.firstName | default: "you" %}{{ who }}', 'final')).toEqual(
      [],
    );
  });
});

describe('advice', () => {
  it('bridge: two or three sentences, one link at most, says who will write, plain text', () => {
    expect(
      advice(
        'bridge',
        'Hi Kim,\n\nThank you for coming. {{ rep.name }} will write to you (from ana@acme.test).\n\nAcme',
      ),
    ).toEqual([]);
    expect(advice('bridge', 'We will write <b>soon</b>.')).toEqual([
      'the mail has HTML in it, and is sent as plain text',
      'the bridge mail has 1 sentence',
      'the bridge mail does not say who will write',
    ]);
    expect(
      advice('bridge', '{{ rep.name }} writes. See https://a.test/x. Or https://a.test/y. Bye!'),
    ).toEqual(['the bridge mail has 4 sentences', 'the bridge mail has 2 links']);
  });

  it('final: value, conversation, one next step', () => {
    expect(advice('final', 'You {{ activity.last }}. Shall we talk?\n{{ unsubscribeUrl }}')).toEqual([]);
    expect(advice('final', 'Buy now.')).toEqual([
      'the final mail does not speak of the value the lead received',
      'the final mail does not offer a conversation',
      'the final mail names no next step',
    ]);
    expect(advice('final', '{{ activity.last }}: talk https://a.test/x or https://a.test/y')).toEqual([
      'the final mail has 2 links to choose from',
    ]);
  });

  it('draft: names something specific', () => {
    expect(advice('draft', 'Hi, shall we talk?')).toEqual(['the draft names nothing specific the lead did']);
    expect(advice('draft', 'I saw that you {{ activity.last }}.')).toEqual([]);
  });
});

describe('the documentation', () => {
  it('lists every variable', () => {
    const docs = readFileSync(new URL('../../docs/definition.md', import.meta.url), 'utf8');
    expect(
      MAIL_VARIABLES.filter(({ name }) => !docs.includes(`| \`${name}\` |`)).map(({ name }) => name),
    ).toEqual([]);
  });
});
