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
