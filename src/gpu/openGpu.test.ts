import { expect, test } from 'vitest';
import { openGpu } from './index.ts';
import { isSoftware } from './openGpu.ts';

test('a device has its adapter’s own limits', async () => {
  const gpu = await openGpu();
  if (gpu === undefined) throw new Error('No adapter.');
  try {
    expect(gpu.device.limits.maxBufferSize).toBe(gpu.adapter.limits.maxBufferSize);
    expect(gpu.device.limits.maxStorageBufferBindingSize).toBe(gpu.facts.maxStorageBufferBindingSize);
    expect(gpu.facts.description).not.toBe('');
    // The tests run on SwiftShader (e2e/run/chromium.ts).
    expect(gpu.facts.software).toBe(true);
  } finally {
    gpu.close();
  }
  expect(await gpu.lost).toContain('destroyed');
});

test('errors outside any scope are kept, then forgotten', async () => {
  const gpu = await openGpu();
  if (gpu === undefined) throw new Error('No adapter.');
  try {
    gpu.device.createBuffer({ label: 'wrong', size: 4, usage: 0 });
    await gpu.device.queue.onSubmittedWorkDone();
    expect(gpu.takeErrors().join()).toContain('wrong');
    expect(gpu.takeErrors()).toEqual([]);
  } finally {
    gpu.close();
  }
});

test('it works in a worker', async () => {
  const worker = new Worker(new URL('./openGpu.testWorker.ts', import.meta.url), { type: 'module' });
  try {
    const answer = await new Promise((resolve, reject) => {
      worker.addEventListener('message', (event) => resolve(event.data));
      worker.addEventListener('error', (event) => reject(new Error(event.message)));
    });
    expect(answer).toMatchObject({ ok: true, maxUlp: expect.any(Number) });
  } finally {
    worker.terminate();
  }
});

test('software rasterisers are known by name or by the browser’s word', () => {
  const info = (description: string, isFallbackAdapter = false) => ({
    vendor: '',
    architecture: '',
    device: '',
    description,
    isFallbackAdapter,
  });
  expect(isSoftware(info('SwiftShader Device (Subzero)'))).toBe(true);
  expect(isSoftware(info('llvmpipe (LLVM 15)'))).toBe(true);
  expect(isSoftware(info('Microsoft Basic Render Driver'))).toBe(true);
  expect(isSoftware(info('', true))).toBe(true);
  expect(isSoftware(info('NVIDIA GeForce RTX 4090'))).toBe(false);
});
