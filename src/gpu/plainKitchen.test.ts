import { expect, test } from 'vitest';
import { plainKitchen } from './index.ts';
import { fromMemory, take } from './testing.ts';

const specs = [
  { name: 'w', dataType: 'float32', elements: 3 },
  { name: 'h', dataType: 'float16', elements: 1 },
] as const;

function ingredient(name: string, w: readonly number[], h: number) {
  return fromMemory(
    name,
    new Map([
      ['w', new Uint8Array(Float32Array.from(w).buffer)],
      ['h', new Uint8Array(Uint16Array.of(h).buffer)],
    ]),
  );
}

const one = ingredient('one.onnx', [1, 2, 3], 0x3c00); // 1
const two = ingredient('two.onnx', [3, 2, 5], 0x4200); // 3
const plan = { mode: 'resident', budgetBytes: 0, predicted: { gpu: 0, js: 0, wasm: 0 }, chunkBytes: 65536, fits: true } as const;

test('load, cook, cookStreamed and the running sum agree', async () => {
  const kitchen = plainKitchen();
  const expected = new Map([
    ['w', new Uint8Array(Float32Array.of(2, 2, 4).buffer)],
    ['h', new Uint8Array(Uint16Array.of(0x4000).buffer)], // 2
  ]);
  const sets = [await kitchen.load(specs, one), await kitchen.load(specs, two)];
  expect(await take(kitchen, await kitchen.cook(sets, [0.5, 0.5]))).toEqual(expected);
  expect(await take(kitchen, await kitchen.cookStreamed(specs, [one, two], [0.5, 0.5], plan))).toEqual(expected);
  const sum = kitchen.openSum(specs);
  await sum.add(one, plan);
  expect(await take(kitchen, await sum.mean(two, plan))).toEqual(expected);
  expect(sum.count).toBe(1);
  await sum.add(two, plan);
  expect(await take(kitchen, await sum.mean(undefined, plan))).toEqual(expected);
  expect(kitchen.memory.jsPeak).toBeGreaterThan(0);
});

test('it names file, tensor and element of what is not finite', async () => {
  const bad = ingredient('run-3.onnx', [1, 2, 3], 0x7c00);
  await expect(plainKitchen().load(specs, bad)).rejects.toMatchObject({
    problem: { kind: 'not-finite', file: 'run-3.onnx', initializer: 'h' },
  });
});

test('it stops when asked to', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(plainKitchen().cookStreamed(specs, [one], [1], plan, undefined, { signal })).rejects.toThrow('enough');
});
