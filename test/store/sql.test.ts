import { describe, expect, it } from 'vitest';
import { newId } from '../../src/store/ids.js';
import { chunk, isUnavailable, json } from '../../src/store/sql.js';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

describe('isUnavailable', () => {
  it.each(['ECONNREFUSED', 'ETIMEDOUT', '57P01', '57P03', '53300', '08006', '57014'])('knows %s', (code) => {
    expect(isUnavailable(withCode(code))).toBe(true);
    expect(isUnavailable(new Error('outer', { cause: withCode(code) }))).toBe(true);
    expect(isUnavailable(new AggregateError([withCode(code)]))).toBe(true);
  });

  it('knows what the driver says without a code', () => {
    expect(isUnavailable(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isUnavailable(new Error('timeout exceeded when trying to connect'))).toBe(true);
  });

  it('takes a missing socket for a server that is down, and a missing file for a fault', () => {
    expect(isUnavailable(withCode('ENOENT', { syscall: 'connect' }))).toBe(true);
    expect(isUnavailable(withCode('ENOENT', { syscall: 'open' }))).toBe(false);
  });

  it('is false for faults of the statement, for anything else, and ends on a ring of causes', () => {
    for (const fault of [withCode('23505'), withCode('42601'), new Error('no'), 'text', null])
      expect(isUnavailable(fault)).toBe(false);
    const ring = new Error('ring');
    ring.cause = ring;
    expect(isUnavailable(ring)).toBe(false);
  });
});

describe('values', () => {
  it('JSON holds null but not undefined', () => {
    expect(json(null)).toBe('null');
    expect(() => json(undefined)).toThrow(TypeError);
  });

  it('chunks keep the order and none is empty', () => {
    expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunk([], 2)).toEqual([]);
    expect(() => chunk([1], 0)).toThrow(RangeError);
  });

  it('ids are 26 lower-case characters, all different, with a prefix on request', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => newId()));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-7][0-9a-v]{25}$/);
    expect(newId('key')).toMatch(/^key_[0-9a-v]{26}$/);
  });
});
