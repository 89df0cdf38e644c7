import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hardValues, ulpDistance } from '../checkAveraging.ts';
import type { Kitchen, StorageType } from '../index.ts';
import { weightedSum64 } from '../plainKitchen.ts';
import { elementBytes } from '../slots.ts';
import { decodeValues, encodeValues } from '../storageValues.ts';
import { exactMean32, single, take, withKitchen } from '../testing.ts';

const CHUNK = { mode: 'streamed', budgetBytes: 0, predicted: { gpu: 0, js: 0, wasm: 0 }, chunkBytes: 65536, fits: true } as const;

async function average(
  kitchen: Kitchen,
  dataType: StorageType,
  parts: readonly Uint8Array<ArrayBuffer>[],
  weights: readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const spec = { name: 'w', dataType, elements: (parts[0]?.byteLength ?? 0) / elementBytes(dataType) };
  const sources = parts.map((bytes, i) => single(`run-${i}.onnx`, spec, bytes));
  const soup = (await take(kitchen, await kitchen.cookStreamed([spec], sources, weights, CHUNK))).get('w');
  if (soup === undefined) throw new Error('No soup.');
  return soup;
}

function float64Loop(dataType: StorageType, parts: readonly Uint8Array<ArrayBuffer>[], weights: readonly number[]) {
  return encodeValues(
    dataType,
    weightedSum64(
      parts.map((bytes) => decodeValues(dataType, bytes)),
      weights,
    ),
  );
}

function f32(...values: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function uniform(n: number): readonly number[] {
  return Array.from({ length: n }, () => 1 / n);
}

/** Weights of any size and sign that are not equal. */
function uneven(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => ((i % 5 === 4 ? -0.1 : 1) * ((i + 1) / n + 1 / 3)) / n);
}

for (const dataType of ['float32', 'float16', 'bfloat16'] as const) {
  for (const n of [1, 2, 8, 9, 72]) {
    // Tolerance 1 ulp: the quick sum is within half an ulp of the float64 loop's value, so both round to the same or to neighbours.
    test(`${n} ingredients of hard ${dataType} lie within 1 ulp of a float64 loop`, () =>
      withKitchen(async (kitchen) => {
        const parts = hardValues(dataType, n, 4001, n);
        for (const weights of [uniform(n), dataType === 'float16' ? uniform(n).map((w, i) => w * (0.5 + (i % 3) / 4)) : uneven(n)]) {
          expect(
            ulpDistance(dataType, await average(kitchen, dataType, parts, weights), float64Loop(dataType, parts, weights)),
          ).toBeLessThanOrEqual(1);
        }
      }));
  }
}

for (const dataType of ['float32', 'float16', 'bfloat16', 'float64'] as const) {
  test(`the integer way equals a float64 loop bit for bit on any finite ${dataType}`, () =>
    withKitchen(
      async (kitchen) => {
        const size = elementBytes(dataType);
        const bytes = new Uint8Array(3 * 6000 * size);
        for (let at = 0; at < bytes.length; at += 32768) crypto.getRandomValues(bytes.subarray(at, at + 32768));
        if (dataType === 'float64') {
          // Neighbouring exponents, so that sums meet instead of swallowing each other; every 4th small enough to be subnormal.
          for (let e = 0; e < bytes.length / 8; e++) {
            const top = e % 4 === 0 ? 0 : 0x3fe0 + ((bytes[e * 8 + 7] ?? 0) & 0x1f);
            bytes[e * 8 + 7] = ((bytes[e * 8 + 6] ?? 0) & 0x80) | (top >> 8);
            bytes[e * 8 + 6] = (top & 0xf0) | ((bytes[e * 8 + 6] ?? 0) & 15);
          }
        }
        const values = decodeValues(dataType, bytes).map((value) => (Number.isFinite(value) ? value : 0.1));
        const all = encodeValues(dataType, values);
        const parts = [0, 1, 2].map((i) => all.slice(i * 6000 * size, (i + 1) * 6000 * size));
        const weights = [0.3, 1 / 3, 0.25];
        expect(await average(kitchen, dataType, parts, weights)).toEqual(float64Loop(dataType, parts, weights));
      },
      { careful: true },
    ));
}

test('hard numbers come out as they should', () =>
  withKitchen(async (kitchen) => {
    const third = Math.fround(1 / 3);
    const least = 2 ** -149;
    const most = 3.4028234663852886e38;
    const cases: readonly (readonly [readonly number[], number])[] = [
      [[1e30, -1e30, 1], third],
      [[1, 1e30, -1e30], 0], // float64 loses the 1 in this order, and so do we
      [[2 ** 20, 1, -(2 ** 20)], third],
      [[least, least, least], least],
      [[3 * least, 0, 0], least],
      [[least, 0, 0], 0],
      [[-(2 ** -130), 2 ** -128, 0], Math.fround((2 ** -128 - 2 ** -130) / 3)],
      [[most, most, most], most],
      [[0, 0, 0], 0],
      [[-0, -0, -0], -0],
      [[-0, 0, -0], 0],
      [[1 + 2 ** -23, 1, 1], 1],
      [[1 + 2 ** -23, 1 + 2 ** -23, 1], 1 + 2 ** -23],
    ];
    // Each four times, because the kernel sends four at once one way or the other.
    const parts = [0, 1, 2].map((i) => f32(...cases.flatMap(([values]) => Array.from({ length: 4 }, () => values[i] ?? 0))));
    const got = new Float32Array((await average(kitchen, 'float32', parts, uniform(3))).buffer);
    cases.forEach(([values, expected], i) => {
      expect({ values, mean: got[4 * i + 1] }).toEqual({ values, mean: expected });
    });
    // Ties go to even, whichever way through: (1 + (1 + ulp)) / 2 and the next.
    const ties = new Float32Array(
      (await average(kitchen, 'float32', [f32(1, 1 + 2 ** -23), f32(1 + 2 ** -23, 1 + 2 ** -22)], [0.5, 0.5])).buffer,
    );
    expect([...ties]).toEqual([1, 1 + 2 ** -22]);
  }));

test('the mean is within 1 ulp of the exact one where terms cancel by up to 2^24', () =>
  withKitchen(async (kitchen) => {
    const size = 30;
    const number = fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 }), fc.integer({ min: -20, max: 20 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(number, { minLength: size, maxLength: size }), { minLength: 2, maxLength: 9 }),
        async (ingredients) => {
          const values = ingredients.map((row) => row.map(([x, exponent]) => Math.fround(x * 2 ** exponent)));
          const weights = uniform(values.length);
          const got = await average(
            kitchen,
            'float32',
            values.map((row) => f32(...row)),
            weights,
          );
          const expected = f32(
            ...Array.from({ length: size }, (_, e) =>
              exactMean32(
                values.map((row) => row[e] ?? 0),
                weights,
              ),
            ),
          );
          const worst = Array.from({ length: size }, (_, e) => {
            const column = values.map((row) => row[e] ?? 0);
            const largest = Math.max(...column.map(Math.abs));
            const mean = exactMean32(column, weights);
            // Beyond 2^24 float64 itself no longer has a float32's worth of bits left; 0 stands for all bits cancelled.
            if (Math.abs(mean) < largest * 2 ** -24) return 0;
            return ulpDistance('float32', got.subarray(e * 4, e * 4 + 4), expected.subarray(e * 4, e * 4 + 4));
          });
          expect(Math.max(...worst)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 25 },
    );
  }));

test('enormous and tiny weights take the exact way', () =>
  withKitchen(async (kitchen) => {
    const parts = hardValues('float32', 3, 800).map((bytes) =>
      encodeValues(
        'float32',
        decodeValues('float32', bytes).map((v) => (Math.abs(v) > 1e20 ? 1 : v)),
      ),
    );
    for (const weights of [
      [1e-30, 2e-30, 1e-31],
      [1e10, -1e10, 1],
      [0, 0, 0],
      [1, 0, 0],
      [2 ** -1074, 1, 1],
    ]) {
      expect(
        ulpDistance('float32', await average(kitchen, 'float32', parts, weights), float64Loop('float32', parts, weights)),
      ).toBeLessThanOrEqual(1);
    }
  }));

test('a soup that overflows its type is refused, naming tensor and element', () =>
  withKitchen(async (kitchen) => {
    await expect(average(kitchen, 'float32', [f32(1, 3e38), f32(1, 3e38)], [1, 1])).rejects.toMatchObject({
      problem: { kind: 'not-finite', initializer: 'w', found: 'overflow at element 1' },
    });
    const half = encodeValues('float16', Float64Array.of(1, 2, 60000));
    await expect(average(kitchen, 'float16', [half, half], [1, 1])).rejects.toMatchObject({ problem: { found: 'overflow at element 2' } });
  }));
