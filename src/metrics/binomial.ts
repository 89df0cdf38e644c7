/**
 * log(n!) minus Stirling's √(2πn)(n/e)ⁿ. Small, so no digits are lost where large logarithms of factorials would cancel.
 * Loader, C. (2000). Fast and accurate computation of binomial probabilities.
 */
function stirlingError(n: number): number {
  if (n < 16) {
    let factorial = 1;
    for (let factor = 2; factor <= n; factor++) factorial *= factor;
    // Exact below 18!; for 0 the caller has a closed form.
    return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - 0.5 * Math.log(2 * Math.PI);
  }
  const n2 = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / n2) / n2) / n2) / n2) / n;
}

/** Deviance part x·log(x/m) + m − x, without cancellation where x is near m (Loader 2000, `bd0`). */
function deviance(x: number, m: number): number {
  const v = (x - m) / (x + m);
  if (Math.abs(v) >= 0.1) return x * Math.log(x / m) + m - x;
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

/** Probability of exactly k heads in n fair throws. */
function fairBinomial(k: number, n: number): number {
  if (k === 0 || k === n) return 2 ** -n;
  const rest = n - k;
  const logarithm = stirlingError(n) - stirlingError(k) - stirlingError(rest) - deviance(k, n / 2) - deviance(rest, n / 2);
  return Math.exp(logarithm) * Math.sqrt(n / (2 * Math.PI * k * rest));
}

/** Probability of at most k heads in n fair throws, for k ≤ n / 2: terms shrink downwards, so the sum ends after about √n of them. */
export function fairBinomialTail(k: number, n: number): number {
  let term = 1;
  let sum = 1;
  for (let j = k; j > 0; j--) {
    term *= j / (n - j + 1);
    const next = sum + term;
    if (next === sum) break;
    sum = next;
  }
  return fairBinomial(k, n) * sum;
}
