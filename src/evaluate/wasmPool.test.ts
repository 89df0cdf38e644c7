import { afterEach, describe, expect, it } from 'vitest';
import { problemOf } from '../problem/index.ts';
import { firstIndices } from './batches.ts';
import * as tiny from './fixtures/tiny.ts';
import { scoreOrdinary } from './ordinary.ts';
import type { Scorer } from './types.ts';
import { spawnWasmWorker } from './warmWorkers.ts';
import { openWasmScorer, type WasmScorerOptions } from './wasmPool.ts';

const TOLERANCE = 1e-5; // float32 sums of 144 products of order 0.3, in another order than in the reference
const open: Scorer[] = [];

async function scorer(variant: tiny.Variant, options: Partial<WasmScorerOptions> = {}): Promise<Scorer> {
  const made = await openWasmScorer({ template: await tiny.tinyTemplate(variant), workers: 2, ...options });
  open.push(made);
  await made.addSet('tiny', tiny.tinySet());
  await made.addWeights('a', tiny.cpuWeights(tiny.tinyWeights(variant, 'a')));
  await made.addWeights('b', tiny.cpuWeights(tiny.tinyWeights(variant, 'b')));
  return made;
}

afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});

const all = firstIndices(tiny.EXAMPLES);

describe('the wasm pool', () => {
  // Halves: the reference multiplies in float32; rounding every layer to 11 bits costs about 1e-3 of a logit of order 1 to 4.
  const variants: [tiny.Variant, number][] = [
    ['open', TOLERANCE],
    ['fixed', TOLERANCE],
    ['rank4', TOLERANCE],
    ['half', 1e-2],
  ];
  it.each(variants)('%s: hot-swapped logits equal onnxruntime in Python', async (variant, tolerance) => {
    const pool = await scorer(variant);
    for (const letter of ['a', 'b', 'a'] as const) {
      const logits = await pool.score(letter, 'tiny', all);
      expect(logits.classes).toBe(tiny.CLASSES);
      expect(tiny.largestDifference(logits.values, tiny.tinyLogits(variant, letter))).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each(['open', 'fixed'] as const)('%s: any selection, any tail', async (variant) => {
    const pool = await scorer(variant, { batchSize: 16 });
    const wanted = tiny.tinyLogits(variant, 'b');
    for (const indices of [[39], [3, 1, 2], [...all].reverse(), [...all].slice(0, 17)]) {
      const { values } = await pool.score('b', 'tiny', Uint32Array.from(indices));
      const rows = indices.flatMap((i) => wanted.slice(i * tiny.CLASSES, (i + 1) * tiny.CLASSES));
      expect(tiny.largestDifference(values, rows)).toBeLessThanOrEqual(TOLERANCE);
    }
    expect((await pool.score('b', 'tiny', new Uint32Array(0))).values).toHaveLength(0);
  });

  it('makes one session a worker, whatever is scored', async () => {
    const pool = await scorer('open');
    const before = pool.sessionsCreated;
    for (let soup = 0; soup < 30; soup++) {
      await pool.addWeights('soup', tiny.cpuWeights(tiny.mixedWeights(soup / 29)));
      const { values } = await pool.score('soup', 'tiny', all);
      if (soup === 0) expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'a'))).toBeLessThanOrEqual(TOLERANCE);
      if (soup === 29) expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'b'))).toBeLessThanOrEqual(TOLERANCE);
      if (soup === 2) expect(pool.sessionsCreated).toBe(before);
    }
    expect(before).toBe(2);
    expect(pool.sessionsCreated).toBe(before);
  });

  it('keeps overlapping calls apart', async () => {
    const pool = await scorer('open', { batchSize: 8 });
    const calls = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'a' : 'b') as 'a' | 'b');
    const results = await Promise.all(calls.map((letter) => pool.score(letter, 'tiny', all)));
    for (const [i, letter] of calls.entries()) {
      expect(tiny.largestDifference(results[i]?.values ?? [], tiny.tinyLogits('open', letter))).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('finishes a call whose weights are removed or replaced meanwhile with the weights it was asked for', async () => {
    const pool = await scorer('open', { batchSize: 8 });
    const first = pool.score('a', 'tiny', all);
    const second = pool.score('a', 'tiny', all);
    await pool.addWeights('a', tiny.cpuWeights(tiny.tinyWeights('open', 'b')));
    const third = pool.score('a', 'tiny', all);
    pool.removeWeights('a');
    for (const [call, letter] of [
      [first, 'a'],
      [second, 'a'],
      [third, 'b'],
    ] as const) {
      expect(tiny.largestDifference((await call).values, tiny.tinyLogits('open', letter))).toBeLessThanOrEqual(TOLERANCE);
    }
    await expect(pool.score('a', 'tiny', all)).rejects.toThrow('No weights "a"');
  });

  it('aborts between batches with the reason and goes on with the next call', async () => {
    const pool = await scorer('open', { batchSize: 8 });
    await pool.addSet('long', tiny.tinySet(500));
    const abort = new AbortController();
    const reason = new Error('enough');
    const long = pool.score('a', 'long', firstIndices(500 * tiny.EXAMPLES), { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 20);
    await expect(long).rejects.toBe(reason);
    const start = performance.now();
    const { values } = await pool.score('b', 'tiny', all);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'b'))).toBeLessThanOrEqual(TOLERANCE);
    await expect(pool.score('b', 'tiny', all, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('rejects with `evaluation` when a worker crashes, and starts another', async () => {
    const workers: Worker[] = [];
    const pool = await scorer('open', {
      workers: 1,
      spawn: () => {
        const worker = spawnWasmWorker();
        workers.push(worker);
        return worker;
      },
    });
    await pool.score('a', 'tiny', all);
    await pool.addSet('long', tiny.tinySet(500));
    const running = pool.score('a', 'long', firstIndices(500 * tiny.EXAMPLES));
    // No request at all: reading its fields throws in the worker, outside anything that answers.
    workers[0]?.postMessage(null);
    const problem = await running.then(() => undefined, problemOf);
    expect(problem?.kind).toBe('evaluation');
    const { values } = await pool.score('a', 'tiny', all);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'a'))).toBeLessThanOrEqual(TOLERANCE);
    expect(workers).toHaveLength(2);
    expect(pool.sessionsCreated).toBe(2);
  });

  it('refuses weights that are missing or of the wrong size, by name', async () => {
    const pool = await scorer('open');
    const short = new Map(tiny.tinyWeights('open', 'a')).set('fc.weight', new Uint8Array(100));
    const problem = await pool.addWeights('short', tiny.cpuWeights(short)).then(() => undefined, problemOf);
    expect(problem).toMatchObject({ kind: 'evaluation', initializer: 'fc.weight', expected: '1728 bytes', found: '100 bytes' });
    const missing = new Map(tiny.tinyWeights('open', 'a'));
    missing.delete('conv.bias');
    const other = await pool.addWeights('missing', tiny.cpuWeights(missing)).then(() => undefined, problemOf);
    expect(other).toMatchObject({ kind: 'evaluation', initializer: 'conv.bias', expected: '16 bytes' });
  });

  it('refuses a set of another shape and a model that is none', async () => {
    const pool = await scorer('open');
    const problem = await pool.addSet('wide', { ...tiny.tinySet(), inputDims: [3, 8, 8] }).then(() => undefined, problemOf);
    expect(problem?.kind).toBe('dataset-shape');
    expect(problem?.text).toBe('tiny: examples are for "image" [batch,3,8,8], the model\'s input is "image" [batch,1,8,8]');
    const template = { ...(await tiny.tinyTemplate('open')), model: new Uint8Array([1, 2, 3]) };
    const refused = await openWasmScorer({ template, workers: 1 }).then(() => undefined, problemOf);
    expect(refused?.kind).toBe('evaluation');
  });

  it('reports measured heaps and its own copies', async () => {
    const pool = await scorer('open', { workers: 1 });
    await pool.score('a', 'tiny', all);
    const { wasmBytes, jsBytes } = await pool.memory();
    expect(wasmBytes).toBeGreaterThanOrEqual(16 * 1024 * 1024);
    expect(wasmBytes % 65536).toBe(0);
    // Two sets of weights in the pool, one sent to the worker, and the pixels: 3 × (4·9 + 4 + 3·144 + 3) × 4 + 40 × 64.
    expect(jsBytes).toBe(3 * 475 * 4 + 2560);
  });
});

describe('an ordinary session', () => {
  it('scores a model that carries its weights', async () => {
    for (const variant of ['open', 'fixed'] as const) {
      const { values, classes } = await scoreOrdinary({ model: await tiny.tinyFile(variant) }, tiny.tinySet());
      expect(classes).toBe(tiny.CLASSES);
      expect(tiny.largestDifference(values, tiny.tinyLogits(variant, 'a'))).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});
