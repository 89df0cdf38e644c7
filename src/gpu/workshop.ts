import { type BufferStore, outOfMemoryProblem, scoped } from './buffers.ts';
import type { Fuse } from './fuse.ts';
import { NONE } from './notFinite.ts';
import { bufferBytes, roundUp, tensorBytes } from './slots.ts';
import type { Errand, JsAccount } from './stream.ts';
import type { TensorSpec, WeightSet } from './types.ts';

/** The device with its account and its fuse: what every part of the kitchen works with. */
export interface Workshop {
  readonly device: GPUDevice;
  readonly store: BufferStore;
  readonly fuse: Fuse;
  readonly js: JsAccount;
  /** Everything in integers, see KitchenSettings. */
  readonly careful: boolean;
  /** Compiles kernels once: the same promise for the same key. */
  kernels<T>(key: string, make: () => Promise<T>): Promise<T>;
}

/** A store of promises by key, for kernels of one device. */
export function onceByKey(): Workshop['kernels'] {
  const known = new Map<string, Promise<unknown>>();
  return <T>(key: string, make: () => Promise<T>) => {
    const promise = (known.get(key) as Promise<T> | undefined) ?? make();
    known.set(key, promise);
    return promise;
  };
}

export const STORAGE_USAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;

/** A set of weights as buffers of this kitchen. */
export class GpuWeightSet implements WeightSet {
  readonly specs: readonly TensorSpec[];
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly byteLength: number;
  readonly #store: BufferStore;

  constructor(store: BufferStore, specs: readonly TensorSpec[], buffers: ReadonlyMap<string, GPUBuffer>) {
    this.#store = store;
    this.specs = specs;
    this.buffers = buffers;
    this.byteLength = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
  }

  release(): void {
    for (const buffer of this.buffers.values()) this.#store.destroy(buffer);
  }
}

export function asGpuSet(set: WeightSet): GpuWeightSet {
  if (!(set instanceof GpuWeightSet)) throw new Error('A set of weights of another kitchen.');
  return set;
}

/** Creates the buffers of a new set. @throws ProblemError `memory`. */
export async function createSet(shop: Workshop, errand: Errand, specs: readonly TensorSpec[], label: string): Promise<GpuWeightSet> {
  const most = shop.device.limits.maxBufferSize;
  for (const spec of specs) {
    if (bufferBytes(spec) > most) {
      throw outOfMemoryProblem(`"${spec.name}"`, `it takes ${bufferBytes(spec)} bytes, one buffer of this GPU holds at most ${most}`);
    }
  }
  const buffers = new Map<string, GPUBuffer>();
  const set = new GpuWeightSet(shop.store, specs, buffers);
  try {
    const { done } = scoped(shop.device, label, () => {
      for (const spec of specs) buffers.set(spec.name, shop.store.create(`${label}: ${spec.name}`, bufferBytes(spec), STORAGE_USAGE));
    });
    await errand.race(done);
    return set;
  } catch (error) {
    set.release();
    throw error;
  }
}

export function bufferOf(set: WeightSet, spec: TensorSpec): GPUBuffer {
  const buffer = set.buffers?.get(spec.name);
  if (buffer === undefined) throw new Error(`A set of weights without a GPU buffer for "${spec.name}".`);
  if (buffer.size !== bufferBytes(spec)) {
    throw new Error(`The buffer of "${spec.name}" has ${buffer.size} bytes, expected ${bufferBytes(spec)}.`);
  }
  return buffer;
}

/** Copies a buffer back whole. It needs COPY_SRC. */
export async function readWords(shop: Workshop, errand: Errand, buffer: GPUBuffer): Promise<Uint32Array<ArrayBuffer>> {
  const copy = shop.store.create(`copy of ${buffer.label}`, buffer.size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
  try {
    const { done } = scoped(shop.device, `reading ${buffer.label}`, () => {
      const encoder = shop.device.createCommandEncoder({ label: copy.label });
      encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
      shop.device.queue.submit([encoder.finish()]);
    });
    await errand.race(Promise.all([done, copy.mapAsync(GPUMapMode.READ)]));
    return new Uint32Array(copy.getMappedRange().slice(0));
  } finally {
    shop.store.destroy(copy);
  }
}

/** The report, with nothing found yet. */
export function createReport(shop: Workshop, entries: number): GPUBuffer {
  const report = shop.store.create('report of values that are not finite', Math.max(16, roundUp(entries * 4, 16)), STORAGE_USAGE);
  shop.device.queue.writeBuffer(report, 0, new Uint32Array(report.size / 4).fill(NONE));
  return report;
}
