import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Where } from '../../src/domain/definition.js';
import { globMatches, matches } from '../../src/domain/match.js';

describe('a glob', () => {
  it.each([
    ['/pricing', '/pricing', true],
    ['/pricing', '/pricing/', false],
    ['/pricing**', '/pricing', true],
    ['/pricing**', '/pricing/enterprise/eu', true],
    ['/pricing**', '/about/pricing', false],
    ['/blog/*', '/blog/one', true],
    ['/blog/*', '/blog/', true],
    ['/blog/*', '/blog/one/two', false],
    ['/*/pricing', '/de/pricing', true],
    ['/*/pricing', '/de/at/pricing', false],
    ['**/pricing', '/de/at/pricing', true],
    ['**/a/*/c', '/a/b/c/a/x/c', true],
    ['**/a/*/c', '/a/b/c/a/x/y/c', false],
    ['resource:pricing-guide', 'resource:pricing-guide', true],
    ['/a.c', '/abc', false],
    ['/café*', '/café-☕', true],
    ['*', '', true],
  ])('%s on %s is %s', (pattern, text, expected) => {
    expect(globMatches(pattern, text)).toBe(expected);
  });

  it('takes linear time on a pattern made to be slow', () => {
    const pattern = `${'**a'.repeat(60)}b`;
    const started = performance.now();
    expect(globMatches(pattern, 'a'.repeat(5_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.constantFrom('a', 'b', '/', '*');
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 7 }), text, (parts, candidate) => {
        const pattern = parts.join('');
        const expression = pattern.replace(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
        expect(globMatches(pattern, candidate)).toBe(new RegExp(`^${expression}$`, 's').test(candidate));
      }),
    );
  });
});

describe('conditions', () => {
  const fields: Record<string, unknown> = {
    country: 'US',
    companySize: 50,
    seats: '120',
    tags: ['x', 'y'],
    empty: '',
    path: '/careers/berlin',
    eu: false,
  };
  const check = (where: Where) => matches(where, (name) => fields[name]);

  it('hold when any of the values is equal', () => {
    expect(check({ country: { equals: ['CA', 'US'] } })).toBe(true);
    expect(check({ country: { equals: ['us'] } })).toBe(false);
    expect(check({ companySize: { equals: ['50'] } })).toBe(false);
    expect(check({ eu: { equals: [false] } })).toBe(true);
  });

  it('look into lists', () => {
    expect(check({ tags: { equals: ['y'] } })).toBe(true);
    expect(check({ tags: { glob: 'z*' } })).toBe(false);
  });

  it('tell present from absent; an empty text is absent', () => {
    expect(check({ country: { present: true } })).toBe(true);
    expect(check({ empty: { present: true } })).toBe(false);
    expect(check({ missing: { present: false } })).toBe(true);
    expect(check({ eu: { present: true } })).toBe(true);
  });

  it('compare numbers, also those that arrived as text', () => {
    expect(check({ companySize: { atLeast: 50 } })).toBe(true);
    expect(check({ companySize: { atLeast: 51 } })).toBe(false);
    expect(check({ companySize: { atLeast: 10, atMost: 49 } })).toBe(false);
    expect(check({ seats: { atLeast: 100 } })).toBe(true);
    expect(check({ country: { atLeast: 0 } })).toBe(false);
    expect(check({ missing: { atMost: 5 } })).toBe(false);
  });

  it('must all hold', () => {
    expect(check({ path: { glob: '/careers**' }, country: { equals: ['US'] } })).toBe(true);
    expect(check({ path: { glob: '/careers**' }, country: { equals: ['DE'] } })).toBe(false);
    expect(check({})).toBe(true);
  });
});
