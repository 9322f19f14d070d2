/** Lengths for charts: across in percent, so that nothing but the bars grows with the page; down in pixels. */

/** A percentage as an attribute, short enough for pages with hundreds of bars. */
export const percent = (value: number): string => `${Math.round(value * 1_000) / 1_000}%`;

const TICKS_MAX = 4;

/** Whole steps of 1, 2 or 5 times a power of ten, at most a few up to `max`. */
export function wholeStep(max: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      if (max / (digit * power) <= TICKS_MAX) return digit * power;
    }
  }
}

/** A text that has to fit on one line of a narrow screen; what is left out stands in the table. */
export function shortened(text: string, lengthMax = 30): string {
  const letters = [...text];
  return letters.length <= lengthMax
    ? text
    : `${letters
        .slice(0, lengthMax - 1)
        .join('')
        .trimEnd()}…`;
}
