import { expect, test } from 'vitest';
import type { IngredientSource, Kitchen, MemoryPlan, TensorSpec, WeightSet } from './index.ts';
import { planMemory } from './index.ts';
import { bufferBytes, elementBytes } from './slots.ts';
import { encodeValues } from './storageValues.ts';
import { fromMemory, take, withKitchen } from './testing.ts';

/** Large, small, odd, empty, and all types; the large one takes several slots of the smallest chunk. */
const specs: readonly TensorSpec[] = [
  { name: 'conv.weight', dataType: 'float32', elements: 70001 },
  { name: 'conv.bias', dataType: 'float32', elements: 3 },
  { name: 'half.weight', dataType: 'float16', elements: 50001 },
  { name: 'half.bias', dataType: 'float16', elements: 1 },
  { name: 'brain.weight', dataType: 'bfloat16', elements: 7 },
  { name: 'wide.weight', dataType: 'float64', elements: 9001 },
  { name: 'nothing', dataType: 'float32', elements: 0 },
  ...Array.from({ length: 300 }, (_, i): TensorSpec => ({ name: `norm.${i}`, dataType: 'float32', elements: 1 + (i % 70) })),
];

function values(spec: TensorSpec, seed: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(
    { length: spec.elements },
    (_, i) => Math.sin(i * 0.37 + spec.name.length) * 0.5 + Math.cos(i * 1.7 + seed) * 0.01,
  );
}

function tensors(seed: number): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map(specs.map((spec) => [spec.name, encodeValues(spec.dataType, values(spec, seed))]));
}

const sources: readonly IngredientSource[] = [1, 2, 3].map((seed) => fromMemory(`run-${seed}.onnx`, tensors(seed)));
const third = [1 / 3, 1 / 3, 1 / 3];

function planFor(ingredients: number, budgetBytes: number): MemoryPlan {
  return planMemory({ specs, ingredients, budgetBytes, provider: 'webgpu', sessions: 1, constantsBytes: 0 });
}

/** The smallest chunks there are. */
const streamed: MemoryPlan = { ...planFor(3, 0), chunkBytes: 65536 };

async function loadAll(kitchen: Kitchen): Promise<WeightSet[]> {
  const sets: WeightSet[] = [];
  for (const source of sources) sets.push(await kitchen.load(specs, source));
  return sets;
}

function at(i: number): IngredientSource {
  const source = sources[i];
  if (source === undefined) throw new Error(`No source ${i}.`);
  return source;
}

test('what is loaded comes back as it was, one padded buffer a tensor', () =>
  withKitchen(async (kitchen) => {
    const set = await kitchen.load(specs, at(0));
    for (const spec of specs) expect(set.buffers?.get(spec.name)?.size).toBe(bufferBytes(spec));
    expect(await take(kitchen, set)).toEqual(tensors(1));
  }));

test('a resident and a streamed soup are the same bit for bit, whatever the chunks', () =>
  withKitchen(async (kitchen) => {
    const sets = await loadAll(kitchen);
    for (const weights of [third, [0.5, 0.3, 0.2]]) {
      const resident = await take(kitchen, await kitchen.cook(sets, weights));
      expect(await take(kitchen, await kitchen.cookStreamed(specs, sources, weights, streamed))).toEqual(resident);
      expect(await take(kitchen, await kitchen.cookStreamed(specs, sources, weights, planFor(3, 0)))).toEqual(resident);
    }
    for (const set of sets) set.release();
  }));

test('a soup goes into an existing set, keeping its buffers', () =>
  withKitchen(async (kitchen) => {
    const sets = await loadAll(kitchen);
    const into = await kitchen.cook(sets, [1, 0, 0]);
    const before = into.buffers?.get('conv.weight');
    expect(await kitchen.cook(sets, [0, 0, 1], into)).toBe(into);
    expect(into.buffers?.get('conv.weight')).toBe(before);
    expect(await take(kitchen, into)).toEqual(tensors(3));
    for (const set of sets) set.release();
  }));

test('progress ends at the total', () =>
  withKitchen(async (kitchen) => {
    const seen: number[] = [];
    let total = 0;
    const onProgress = (progress: { bytesDone: number; bytesTotal: number }) => {
      seen.push(progress.bytesDone);
      total = progress.bytesTotal;
    };
    (await kitchen.cookStreamed(specs, sources, third, streamed, undefined, { onProgress })).release();
    expect(total).toBe(3 * specs.reduce((sum, spec) => sum + spec.elements * elementBytes(spec.dataType), 0));
    expect(seen.at(-1)).toBe(total);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  }));

test('a streamed soup reads every byte once, never holds more than its ring, and stays under the prediction', () =>
  withKitchen(async (kitchen) => {
    let held = 0;
    let most = 0;
    let read = 0;
    const counted = sources.map(
      (source): IngredientSource => ({
        name: source.name,
        read: async (spec, offset, length) => {
          held += length;
          most = Math.max(most, held);
          read += length;
          await new Promise((resolve) => setTimeout(resolve, 1));
          held -= length;
          return source.read(spec, offset, length);
        },
      }),
    );
    (await kitchen.cookStreamed(specs, counted, third, streamed)).release();
    expect(read).toBe(3 * specs.reduce((sum, spec) => sum + spec.elements * elementBytes(spec.dataType), 0));
    expect(most).toBeLessThanOrEqual(4 * 3 * streamed.chunkBytes);
    expect(kitchen.memory.jsPeak).toBeLessThanOrEqual(4 * 3 * streamed.chunkBytes);
  }));

test('measured peaks stay under the prediction, resident and streamed', async () => {
  const resident = planFor(3, 1e9);
  expect(resident.mode).toBe('resident');
  await withKitchen(async (kitchen) => {
    const sets = await loadAll(kitchen);
    const soups = [await kitchen.cook(sets, third), await kitchen.cook(sets, [1, 0, 0]), await kitchen.cook(sets, [0, 1, 0])];
    for (const soup of soups) await take(kitchen, soup);
    for (const set of sets) set.release();
    expect(kitchen.memory.gpuPeak).toBeLessThanOrEqual(resident.predicted.gpu);
    expect(kitchen.memory.jsPeak).toBeLessThanOrEqual(resident.predicted.js);
  });
});

test('so they do for a streamed greedy of six larger ones, with a running sum and two soups', async () => {
  const large: readonly TensorSpec[] = [
    { name: 'a', dataType: 'float32', elements: 4_500_001 },
    { name: 'b', dataType: 'float16', elements: 11 },
  ];
  const six = Array.from(
    { length: 6 },
    (_, i): IngredientSource => ({ name: `run-${i}`, read: async (_spec, _at, length) => new Uint8Array(length).fill(i) }),
  );
  const ask = { specs: large, ingredients: 6, provider: 'webgpu', sessions: 1, constantsBytes: 0 } as const;
  const resident = planMemory({ ...ask, budgetBytes: 1e9 });
  const plan = planMemory({ ...ask, budgetBytes: resident.predicted.gpu + resident.predicted.js - 1 });
  expect(plan).toMatchObject({ mode: 'streamed', runningSum: true, fits: true });
  await withKitchen(async (kitchen) => {
    const sum = kitchen.openSum(large);
    for (const source of six.slice(0, 2)) await sum.add(source, plan);
    const best = await sum.mean(undefined, plan);
    const trial = await sum.mean(six[2], plan);
    await kitchen.cookStreamed(
      large,
      six,
      six.map(() => 1 / 6),
      plan,
      trial,
    );
    await take(kitchen, trial);
    best.release();
    sum.release();
    expect(kitchen.memory.gpuPeak).toBeLessThanOrEqual(plan.predicted.gpu);
    expect(kitchen.memory.jsPeak).toBeLessThanOrEqual(plan.predicted.js);
    // And the prediction is no idle one.
    expect(kitchen.memory.gpuPeak).toBeGreaterThan(plan.predicted.gpu / 2);
  });
});

test('cancelled in the middle, it rejects with the reason and holds nothing', () =>
  withKitchen(async (kitchen) => {
    const stop = new AbortController();
    const reason = new Error('changed my mind');
    let progress = 0;
    const options = {
      signal: stop.signal,
      onProgress: () => {
        progress += 1;
        if (progress === 4) stop.abort(reason);
      },
    };
    await expect(kitchen.cookStreamed(specs, sources, third, streamed, undefined, options)).rejects.toBe(reason);
    expect(progress).toBeLessThan(3 * specs.length);
    expect(kitchen.memory.gpuBytes).toBe(0);
    await expect(kitchen.load(specs, at(0), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(kitchen.memory.gpuBytes).toBe(0);
  }));

test('a reader that gives up the read-back leaves nothing behind', () =>
  withKitchen(async (kitchen) => {
    const set = await kitchen.load(specs, at(0));
    for await (const { spec } of kitchen.readBack(set)) {
      expect(spec.name).toBe('conv.weight');
      break;
    }
    set.release();
    expect(kitchen.memory.gpuBytes).toBe(0);
  }));

test('a device destroyed in the middle rejects with device-lost, at once, and so does everything after', () =>
  withKitchen(async (kitchen, gpu) => {
    let reads = 0;
    const stuck = sources.map(
      (source): IngredientSource => ({
        name: source.name,
        read: async (...args) => {
          reads += 1;
          if (reads === 5) gpu.device.destroy();
          // A read that never ends must not keep anyone waiting.
          return reads >= 5 ? new Promise(() => undefined) : source.read(...args);
        },
      }),
    );
    await expect(kitchen.cookStreamed(specs, stuck, third, streamed)).rejects.toMatchObject({ problem: { kind: 'device-lost' } });
    await expect(kitchen.load(specs, at(0))).rejects.toMatchObject({ problem: { kind: 'device-lost' } });
    expect(kitchen.memory.gpuBytes).toBe(0);
  }));

/** An ingredient with one wrong element. */
function spoilt(name: string, tensor: string, element: number, value: number): IngredientSource {
  const all = tensors(9);
  const spec = specs.find((candidate) => candidate.name === tensor);
  if (spec === undefined) throw new Error(`No tensor ${tensor}.`);
  const spoiltValues = values(spec, 9);
  spoiltValues[element] = value;
  all.set(tensor, encodeValues(spec.dataType, spoiltValues));
  return fromMemory(name, all);
}

for (const [tensor, element, value] of [
  ['conv.weight', 70000, Number.NaN],
  ['conv.bias', 2, Number.POSITIVE_INFINITY],
  ['half.weight', 50000, Number.NEGATIVE_INFINITY],
  ['half.bias', 0, Number.NaN],
  ['brain.weight', 6, Number.NaN],
  ['wide.weight', 8999, Number.POSITIVE_INFINITY],
  ['norm.123', 53, Number.NaN],
] as const) {
  test(`${value} in "${tensor}" is refused by file, tensor and element, wherever it is met`, () =>
    withKitchen(async (kitchen) => {
      const bad = spoilt('run-7.onnx', tensor, element, value);
      const expected = {
        problem: { kind: 'not-finite', file: 'run-7.onnx', initializer: tensor, found: `NaN or infinity at element ${element}` },
      };
      await expect(kitchen.load(specs, bad)).rejects.toMatchObject(expected);
      await expect(kitchen.cookStreamed(specs, [at(0), bad], [0.5, 0.5], streamed)).rejects.toMatchObject(expected);
      await expect(kitchen.cookStreamed(specs, [at(0), bad], [0.9, 0.1], streamed)).rejects.toMatchObject(expected);
      const sum = kitchen.openSum(specs);
      await sum.add(at(0), streamed);
      await expect(sum.mean(bad, streamed)).rejects.toMatchObject(expected);
      await expect(sum.add(bad, streamed)).rejects.toMatchObject(expected);
      sum.release();
    }));
}

test('a file that can no longer be read, or is too short, is named', () =>
  withKitchen(async (kitchen) => {
    const gone: IngredientSource = { name: 'gone.onnx', read: () => Promise.reject(new DOMException('moved', 'NotReadableError')) };
    await expect(kitchen.cookStreamed(specs, [at(0), gone], [0.5, 0.5], streamed)).rejects.toMatchObject({
      problem: { kind: 'read-failed', file: 'gone.onnx' },
    });
    const short: IngredientSource = { name: 'short.onnx', read: async () => new Uint8Array(1) };
    await expect(kitchen.load(specs, short)).rejects.toMatchObject({
      problem: { kind: 'truncated', file: 'short.onnx', found: '1 bytes' },
    });
  }));

test('a tensor larger than any buffer of this GPU is a memory problem, not a crash', () =>
  withKitchen(async (kitchen, gpu) => {
    const huge: TensorSpec = { name: 'embedding', dataType: 'float32', elements: gpu.device.limits.maxBufferSize / 4 + 4 };
    await expect(kitchen.load([huge], at(0))).rejects.toMatchObject({ problem: { kind: 'memory' } });
  }));

test('seventy-two ingredients at once', () =>
  withKitchen(async (kitchen) => {
    const spec: TensorSpec = { name: 'w', dataType: 'float32', elements: 40001 };
    const many = Array.from({ length: 72 }, (_, i) =>
      fromMemory(`run-${i}.onnx`, new Map([['w', encodeValues('float32', values(spec, i))]])),
    );
    const weights = many.map(() => 1 / 72);
    const plan = planMemory({ specs: [spec], ingredients: 72, budgetBytes: 0, provider: 'webgpu', sessions: 1, constantsBytes: 0 });
    const streamedSoup = await take(kitchen, await kitchen.cookStreamed([spec], many, weights, plan));
    const sets = [];
    for (const source of many) sets.push(await kitchen.load([spec], source));
    expect(await take(kitchen, await kitchen.cook(sets, weights))).toEqual(streamedSoup);
    for (const set of sets) set.release();
  }));
