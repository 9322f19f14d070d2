import { describe, expect, it } from 'vitest';
import { checkDefinition } from '../../src/definition/check.js';
import { WRONG_DEFINITIONS } from './wrong-definitions.js';

describe('a wrong definition is told all its faults at once', () => {
  it.each(WRONG_DEFINITIONS)('$name', ({ text, faults: wanted }) => {
    const { faults } = checkDefinition(text, { today: '2026-11-22' });
    const told = faults.map(({ line, column, severity, path, message, didYouMean }) => {
      const meant = didYouMean === undefined ? '' : ` → ${didYouMean}`;
      return `${line}:${column} ${severity} ${path === '' ? '' : `${path}: `}${message}${meant}`;
    });
    expect(told).toEqual(wanted);
    expect(faults.every(({ expected }) => expected.trim() !== '')).toBe(true);
  });
});

const HEAD = 'format: 1\nname: X\ncalendar: { timeZone: UTC }\n';
const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

describe('a document that means harm', () => {
  it.each([
    ['thousands of sources', `${HEAD}sources: {${many(20_000, (i) => `s${i}: {},`)}}\n`],
    ['thousands of unknown keys', `${HEAD}sources: {a: {${many(20_000, (i) => `k${i}: 1,`)}}}\n`],
    ['a key thousands of times', `${HEAD}sources: {${many(25_000, () => 'a: {},')}}\n`],
    ['more lines than anybody writes', `${HEAD}${many(100_000, () => '#\n')}`],
    [
      'thousands of references to an anchor',
      `${HEAD}sources: {a: &a {},${many(9_000, (i) => `s${i}: *a,`)}}\n`,
    ],
    ['thousands of faults in its YAML', `${HEAD}${'&a '.repeat(50_000)}\n`],
    [
      'hundreds of mails that loop',
      `${HEAD}sources:\n${many(
        300,
        (i) =>
          ` s${i}: { handoff: { emails: { draft: { text: "{{ opener }}{% for a in (1..9999) %}{% for b in (1..9999) %}{% endfor %}{% endfor %}${i}" } } } }\n`,
      )}`,
    ],
    ['300 KB', `${HEAD}# ${'x'.repeat(300_000)}\n`],
  ])(
    '%s: refused within seconds, with a bounded number of faults',
    (_name, text) => {
      const started = performance.now();
      const { ok, faults } = checkDefinition(text);
      expect(ok).toBe(false);
      expect(faults.length).toBeLessThanOrEqual(1_500);
      expect(performance.now() - started).toBeLessThan(15_000);
    },
    40_000,
  );
});
