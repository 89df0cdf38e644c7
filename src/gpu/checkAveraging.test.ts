import { expect, test } from 'vitest';
import { ulpDistance } from './checkAveraging.ts';
import { checkAveraging, plainKitchen } from './index.ts';
import { elementBytes } from './slots.ts';
import { decodeValues, encodeValues } from './storageValues.ts';
import { withKitchen } from './testing.ts';
import type { TensorSpec } from './types.ts';

test('this adapter averages within 1 ulp of a float64 loop', () =>
  withKitchen(async (kitchen) => {
    const check = await checkAveraging(kitchen);
    expect(check).toMatchObject({ ok: true, elements: 4800 });
    expect(check.maxUlp).toBeLessThanOrEqual(1);
  }));

test('the integer way and the plain kitchen agree with it exactly', async () => {
  await withKitchen(async (kitchen) => expect((await checkAveraging(kitchen)).maxUlp).toBe(0), { careful: true });
  expect((await checkAveraging(plainKitchen())).maxUlp).toBe(0);
});

test('a kitchen that adds in float32 is found out', async () => {
  let soup: { spec: TensorSpec; bytes: Uint8Array<ArrayBuffer> } | undefined;
  const check = await checkAveraging({
    async cookStreamed([spec], sources, weights) {
      if (spec === undefined) throw new Error('No tensor.');
      const { dataType, elements } = spec;
      const sum = new Float32Array(elements);
      for (const [i, source] of sources.entries()) {
        const part = decodeValues(dataType, await source.read(spec, 0, elements * elementBytes(dataType)));
        part.forEach((x, e) => {
          sum[e] = (sum[e] ?? 0) + Math.fround(x * (weights[i] ?? 0));
        });
      }
      soup = { spec, bytes: encodeValues(dataType, Float64Array.from(sum)) };
      return { specs: [spec], byteLength: 0, release: () => undefined };
    },
    async *readBack() {
      if (soup !== undefined) yield soup;
    },
  });
  expect(check.ok).toBe(false);
  expect(check.maxUlp).toBeGreaterThan(1);
});

test('distance counts representable values', () => {
  const f32 = (x: number) => new Uint8Array(Float32Array.of(x).buffer);
  expect(ulpDistance('float32', f32(1), f32(1 + 2 ** -23))).toBe(1);
  expect(ulpDistance('float32', f32(2 ** -149), f32(-(2 ** -149)))).toBe(3);
  expect(ulpDistance('float32', f32(0), f32(-0))).toBe(1);
  expect(ulpDistance('float32', f32(1), f32(2))).toBe(2 ** 23);
});
