import { describe, expect, it } from 'vitest';
import { assertFinite, firstNotFinite } from './assertFinite.ts';
import { encodeValues } from './storageValues.ts';
import type { StorageType } from './types.ts';

const types: readonly StorageType[] = ['float32', 'float16', 'bfloat16', 'float64'];
const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('firstNotFinite', () => {
  for (const dataType of types) {
    it(`finds the first NaN or Inf of ${dataType}, and none among finite extremes`, () => {
      const largest = dataType === 'float16' ? 65504 : 3e38;
      const finite = Float64Array.of(0, -0, 1, -largest, largest, 2 ** -24, 5e-324);
      expect(firstNotFinite(dataType, encodeValues(dataType, finite))).toBe(-1);
      for (const value of bad) {
        const values = Float64Array.from([...finite, value, 1, value]);
        expect(firstNotFinite(dataType, encodeValues(dataType, values))).toBe(finite.length);
      }
    });
  }

  it('names file, tensor and element', () => {
    const bytes = encodeValues('float32', Float64Array.of(1, Number.NaN));
    expect(() => assertFinite('run-7.onnx', { name: 'fc.weight', dataType: 'float32', elements: 2 }, bytes)).toThrow(
      /run-7\.onnx.*fc\.weight.*element 1/,
    );
  });
});
