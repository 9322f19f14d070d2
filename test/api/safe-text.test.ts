import { describe, expect, it } from 'vitest';
import { DEPTH_MAX, findUnsafe } from '../../src/api/safe-text.js';

describe('text that the database would refuse', () => {
  it('is found wherever it stands, with its path', () => {
    expect(findUnsafe({ a: [{ b: 'x\u0000' }] })?.path).toEqual(['a', 0, 'b']);
    expect(findUnsafe({ a: 'half \ud800 of a pair' })?.path).toEqual(['a']);
    expect(findUnsafe({ a: { 'na\u0000me': 1 } })?.path).toEqual(['a']);
    expect(findUnsafe({ a: JSON.parse('1e999') })?.message).toContain('too large');
  });

  it('is not what only looks unusual', () => {
    expect(findUnsafe({ '😀': ['\u0001', 'ÿ', '\ufffd', -0, null, true] })).toBeNull();
  });

  it('counts nesting that no reader should have to follow', () => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    expect(findUnsafe(nested(DEPTH_MAX))).toBeNull();
    expect(findUnsafe(nested(100_000))?.message).toContain('levels deep');
  });
});
