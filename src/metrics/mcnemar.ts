import { fairBinomialTail } from './binomial.ts';

/**
 * Two-sided exact p of McNemar's test: `b` examples that only the first model gets right, `c` that only the second does. Under
 * the null each of the b + c is a fair throw. 1 where there are none. Stable to b + c of millions.
 *
 * McNemar, Q. (1947). Psychometrika 12, 153–157; the exact binomial form, as scipy's `binomtest(b, b + c)`.
 */
export function mcnemarExact(b: number, c: number): number {
  if (!(Number.isInteger(b) && Number.isInteger(c) && b >= 0 && c >= 0)) throw new Error(`mcnemarExact: ${b}, ${c}`);
  if (b === c) return 1;
  return Math.min(1, 2 * fairBinomialTail(Math.min(b, c), b + c));
}
