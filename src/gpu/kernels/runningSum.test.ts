import { expect, test } from 'vitest';
import { hardValues, ulpDistance } from '../checkAveraging.ts';
import { type Kitchen, plainKitchen, type StorageType } from '../index.ts';
import { weightedSum64 } from '../plainKitchen.ts';
import { elementBytes } from '../slots.ts';
import { decodeValues, encodeValues } from '../storageValues.ts';
import { single, take, withKitchen } from '../testing.ts';

const plan = { mode: 'streamed', budgetBytes: 0, predicted: { gpu: 0, js: 0, wasm: 0 }, chunkBytes: 65536, fits: true } as const;

async function meansOf(
  kitchen: Kitchen,
  dataType: StorageType,
  parts: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const spec = { name: 'w', dataType, elements: (parts[0]?.byteLength ?? 0) / elementBytes(dataType) };
  const sum = kitchen.openSum([spec]);
  const means: Uint8Array<ArrayBuffer>[] = [];
  for (const [i, bytes] of parts.entries()) {
    const source = single(`run-${i}.onnx`, spec, bytes);
    means.push((await take(kitchen, await sum.mean(source, plan))).get('w') ?? new Uint8Array());
    await sum.add(source, plan);
    expect(sum.count).toBe(i + 1);
    means.push((await take(kitchen, await sum.mean(undefined, plan))).get('w') ?? new Uint8Array());
  }
  sum.release();
  return means;
}

function float64Means(dataType: StorageType, parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const values = parts.map((bytes) => decodeValues(dataType, bytes));
  return values.flatMap((_, i) => {
    const sum = weightedSum64(
      values.slice(0, i + 1),
      values.map(() => 1),
    );
    const mean = encodeValues(
      dataType,
      sum.map((value) => value * (1 / (i + 1))),
    );
    return [mean, mean];
  });
}

/** Numbers like those of fine-tunes, which the quick way must get right, after hard ones, which it must leave alone. */
function parts(dataType: StorageType, count: number): readonly Uint8Array<ArrayBuffer>[] {
  if (dataType === 'float64') {
    return Array.from(
      { length: count },
      (_, seed) => new Uint8Array(Float64Array.from({ length: 20003 }, (_, i) => Math.sin(i * (seed + 1)) / 3).buffer),
    );
  }
  return hardValues(dataType, count, 20003, 3).map((hard, seed) => {
    const like = Float64Array.from({ length: 20000 }, (_, i) => Math.sin(i) * 0.05 + Math.cos(i * (seed + 2)) * 0.01);
    const both = new Uint8Array(hard.byteLength + like.length * elementBytes(dataType));
    both.set(encodeValues(dataType, like));
    both.set(hard, like.length * elementBytes(dataType));
    return both;
  });
}

for (const dataType of ['float32', 'float16', 'bfloat16', 'float64'] as const satisfies readonly StorageType[]) {
  // The sum itself is exact as float64; only the quick product with 1/n is not that of float64, by far less than half an ulp.
  test(`means of a running sum of ${dataType} are within 1 ulp of a float64 loop, with and without one more`, () =>
    withKitchen(async (kitchen) => {
      const five = parts(dataType, 5);
      const expected = float64Means(dataType, five);
      for (const [i, mean] of (await meansOf(kitchen, dataType, five)).entries()) {
        const reference = expected[i] ?? new Uint8Array();
        if (dataType === 'float64') expect(mean).toEqual(reference);
        else expect(ulpDistance(dataType, mean, reference)).toBeLessThanOrEqual(1);
      }
    }));

  test(`in integers they are those of a float64 loop bit for bit, ${dataType}, and so are the plain kitchen's`, async () => {
    const three = parts(dataType, 3);
    const expected = float64Means(dataType, three);
    await withKitchen(async (kitchen) => expect(await meansOf(kitchen, dataType, three)).toEqual(expected), { careful: true });
    expect(await meansOf(plainKitchen(), dataType, three)).toEqual(expected);
  });
}

test('the sum loses nothing that float64 keeps: small terms survive large ones that cancel', () =>
  withKitchen(async (kitchen) => {
    const f32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
    // 2^28 + 1.2345678 - 2^28 in the same order, four different small terms at once.
    const small = [1.2345678, -0.7654321, 3.2415927, 2 ** -20].map(Math.fround);
    const big = small.map(() => 2 ** 28);
    const means = await meansOf(kitchen, 'float32', [f32(...big), f32(...small), f32(...big.map((x) => -x))]);
    expect(means.at(-1)).toEqual(f32(...small.map((x) => (2 ** 28 + x - 2 ** 28) * (1 / 3))));
  }));

test('a sum that was interrupted while adding says so instead of giving a wrong mean', () =>
  withKitchen(async (kitchen) => {
    const spec = { name: 'w', dataType: 'float32', elements: 8 } as const;
    const sum = kitchen.openSum([spec]);
    const good = single('good.onnx', spec, new Uint8Array(32));
    await sum.add(good, plan);
    await expect(sum.add({ name: 'gone.onnx', read: () => Promise.reject(new Error('gone')) }, plan)).rejects.toMatchObject({
      problem: { kind: 'read-failed' },
    });
    expect(sum.count).toBe(1);
    await expect(sum.mean(undefined, plan)).rejects.toThrow('interrupted');
    sum.release();
    await expect(sum.add(good, plan)).rejects.toThrow('released');
  }));
