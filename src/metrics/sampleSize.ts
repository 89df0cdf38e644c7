import { normalQuantile } from './normal.ts';

/**
 * Examples that a two-sided McNemar test needs to find a difference like this one: `p10` and `p01` are the shares of examples
 * that only the first and only the second model get right. Infinity where they are equal.
 *
 * Connor, R. J. (1987). Sample size for testing differences in proportions for the paired-sample design. Biometrics 43,
 * 207–211: n = (z₁₋α⁄₂ √ψ + z_power √(ψ − δ²))² / δ², with ψ = p10 + p01 and δ = p10 − p01.
 */
export function mcnemarSampleSize({ p10, p01, alpha = 0.05, power = 0.8 }: SampleSizeOptions): number {
  if (!(p10 >= 0 && p01 >= 0 && p10 + p01 <= 1)) throw new Error(`mcnemarSampleSize: shares ${p10} and ${p01}`);
  const psi = p10 + p01;
  const delta = p10 - p01;
  if (delta === 0) return Number.POSITIVE_INFINITY;
  const root = normalQuantile(1 - alpha / 2) * Math.sqrt(psi) + normalQuantile(power) * Math.sqrt(psi - delta * delta);
  return Math.ceil((root / delta) ** 2);
}

export interface SampleSizeOptions {
  readonly p10: number;
  readonly p01: number;
  readonly alpha?: number;
  readonly power?: number;
}
