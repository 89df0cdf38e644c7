const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** IEEE 754 binary16 bits of a float32 value, round to nearest, ties to even. */
export function halfFromFloat(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  // Subnormal in half precision: a multiple of 2⁻²⁴. Adding 0.5 in float32 leaves exactly those bits, rounded by the FPU.
  float[0] = Math.abs(value);
  float[0] += 0.5;
  return sign | ((bits[0] ?? 0) - 0x3f000000);
}

/** The number that binary16 bits stand for. */
export function floatFromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function halvesFromFloats(values: Float32Array): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(values, halfFromFloat);
}

export function floatsFromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(halves, floatFromHalf);
}
