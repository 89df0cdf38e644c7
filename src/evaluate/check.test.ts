import { afterAll, describe, expect, it } from 'vitest';
import { checkProviders, judge } from './check.ts';
import { compareLogits } from './compare.ts';
import * as tiny from './fixtures/tiny.ts';
import { openWasmScorer } from './wasmPool.ts';
import { openWebgpuScorer } from './webgpu.ts';

const gpu = await tiny.openDevice();
afterAll(() => gpu.device.destroy());

async function both() {
  const template = await tiny.tinyTemplate('open');
  const webgpu = await openWebgpuScorer({ template, ...gpu, adapterIsSoftware: true });
  const wasm = await openWasmScorer({ template, workers: 2 });
  return { webgpu, wasm, set: tiny.tinySet(5), adapterIsSoftware: true, workers: 2 };
}

describe('the check of the providers', () => {
  it('finds that both agree and takes the faster', async () => {
    const scorers = await both();
    const a = tiny.tinyWeights('open', 'a');
    const weights = { webgpu: tiny.gpuWeights(gpu.device, a), wasm: tiny.cpuWeights(a) };
    const check = await checkProviders({ ...scorers, weights });
    expect(check).toMatchObject({ examples: 16, labelsAgree: 16, agree: true });
    expect(check.maxAbsoluteDifference).toBeLessThanOrEqual(1e-5);
    expect(check.chosen).toBe(check.imagesPerSecond.webgpu >= check.imagesPerSecond.wasm ? 'webgpu' : 'wasm');
    expect(check.imagesPerSecond.webgpu).toBeGreaterThan(0);
    // Nothing of the check stays behind.
    expect((await scorers.wasm.memory()).jsBytes).toBe(0);
    expect((await scorers.webgpu.memory()).jsBytes).toBe(0);
    // Weights that WebGPU gets wrong: the check must see it and choose wasm.
    const wrong = { webgpu: tiny.gpuWeights(gpu.device, tiny.tinyWeights('open', 'b')), wasm: tiny.cpuWeights(a) };
    const bad = await checkProviders({ ...scorers, weights: wrong });
    expect(bad).toMatchObject({ agree: false, chosen: 'wasm' });
    expect(bad.reason).toMatch(/^wasm on 2 workers: WebGPU on a software adapter gives other logits \(difference up to \d/);
    // Weights that WebGPU refuses: wasm goes on.
    const refused = await checkProviders({
      ...scorers,
      weights: { webgpu: { kind: 'gpu', buffers: new Map() }, wasm: tiny.cpuWeights(a) },
    });
    expect(refused).toMatchObject({ agree: false, chosen: 'wasm', examples: 0 });
    expect(refused.reason).toContain('"conv.weight" is missing');
    await Promise.all([scorers.webgpu.close(), scorers.wasm.close()]);
    for (const { buffers } of [weights.webgpu, wrong.webgpu]) for (const buffer of buffers.values()) buffer.destroy();
  });

  it('says it in a sentence', () => {
    const found = { maxAbsoluteDifference: 2.1e-6, labelsAgree: 256, agree: true };
    const gpuSentence = judge({ workers: 8, adapterIsSoftware: false }, 256, found, { webgpu: 210_400, wasm: 1000 });
    expect(gpuSentence).toMatchObject({ chosen: 'webgpu', reason: 'WebGPU agrees with wasm to 2e-6, 210 × faster' });
    const software = judge({ workers: 2, adapterIsSoftware: true }, 16, { ...found, labelsAgree: 16 }, { webgpu: 35, wasm: 2975 });
    expect(software).toMatchObject({
      chosen: 'wasm',
      reason: 'wasm on 2 workers: 85 × faster here than WebGPU on a software adapter, which agrees to 2e-6',
    });
    const wrong = judge(
      { workers: 1, adapterIsSoftware: false },
      256,
      { maxAbsoluteDifference: 0.31, labelsAgree: 250, agree: false },
      { webgpu: 9, wasm: 1 },
    );
    expect(wrong.chosen).toBe('wasm');
    expect(wrong.reason).toBe(
      'wasm on 1 worker: WebGPU gives other logits (difference up to 0.3, 6 of 256 labels differ), so it is not used',
    );
  });
});

describe('compareLogits', () => {
  const logits = (...values: number[]) => ({ values: new Float32Array(values), classes: 2 });

  it('forgives a label in a near-tie, not a label outside one', () => {
    expect(compareLogits(logits(1, 1.0005, 3, 2), logits(1.0005, 1, 3, 2))).toMatchObject({ labelsAgree: 1, agree: true });
    expect(compareLogits(logits(2, 3), logits(3, 2))).toMatchObject({ labelsAgree: 0, agree: false, maxAbsoluteDifference: 1 });
  });

  it('scales its tolerance with the logit, and never accepts NaN', () => {
    expect(compareLogits(logits(1000.5, 0), logits(1000, 0)).agree).toBe(true);
    expect(compareLogits(logits(1.002, 0), logits(1, 0)).agree).toBe(false);
    expect(compareLogits(logits(Number.NaN, 0), logits(1, 0))).toMatchObject({
      agree: false,
      maxAbsoluteDifference: Number.POSITIVE_INFINITY,
    });
  });
});
