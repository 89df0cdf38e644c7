import type * as Ort from 'onnxruntime-web/webgpu';
import { oneAtATime } from './lock.ts';
import { quiet, tinyModel } from './sessions.ts';
import { watchingMemory } from './wasmMemory.ts';

export interface WebgpuRuntime {
  readonly ort: typeof Ort;
  /** Size of the runtime's wasm heap now; undefined where it could not be reached. */
  heapBytes(): number | undefined;
}

let runtime: Promise<WebgpuRuntime> | undefined;
const keepAlive = new WeakMap<GPUDevice, Promise<unknown>>();

/**
 * The WebGPU build of the runtime, loaded when first wanted (27 MB of wasm), with a tiny session on `device` that is never released:
 * releasing a device's last session drops every pipeline compiled for it.
 */
export async function loadWebgpuRuntime(device: GPUDevice): Promise<WebgpuRuntime> {
  runtime ??= oneAtATime(async () => {
    const ort = await import('onnxruntime-web/webgpu');
    ort.env.logLevel = 'fatal';
    // More than one thread hangs for ever in a bundled build under cross-origin isolation.
    ort.env.wasm.numThreads = 1;
    const { memory } = await watchingMemory(() => ort.InferenceSession.create(tinyModel(), { ...quiet, executionProviders: ['wasm'] }));
    return { ort, heapBytes: () => memory?.buffer.byteLength };
  });
  const loaded = await runtime.catch((error: unknown) => {
    runtime = undefined;
    throw error;
  });
  let alive = keepAlive.get(device);
  if (alive === undefined) {
    alive = oneAtATime(() =>
      loaded.ort.InferenceSession.create(tinyModel(), { ...quiet, executionProviders: [{ name: 'webgpu', device }] }),
    );
    keepAlive.set(device, alive);
  }
  await alive;
  return loaded;
}
