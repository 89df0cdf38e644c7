import { expect, test } from 'vitest';
import { hardValues, ulpDistance } from '../checkAveraging.ts';
import { plainKitchen, type StorageType } from '../index.ts';
import { weightedSum64 } from '../plainKitchen.ts';
import { decodeValues, encodeValues } from '../storageValues.ts';
import { single, take, withKitchen } from '../testing.ts';

const plan = { mode: 'streamed', budgetBytes: 0, predicted: { gpu: 0, js: 0, wasm: 0 }, chunkBytes: 65536, fits: true } as const;

for (const dataType of ['float32', 'float16', 'bfloat16', 'float64'] as const satisfies readonly StorageType[]) {
  test(`a running sum of ${dataType} equals a float64 sum bit for bit, with and without one more`, () =>
    withKitchen(async (kitchen) => {
      const elements = 40003;
      const spec = { name: 'w', dataType, elements };
      const parts =
        dataType === 'float64'
          ? [1, 2, 3, 4, 5].map((seed) => new Uint8Array(Float64Array.from({ length: elements }, (_, i) => Math.sin(i * seed) / 3).buffer))
          : hardValues(dataType, 5, elements, 3);
      const sources = parts.map((bytes, i) => single(`run-${i}.onnx`, spec, bytes));
      const values = parts.map((bytes) => decodeValues(dataType, bytes));
      const mean = (n: number) => {
        const sum = weightedSum64(
          values.slice(0, n),
          Array.from({ length: n }, () => 1),
        );
        return encodeValues(
          dataType,
          sum.map((value) => value * (1 / n)),
        );
      };
      const [gpu, plain] = [kitchen.openSum([spec]), plainKitchen().openSum([spec])];
      for (const [i, source] of sources.entries()) {
        expect(await take(kitchen, await gpu.mean(source, plan))).toEqual(new Map([['w', mean(i + 1)]]));
        await gpu.add(source, plan);
        await plain.add(source, plan);
        expect(gpu.count).toBe(i + 1);
        expect(await take(kitchen, await gpu.mean(undefined, plan))).toEqual(new Map([['w', mean(i + 1)]]));
      }
      // The plain kitchen walks the same way.
      expect(await take(plainKitchen(), await plain.mean(undefined, plan))).toEqual(new Map([['w', mean(5)]]));
      // And the weighted sum lies within 1 ulp of it.
      if (dataType !== 'float64') {
        const soup = await take(kitchen, await kitchen.cookStreamed([spec], sources, [0.2, 0.2, 0.2, 0.2, 0.2], plan));
        const hard = weightedSum64(values, [0.2, 0.2, 0.2, 0.2, 0.2]);
        expect(ulpDistance(dataType, soup.get('w') ?? new Uint8Array(), encodeValues(dataType, hard))).toBeLessThanOrEqual(1);
      }
      gpu.release();
    }));
}

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
