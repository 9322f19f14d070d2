import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOfFault } from '../../src/api/json-place.js';

describe('the place at which a text stops being JSON', () => {
  it.each([
    ['{"a": }', 1, 7, 'a value'],
    ['{"a": 1,}', 1, 9, 'a name in double quotes'],
    ["{'a': 1}", 1, 2, 'a name in double quotes'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or }'],
    ['[1, 2', 1, 6, 'a comma or ]'],
    ['{"a": "x', 1, 9, 'the closing "'],
    ['"tab\there"', 1, 5, 'a valid character or escape'],
    ['{"a" 1}', 1, 6, 'a colon'],
    ['01', 1, 2, 'the end of the text'],
    ['', 1, 1, 'a value'],
    ['{"a": NaN}', 1, 7, 'a value'],
  ])('is found in %j', (text, line, column, expected) => {
    expect(placeOfFault(text)).toEqual({ line, column, expected });
  });

  it('takes no stack, however deep the text is nested', () => {
    expect(placeOfFault('['.repeat(500_000))).toMatchObject({ line: 1, column: 500_001 });
  });

  it('is none exactly when JSON.parse takes the text', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const nearlyJson = fc
      .tuple(
        fc.json(),
        fc.nat(200),
        fc.constantFrom('', '"', ',', '}', ']', '\\', ':', '0', '-', '\n', '\u0001'),
      )
      .map(([text, at, extra]) => text.slice(0, at) + extra + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.json(), nearlyJson), (text) => {
        expect(placeOfFault(text) === null).toBe(parses(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
