import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { problemOf } from '../problem/index.ts';
import { firstIndices } from './batches.ts';
import * as tiny from './fixtures/tiny.ts';
import { scoreOrdinary } from './ordinary.ts';
import type { Scorer } from './types.ts';
import { openWebgpuScorer, type WebgpuScorerOptions } from './webgpu.ts';

const TOLERANCE = 1e-5; // float32 sums of 144 products of order 0.3, in another order than in the reference
const all = firstIndices(tiny.EXAMPLES);
const open: Scorer[] = [];
const buffers: GPUBuffer[] = [];
let gpu: tiny.TestDevice;

beforeAll(async () => {
  gpu = await tiny.openDevice();
});
afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
  for (const buffer of buffers.splice(0)) buffer.destroy();
  expect(gpu.takeErrors()).toEqual([]);
});
afterAll(() => {
  gpu.device.destroy();
  for (const spy of said) expect(spy).not.toHaveBeenCalled();
});
// The console stays silent whatever the runtime thinks of a graph.
const said = (['log', 'info', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));

function upload(device: GPUDevice, tensors: ReturnType<typeof tiny.tinyWeights>) {
  const weights = tiny.gpuWeights(device, tensors);
  buffers.push(...weights.buffers.values());
  return weights;
}

async function scorer(variant: tiny.Variant, options: Partial<WebgpuScorerOptions> = {}): Promise<Scorer> {
  const made = await openWebgpuScorer({ template: await tiny.tinyTemplate(variant), ...gpu, adapterIsSoftware: true, ...options });
  open.push(made);
  const device = options.device ?? gpu.device;
  await made.addSet('tiny', tiny.tinySet());
  await made.addWeights('a', upload(device, tiny.tinyWeights(variant, 'a')));
  await made.addWeights('b', upload(device, tiny.tinyWeights(variant, 'b')));
  return made;
}

describe('the WebGPU scorer', () => {
  it.each(['open', 'fixed', 'rank4'] as const)('%s: hot-swapped logits equal an ordinary session and Python', async (variant) => {
    const webgpu = await scorer(variant);
    for (const letter of ['a', 'b', 'a'] as const) {
      const logits = await webgpu.score(letter, 'tiny', all);
      expect(logits.classes).toBe(tiny.CLASSES);
      expect(tiny.largestDifference(logits.values, tiny.tinyLogits(variant, letter))).toBeLessThanOrEqual(TOLERANCE);
    }
    const ordinary = await scoreOrdinary({ model: await tiny.tinyFile(variant) }, tiny.tinySet());
    const swapped = await webgpu.score('a', 'tiny', all);
    expect(tiny.largestDifference(swapped.values, ordinary.values)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('follows buffers that are written again: one session, 3 and 30 soups', async () => {
    const webgpu = await scorer('open');
    const soup = upload(gpu.device, tiny.mixedWeights(0));
    await webgpu.addWeights('soup', soup);
    for (let k = 0; k < 30; k++) {
      for (const [name, bytes] of tiny.mixedWeights(k / 29)) {
        const buffer = soup.buffers.get(name);
        if (buffer !== undefined) gpu.device.queue.writeBuffer(buffer, 0, bytes);
      }
      const { values } = await webgpu.score('soup', 'tiny', all.subarray(0, 8));
      if (k === 29) expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'b').slice(0, 24))).toBeLessThanOrEqual(TOLERANCE);
      if (k === 2) expect(webgpu.sessionsCreated).toBe(1);
    }
    expect(webgpu.sessionsCreated).toBe(1);
  });

  it.each(['open', 'fixed'] as const)('%s: any selection, any tail', async (variant) => {
    const webgpu = await scorer(variant);
    const wanted = tiny.tinyLogits(variant, 'b');
    for (const indices of [[39], [3, 1, 2], [...all].reverse()]) {
      const { values } = await webgpu.score('b', 'tiny', Uint32Array.from(indices));
      const rows = indices.flatMap((i) => wanted.slice(i * tiny.CLASSES, (i + 1) * tiny.CLASSES));
      expect(tiny.largestDifference(values, rows)).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('keeps overlapping calls, openings and closings apart', async () => {
    const webgpu = await scorer('open');
    const calls = ['a', 'b', 'b', 'a', 'b'] as const;
    const [other, ...results] = await Promise.all([scorer('fixed'), ...calls.map((letter) => webgpu.score(letter, 'tiny', all))]);
    const closing = other.close();
    const last = await webgpu.score('a', 'tiny', all);
    await closing;
    for (const [i, letter] of calls.entries()) {
      expect(tiny.largestDifference(results[i]?.values ?? [], tiny.tinyLogits('open', letter))).toBeLessThanOrEqual(TOLERANCE);
    }
    expect(tiny.largestDifference(last.values, tiny.tinyLogits('open', 'a'))).toBeLessThanOrEqual(TOLERANCE);
  });

  it('aborts between batches, and while waiting its turn', async () => {
    const webgpu = await scorer('open', { batchSize: 4 });
    await webgpu.addSet('long', tiny.tinySet(25));
    const abort = new AbortController();
    const reason = new Error('enough');
    const indices = firstIndices(25 * tiny.EXAMPLES);
    const running = webgpu.score('a', 'long', indices, { signal: abort.signal });
    const waiting = webgpu.score('b', 'long', indices, { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 30);
    await expect(waiting).rejects.toBe(reason);
    await expect(running).rejects.toBe(reason);
    const { values } = await webgpu.score('b', 'tiny', all);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'b'))).toBeLessThanOrEqual(TOLERANCE);
  });

  it('refuses a buffer that is too small, by name: the runtime would give garbage without an error', async () => {
    const webgpu = await scorer('open');
    const weights = upload(gpu.device, tiny.tinyWeights('open', 'a'));
    const small = gpu.device.createBuffer({ size: 160, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
    buffers.push(small);
    const wrong = { kind: 'gpu', buffers: new Map(weights.buffers).set('fc.weight', small) } as const;
    const problem = await webgpu.addWeights('small', wrong).then(() => undefined, problemOf);
    expect(problem).toMatchObject({ kind: 'evaluation', initializer: 'fc.weight', expected: '1728 bytes', found: '160 bytes' });
    expect(problem?.text).toBe('Initializer "fc.weight" [3,144] has 160 bytes of GPU buffer, expected 1728');
  });

  it('does not use a result when the GPU reported an error meanwhile', async () => {
    const webgpu = await scorer('open');
    // An invalid copy, outside any error scope.
    const buffer = gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
    buffers.push(buffer);
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 16);
    const scoring = webgpu.score('a', 'tiny', all);
    gpu.device.queue.submit([encoder.finish()]);
    const problem = await scoring.then(() => undefined, problemOf);
    expect(problem?.kind).toBe('evaluation');
    const { values } = await webgpu.score('a', 'tiny', all);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'a'))).toBeLessThanOrEqual(TOLERANCE);
  });

  it('rejects promptly when the device is lost, and a new device works in the same page', async () => {
    const doomed = await tiny.openDevice();
    const webgpu = await scorer('open', { ...doomed, batchSize: 4 });
    await webgpu.addSet('long', tiny.tinySet(25));
    const running = webgpu.score('a', 'long', firstIndices(25 * tiny.EXAMPLES));
    const waiting = webgpu.score('b', 'tiny', all);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    doomed.device.destroy();
    expect((await running.then(() => undefined, problemOf))?.kind).toBe('device-lost');
    expect((await waiting.then(() => undefined, problemOf))?.kind).toBe('device-lost');
    expect(performance.now() - start).toBeLessThan(2000);
    const after = await webgpu.score('a', 'tiny', all).then(() => undefined, problemOf);
    expect(after?.kind).toBe('device-lost');
    await webgpu.close();
    const again = await scorer('open');
    const { values } = await again.score('a', 'tiny', all);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'a'))).toBeLessThanOrEqual(TOLERANCE);
    const fresh = await tiny.openDevice();
    const third = await scorer('open', fresh);
    expect(tiny.largestDifference((await third.score('b', 'tiny', all)).values, tiny.tinyLogits('open', 'b'))).toBeLessThanOrEqual(
      TOLERANCE,
    );
    await third.close();
    fresh.device.destroy();
  });

  it.each([0, 1, 3, 10, 30, 100])('survives a device lost %d ms into the first run', async (milliseconds) => {
    const doomed = await tiny.openDevice();
    const webgpu = await scorer('open', doomed);
    const running = webgpu.score('a', 'tiny', all);
    const settled = running.then(
      () => 'done',
      (error) => problemOf(error)?.kind,
    );
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const start = performance.now();
    doomed.device.destroy();
    expect(['done', 'device-lost']).toContain(await settled);
    expect(performance.now() - start).toBeLessThan(1000);
    await webgpu.close();
    const fresh = await tiny.openDevice();
    const again = await scorer('open', fresh);
    const { values } = await again.score('b', 'tiny', all);
    expect(tiny.largestDifference(values, tiny.tinyLogits('open', 'b'))).toBeLessThanOrEqual(TOLERANCE);
    await again.close();
    fresh.device.destroy();
  });

  it('reports the heap of the runtime', async () => {
    const webgpu = await scorer('open');
    const { wasmBytes, jsBytes } = await webgpu.memory();
    expect(wasmBytes).toBeGreaterThanOrEqual(16 * 1024 * 1024);
    expect(jsBytes).toBe(2560);
  });
});
