import { describe, expect, it } from 'vitest';
import { globMatches } from '../../src/domain/match.js';

describe('patterns that backtrack elsewhere', () => {
  it.each([
    ['many stars', `/${'*a'.repeat(90)}`, `/${'a'.repeat(20_000)}b`],
    ['many double stars', `${'**a'.repeat(60)}b`, 'a'.repeat(20_000)],
    ['only stars', '*'.repeat(200), `${'x'.repeat(20_000)}/`],
    ['stars between slashes', `${'**/'.repeat(60)}end`, `${'a/'.repeat(10_000)}`],
  ])('%s: time grows with the text and no faster', (_name, pattern, text) => {
    const time = (length: number) => {
      const started = performance.now();
      globMatches(pattern, text.slice(0, length));
      return performance.now() - started;
    };
    time(text.length);
    const [half, whole] = [5, 5].map((runs, index) =>
      Math.min(...Array.from({ length: runs }, () => time(index === 0 ? text.length / 2 : text.length))),
    );
    // Twice the text takes twice the time; with room for a busy machine, four times would be quadratic.
    expect(whole!).toBeLessThan(half! * 3.5 + 20);
    expect(whole!).toBeLessThan(2_000);
  });
});
