import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkFor, planMemory, RING_BYTES, STREAM_LANES, setBytes } from './planMemory.ts';
import type { TensorSpec } from './types.ts';

const MB = 1024 * 1024;

function model(megabytes: number, tensors = 8): TensorSpec[] {
  return Array.from({ length: tensors }, (_, i) => ({
    name: `w${i}`,
    dataType: 'float32' as const,
    elements: (megabytes * MB) / 4 / tensors,
  }));
}

function question(specs: readonly TensorSpec[], ingredients: number, megabytes: number) {
  return { specs, ingredients, budgetBytes: megabytes * MB, provider: 'webgpu' as const, sessions: 1, constantsBytes: MB };
}

test('what fits stays on the GPU', () => {
  const plan = planMemory(question(model(1), 8, 256));
  expect(plan).toMatchObject({ mode: 'resident', fits: true });
  expect(plan.predicted.gpu).toBeGreaterThan(11 * MB);
});

test('four checkpoints of 340 MB are streamed through 1 GB; greedy then has no running sum, which 2 GB would have', () => {
  expect(planMemory({ ...question(model(340, 100), 4, 1024), greedy: false })).toMatchObject({ mode: 'streamed', fits: true });
  expect(planMemory(question(model(340, 100), 4, 1024))).toMatchObject({ mode: 'streamed', fits: true, runningSum: false });
  const plan = planMemory(question(model(340, 100), 4, 2000));
  expect(plan).toMatchObject({ mode: 'streamed', fits: true, runningSum: true });
  expect(plan.predicted.gpu).toBeGreaterThan(4 * 340 * MB);
});

test('what does not fit even so is said not to', () => {
  expect(planMemory(question(model(340), 4, 256)).fits).toBe(false);
});

test('wasm sessions count', () => {
  const one = planMemory({ ...question(model(10), 4, 1024), provider: 'wasm', sessions: 1 });
  const two = planMemory({ ...question(model(10), 4, 1024), provider: 'wasm', sessions: 2 });
  expect(two.predicted.wasm).toBe(2 * one.predicted.wasm);
  expect(one.predicted.js).toBeGreaterThan(planMemory(question(model(10), 4, 1024)).predicted.js);
});

test('a larger budget never fits less, and a fitting plan never predicts more than the budget', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: 8192 }),
      (size, ingredients, budget) => {
        const plan = planMemory(question(model(size), ingredients, budget));
        const larger = planMemory(question(model(size), ingredients, 2 * budget));
        const { gpu, js, wasm } = plan.predicted;
        expect(plan.fits).toBe(gpu + js + wasm <= budget * MB);
        if (plan.fits) expect(larger.fits).toBe(true);
        expect(gpu).toBeGreaterThanOrEqual(2 * setBytes(model(size)));
        expect(plan.chunkBytes).toBeGreaterThanOrEqual(65536);
      },
    ),
  );
});

test('chunks are powers of two within their limits and the ring within its bytes', () => {
  for (const ingredients of [1, 2, 3, 4, 8, 72, 1000]) {
    const chunk = chunkFor(model(64), ingredients, RING_BYTES, STREAM_LANES);
    expect(Math.log2(chunk) % 1).toBe(0);
    if (chunk > 65536) expect(chunk * ingredients * STREAM_LANES).toBeLessThanOrEqual(RING_BYTES);
  }
});
