/** Bytes of one `Weight` in weightedSum.wgsl. */
export const WEIGHT_BYTES = 32;

/** Unit roundoff of float32. */
const U = 2 ** -24;

/** The leading `bits` bits of a float32's significand. */
function leading(x: number, bits: number): number {
  const word = new Uint32Array(1);
  const float = new Float32Array(word.buffer);
  float[0] = x;
  word[0] = ((word[0] ?? 0) >>> (24 - bits)) << (24 - bits);
  return float[0];
}

/** A factor as doubleFloat.wgsl wants it: split into float32s of 12 + 12 + 24 bits, and the first two together. */
export function splitFactor(weight: number): readonly [number, number, number, number] {
  const whole = Math.fround(weight);
  const upper = leading(whole, 12);
  return [upper, whole - upper, weight - whole, whole];
}

/** Weights as weightedSum.wgsl wants them: {@link splitFactor}, then the float64 bits. */
export function encodeWeights(weights: readonly number[]): Float32Array<ArrayBuffer> {
  const encoded = new Float32Array((weights.length * WEIGHT_BYTES) / 4);
  const view = new DataView(encoded.buffer);
  weights.forEach((weight, i) => {
    encoded.set(splitFactor(weight), i * 8);
    view.setFloat64(i * WEIGHT_BYTES + 16, weight, true);
  });
  return encoded;
}

/** Where the kernel's quick way is taken: see weightedSum.wgsl. */
export interface Quick {
  readonly smallest: number;
  readonly ratio: number;
  readonly largestBits: number;
}

/** Never. */
export const NEVER_QUICK: Quick = { smallest: 0, ratio: 0, largestBits: 0 };

/**
 * The bound under which a double-float sum of N terms is safe. With u = 2⁻²⁴ and M = Σ|wᵢ|·max|θᵢ|: the low part gathers N
 * rounding errors ≤ u·M, each of whose additions errs by ≤ u·(N·u·M); products and the final scaling add ≤ ~22 u² M. Together
 * (N²/2 + 6N + 16)·u²·M, which must be ≤ half an ulp of the result, ≥ u/2·|result|.
 * Below 2⁻⁹⁰ the low parts could be subnormal, which WGSL lets an adapter flush; from 2¹⁰⁰ on products could overflow.
 */
export function quickBounds(weights: readonly number[]): Quick {
  const magnitudes = weights.map(Math.abs).filter((weight) => weight > 0);
  if (magnitudes.some((weight) => weight > 2 ** 20 || weight < 2 ** -20)) return NEVER_QUICK;
  const n = weights.length;
  const total = magnitudes.reduce((sum, weight) => sum + weight, 0);
  return { smallest: 2 ** -90, ratio: (n * n * 0.5 + 6 * n + 16) * 2 * U * total, largestBits: (100 + 127) << 23 };
}
