/**
 * How much of a point is left after n whole days, as a table of integers that is the same on every machine.
 *
 * The entry for day n is floor(10^6 * 2^(-n/h)) for a half-life of h days. Floating point powers differ between
 * builds of Node, so the table is made of integers alone: 2^(-j/h) for j < h is a product of the constants
 * 2^(-1/2), 2^(-1/4), 2^(-1/8) …, each an integer square root of the one before, chosen by the binary digits of
 * j/h; whole half-lives are then shifted out. All of it carries BITS binary digits. A value at a whole number of
 * half-lives is a plain division and exact. Every other one is irrational and never an integer: it is computed with
 * a bound on its error, and should an integer lie within that bound, it is computed again with more digits.
 */

const SCALE = 1_000_000n;
const FIRST_BITS = 96;

/** Half-lives after which nothing is left: by then less than a thousandth is. */
const HALF_LIVES_KEPT = 10;

/** Tables that were made lately: every source of a definition asks for its own, and most ask for the same. */
const made = new Map<number, readonly number[]>();
const MADE_MAX = 50;

/** Parts per million left after 0, 1, 2 … whole days; empty for a half-life of 0, which turns decay off. */
export function decayTable(halfLifeDays: number): readonly number[] {
  if (halfLifeDays === 0) return [];
  if (!Number.isInteger(halfLifeDays) || halfLifeDays < 0) {
    throw new RangeError(`A half-life is a whole number of days, not ${halfLifeDays}.`);
  }
  const known = made.get(halfLifeDays);
  if (known) return known;
  const table = Object.freeze(makeTable(halfLifeDays));
  if (made.size >= MADE_MAX) made.clear();
  made.set(halfLifeDays, table);
  return table;
}

function makeTable(halfLifeDays: number): number[] {
  const table: number[] = new Array<number>(halfLifeDays * HALF_LIVES_KEPT + 1);
  for (let day = 0; day < halfLifeDays; day += 1) {
    for (let halvings = 0; halvings < HALF_LIVES_KEPT; halvings += 1) {
      table[halvings * halfLifeDays + day] = partsLeft(day, halfLifeDays, halvings, FIRST_BITS);
    }
  }
  table[halfLifeDays * HALF_LIVES_KEPT] = partsLeft(0, halfLifeDays, HALF_LIVES_KEPT, FIRST_BITS);
  return table;
}

function partsLeft(day: number, halfLifeDays: number, halvings: number, bits: number): number {
  if (day === 0) return Number(SCALE >> BigInt(halvings));
  const value = powerOfHalf(day, halfLifeDays, bits);
  // Each of at most `bits` factors and products is off by less than one unit, the digits cut off by less than two.
  const error = BigInt(4 * bits);
  const shift = BigInt(bits + halvings);
  const low = ((value - error) * SCALE) >> shift;
  const high = ((value + error) * SCALE) >> shift;
  return low === high ? Number(low) : partsLeft(day, halfLifeDays, halvings, bits * 2);
}

/** 2^bits * 2^(-day/halfLifeDays), off by less than 4 * bits units. */
function powerOfHalf(day: number, halfLifeDays: number, bits: number): bigint {
  const factors = rootsOfHalf(bits);
  let value = 1n << BigInt(bits);
  let rest = day;
  for (const factor of factors) {
    rest *= 2;
    if (rest >= halfLifeDays) {
      rest -= halfLifeDays;
      value = (value * factor) >> BigInt(bits);
    }
    if (rest === 0) break;
  }
  return value;
}

const rootsByBits = new Map<number, readonly bigint[]>();

/** 2^bits * 2^(-1/2), 2^bits * 2^(-1/4) …, rounded down. */
function rootsOfHalf(bits: number): readonly bigint[] {
  const known = rootsByBits.get(bits);
  if (known) return known;
  // Twice the digits while taking roots: a root of a value that was rounded down must not add a second error.
  const wide = BigInt(bits * 2);
  const roots: bigint[] = [];
  let value = 1n << (wide - 1n);
  for (let index = 0; index < bits; index += 1) {
    value = squareRoot(value << wide);
    roots.push(value >> BigInt(bits));
  }
  rootsByBits.set(bits, roots);
  return roots;
}

/** The largest integer whose square is at most `value`, by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}
