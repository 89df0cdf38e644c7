/** The 97.5 % quantile of the normal distribution: two-sided 95 %. */
export const z95 = 1.959963984540054;

/**
 * Score interval of a proportion, as fractions; [0, 1] where nothing was counted yet.
 *
 * Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209–212. Without
 * continuity correction. At 0 and n the limit is exactly 0 or 1, which rounding alone would miss.
 */
export function wilson(correct: number, n: number, z: number = z95): [lo: number, hi: number] {
  if (!(correct >= 0 && correct <= n)) throw new Error(`wilson: ${correct} of ${n}`);
  if (n === 0) return [0, 1];
  const p = correct / n;
  const z2 = z * z;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [correct === 0 ? 0 : Math.max(0, centre - half), correct === n ? 1 : Math.min(1, centre + half)];
}
