import { wilson } from './wilson.ts';

/** Difference of two accuracies on the same examples, as fractions. */
export interface PairedDifference {
  /** First minus second. */
  readonly difference: number;
  readonly ci95: readonly [lo: number, hi: number];
}

/**
 * Accuracy of the first model minus that of the second on the same n examples, with its 95 % interval. `bothRight`, `onlyA`,
 * `onlyB`: examples both, only the first, only the second got right.
 *
 * The interval is the score-based one with continuity-corrected φ: Newcombe, R. G. (1998). Improved confidence intervals for the
 * difference between binomial proportions based on paired data. Statistics in Medicine 17, 2635–2650, method 10. Unlike the
 * plain (Wald) interval it never has width 0 and never leaves −1 … 1. An empty table gives 0 within −1 … 1.
 */
export function pairedDifference(n: number, bothRight: number, onlyA: number, onlyB: number): PairedDifference {
  const neither = n - bothRight - onlyA - onlyB;
  if (Math.min(n, bothRight, onlyA, onlyB, neither) < 0) throw new Error(`pairedDifference: ${bothRight} + ${onlyA} + ${onlyB} of ${n}`);
  if (n === 0) return { difference: 0, ci95: [-1, 1] };
  const a = bothRight + onlyA;
  const b = bothRight + onlyB;
  const difference = (onlyA - onlyB) / n;
  const [lowA, highA] = wilson(a, n);
  const [lowB, highB] = wilson(b, n);
  const phi = correlation(bothRight, onlyA, onlyB, neither);
  const side = (from: number, to: number) => Math.sqrt(Math.max(0, from * from - 2 * phi * from * to + to * to));
  return {
    difference,
    ci95: [difference - side(a / n - lowA, highB - b / n), difference + side(highA - a / n, b / n - lowB)],
  };
}

function correlation(both: number, onlyA: number, onlyB: number, neither: number): number {
  const margins = [both + onlyA, onlyB + neither, both + onlyB, onlyA + neither];
  if (margins.includes(0)) return 0;
  const product = both * neither - onlyA * onlyB;
  const n = both + onlyA + onlyB + neither;
  const corrected = product > 0 ? Math.max(product - n / 2, 0) : product;
  return margins.reduce((quotient, margin) => quotient / Math.sqrt(margin), corrected);
}
