import { describe, expect, test } from 'vitest';
import vectors from '../../e2e/fixtures/statistics.json';
import { mcnemarExact, mcnemarSampleSize, pairedDifference, wilson } from './index.ts';

// Computed by scipy and statsmodels (e2e/fixtures/statistics_vectors.py). p-values agree to a relative 1e-9 however small they
// are; limits and differences to 1e-9 relative or 1e-12 absolute, for some of them are differences that cancel to almost 0.
function near(found: number, expected: number, absolute = 1e-12): void {
  const tolerance = Math.max(1e-9 * Math.abs(expected), absolute);
  expect(Math.abs(found - expected), `${found}, expected ${expected}`).toBeLessThanOrEqual(tolerance);
}

test('the vectors are there', () => {
  expect(vectors.wilson.length).toBeGreaterThan(30);
  expect(vectors.mcnemar.length).toBeGreaterThan(30);
  expect(vectors.paired.length).toBeGreaterThan(30);
  expect(vectors.pairsNeeded.length).toBeGreaterThan(10);
});

test.each(vectors.wilson)('Wilson interval of $correct of $n equals statsmodels', ({ correct, n, ci95 }) => {
  const [lo, hi] = wilson(correct, n);
  near(lo, ci95[0] as number);
  near(hi, ci95[1] as number);
});

test.each(vectors.mcnemar)('exact McNemar of $onlyFirst against $onlySecond equals scipy', ({ onlyFirst, onlySecond, p }) => {
  near(mcnemarExact(onlyFirst, onlySecond), p, 0);
});

test.each(vectors.paired)('paired difference of $both, $onlyFirst, $onlySecond, $neither', (row) => {
  const { difference, ci95 } = pairedDifference(row.n, row.both, row.onlyFirst, row.onlySecond);
  near(difference, row.difference);
  near(ci95[0], row.newcombe10[0] as number);
  near(ci95[1], row.newcombe10[1] as number);
});

test.each(vectors.pairsNeeded)('pairs needed at $p10 and $p01', ({ p10, p01, n }) => {
  expect(mcnemarSampleSize({ p10, p01 })).toBe(n);
});

describe('at the edges', () => {
  test('nothing counted yet is known to be anywhere', () => {
    expect(wilson(0, 0)).toEqual([0, 1]);
    expect(pairedDifference(0, 0, 0, 0)).toEqual({ difference: 0, ci95: [-1, 1] });
    expect(mcnemarExact(0, 0)).toBe(1);
  });

  test('another level and power, as the formula gives them by hand with z of 2.5758293 and 1.2815516', () => {
    const root = 2.5758293035489004 * Math.sqrt(0.15) + 1.2815515655446004 * Math.sqrt(0.15 - 0.0025);
    expect(mcnemarSampleSize({ p10: 0.1, p01: 0.05, alpha: 0.01, power: 0.9 })).toBe(Math.ceil(root ** 2 / 0.0025));
  });

  test('equal shares are never settled', () => {
    expect(mcnemarSampleSize({ p10: 0.03, p01: 0.03 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('a million discordant pairs: p is symmetric, and near the normal approximation with continuity correction', () => {
    const p = mcnemarExact(499_000, 501_000);
    expect(mcnemarExact(501_000, 499_000)).toBe(p);
    // (|b − c| − 1) / √(b + c) = 1.999: p of the normal is 0.045608…; the exact one differs by O(1 / n).
    expect(p).toBeCloseTo(0.0456085, 5);
  });

  test('counts that cannot be are refused', () => {
    expect(() => wilson(3, 2)).toThrow();
    expect(() => mcnemarExact(-1, 2)).toThrow();
    expect(() => pairedDifference(3, 2, 1, 1)).toThrow();
  });
});
