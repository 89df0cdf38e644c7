import { expect, test } from 'vitest';
import { decodeValues, encodeValues } from './storageValues.ts';

function words16(...bits: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

test('every finite 16-bit value survives decoding and encoding', () => {
  for (const [dataType, exponent] of [
    ['float16', 0x7c00],
    ['bfloat16', 0x7f80],
  ] as const) {
    const all = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & exponent) !== exponent);
    expect(encodeValues(dataType, decodeValues(dataType, words16(...all)))).toEqual(words16(...all));
  }
});

// Values from the table in IEEE 754-2008 and by hand.
test('float16 values are what the standard says', () => {
  expect([...decodeValues('float16', words16(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x3555))]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    -0,
    0.333251953125,
  ]);
});

test('rounding is to nearest even, once, with subnormals', () => {
  const cases: readonly (readonly [number, number])[] = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -40, 0x3c01],
    [2 ** -25, 0x0000],
    [2 ** -25 + 2 ** -50, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [2 ** -14 - 2 ** -26, 0x0400],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-1e300, 0xfc00],
  ];
  expect(encodeValues('float16', Float64Array.from(cases.map(([value]) => value)))).toEqual(words16(...cases.map(([, bits]) => bits)));
  // bfloat16 of a value just above the middle of two: rounding through float32 first would go wrong.
  expect(encodeValues('bfloat16', Float64Array.of(1 + 2 ** -8, 1 + 2 ** -8 + 2 ** -40, 3.4e38))).toEqual(words16(0x3f80, 0x3f81, 0x7f80));
});
