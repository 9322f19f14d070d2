import { describe, expect, it } from 'vitest';
import { decayTable } from '../../src/definition/decay.js';

/** k is floor(10^6 * 2^(-n/h)) exactly when k^h * 2^n <= 10^(6h) < (k+1)^h * 2^n. */
function isExact(parts: number, day: number, halfLife: number): boolean {
  const h = BigInt(halfLife);
  const limit = 10n ** (6n * h);
  const grown = 2n ** BigInt(day);
  return BigInt(parts) ** h * grown <= limit && limit < BigInt(parts + 1) ** h * grown;
}

describe('the decay table', () => {
  it.each([1, 2, 3, 7, 10, 14, 30, 45, 90])(
    'is exact for every day of a half-life of %i days',
    (halfLife) => {
      const table = decayTable(halfLife);
      expect(table).toHaveLength(halfLife * 10 + 1);
      expect(table.filter((parts, day) => !isExact(parts, day, halfLife))).toEqual([]);
    },
  );

  it('is exact where it is checked for a half-life of a year', () => {
    const table = decayTable(365);
    for (const day of [1, 2, 100, 364, 366, 1000, 2917, 3649])
      expect(isExact(table[day]!, day, 365)).toBe(true);
  });

  it('halves at each half-life', () => {
    const table = decayTable(30);
    expect([0, 30, 60, 90, 300].map((day) => table[day])).toEqual([
      1_000_000, 500_000, 250_000, 125_000, 976,
    ]);
  });

  it('never grows', () => {
    const table = decayTable(30);
    expect(table.every((parts, day) => day === 0 || parts <= table[day - 1]!)).toBe(true);
  });

  it('is empty for a half-life of 0, which turns decay off', () => {
    expect(decayTable(0)).toEqual([]);
  });

  it('refuses half a day', () => {
    expect(() => decayTable(1.5)).toThrow('whole number of days');
  });
});
