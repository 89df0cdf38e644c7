import { describe, expect, it } from 'vitest';
import { floatFromHalf, halfFromFloat } from './half.ts';

describe('binary16', () => {
  it('round-trips all 65,536 bit patterns except the payload of NaN', () => {
    for (let half = 0; half < 65_536; half++) {
      const value = floatFromHalf(half);
      if (Number.isNaN(value)) expect(halfFromFloat(value) & 0x7fff).toBe(0x7e00);
      else if (halfFromFloat(value) !== half) expect(halfFromFloat(value)).toBe(half);
    }
  });

  it('equals DataView.setFloat16 between, at and around representable numbers', () => {
    const view = new DataView(new ArrayBuffer(2)) as DataView & { setFloat16(at: number, value: number): void };
    const float = new Float32Array(1);
    const bits = new Uint32Array(float.buffer);
    let differing = 0;
    // A prime stride visits every exponent, and ties come from halves of neighbours.
    for (let word = 0; word < 2 ** 32; word += 16_411) {
      bits[0] = word;
      const value = float[0] ?? 0;
      if (Number.isNaN(value)) continue;
      view.setFloat16(0, value);
      if (view.getUint16(0) !== halfFromFloat(value)) differing++;
    }
    for (let half = 0; half < 0x7bff; half++) {
      const tie = (floatFromHalf(half) + floatFromHalf(half + 1)) / 2;
      view.setFloat16(0, tie);
      if (view.getUint16(0) !== halfFromFloat(tie)) differing++;
    }
    expect(differing).toBe(0);
  });
});
