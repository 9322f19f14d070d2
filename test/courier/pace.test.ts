import { describe, expect, test } from 'vitest';
import { backoffMs, Pace } from '../../src/courier/pace.js';

const options = {
  concurrencyMin: 1,
  concurrencyMax: 16,
  pauseMinMs: 100,
  pauseMaxMs: 1_000,
  random: () => 0.5,
};

describe('pace', () => {
  test('opens its window by about one per window of successes, up to the maximum', () => {
    const pace = new Pace(options);
    const before = pace.concurrency;
    for (let i = 0; i < before + 1; i += 1) pace.succeeded();
    expect(pace.concurrency).toBe(before + 1);
    for (let i = 0; i < 1_000; i += 1) pace.succeeded();
    expect(pace.concurrency).toBe(16);
  });

  test('halves it once for all that were refused together, and pauses', () => {
    const pace = new Pace(options);
    const before = pace.concurrency;
    for (let i = 0; i < before; i += 1) pace.exhausted(1_000);
    expect(pace.concurrency).toBe(before / 2);
    expect(pace.pauseLeftMs(1_000)).toBe(75);
    expect(pace.pauseLeftMs(1_075)).toBe(0);
  });

  test('sends one at a time while somebody is away, and pauses longer and longer up to a bound', () => {
    const pace = new Pace(options);
    const pauses: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 6; i += 1) {
      pace.unavailable(nowMs);
      pauses.push(pace.pauseLeftMs(nowMs));
      nowMs += pace.pauseLeftMs(nowMs);
    }
    expect(pace.concurrency).toBe(1);
    expect(pauses).toEqual([75, 150, 300, 600, 750, 750]);
    pace.succeeded();
    pace.unavailable(nowMs);
    expect(pace.pauseLeftMs(nowMs)).toBe(75);
  });

  test('half of a wait is random', () => {
    expect(backoffMs(1, { minMs: 100, maxMs: 1_000, random: () => 0 })).toBe(50);
    expect(backoffMs(1, { minMs: 100, maxMs: 1_000, random: () => 0.999 })).toBeCloseTo(99.95);
    expect(backoffMs(1_000, { minMs: 100, maxMs: 1_000, random: () => 0 })).toBe(500);
  });
});
