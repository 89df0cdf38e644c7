import { scoped } from './buffers.ts';
import { READBACK_BYTES } from './planMemory.ts';
import { bufferBytes, tensorBytes } from './slots.ts';
import { Errand } from './stream.ts';
import type { KitchenOptions, TensorSpec, WeightSet } from './types.ts';
import { bufferOf, type Workshop } from './workshop.ts';

/** Copies a set back, tensor by tensor. Buffers are freed when the reader is done or gives up. */
export async function* readBack(
  shop: Workshop,
  set: WeightSet,
  options?: KitchenOptions,
): AsyncGenerator<{ spec: TensorSpec; bytes: Uint8Array<ArrayBuffer> }> {
  const errand = new Errand(shop.fuse, shop.js, options, set.byteLength);
  const batches = readBackBatches(set.specs);
  const opened: Batch[] = [];
  try {
    for (let i = 0; i < batches.length; i++) {
      // The next batch is copied while the caller works on this one.
      while (opened.length < Math.min(batches.length, i + 2)) opened.push(copyBatch(shop, set, batches[opened.length] ?? []));
      const batch = opened[i];
      if (batch === undefined) break;
      await errand.race(batch.ready);
      let offset = 0;
      for (const spec of batch.specs) {
        errand.check();
        const bytes = new Uint8Array(batch.buffer.getMappedRange(offset, bufferBytes(spec)).slice(0, tensorBytes(spec)));
        errand.progress(bytes.byteLength);
        yield { spec, bytes };
        offset += bufferBytes(spec);
      }
      shop.store.destroy(batch.buffer);
    }
  } finally {
    for (const batch of opened) shop.store.destroy(batch.buffer);
  }
}

interface Batch {
  readonly specs: readonly TensorSpec[];
  readonly buffer: GPUBuffer;
  readonly ready: Promise<unknown>;
}

/** Small tensors share a copy; a tensor larger than a batch has one of its own. */
function readBackBatches(specs: readonly TensorSpec[]): readonly (readonly TensorSpec[])[] {
  const batches: TensorSpec[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const spec of specs) {
    if (held + bufferBytes(spec) > READBACK_BYTES) {
      batches.push([]);
      held = 0;
    }
    batches.at(-1)?.push(spec);
    held += bufferBytes(spec);
  }
  return batches;
}

function copyBatch(shop: Workshop, set: WeightSet, specs: readonly TensorSpec[]): Batch {
  const size = specs.reduce((sum, spec) => sum + bufferBytes(spec), 0);
  const { value: buffer, done } = scoped(shop.device, 'a copy of a soup', () => {
    const copy = shop.store.create('read back', size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
    const encoder = shop.device.createCommandEncoder({ label: 'read back' });
    let offset = 0;
    for (const spec of specs) {
      encoder.copyBufferToBuffer(bufferOf(set, spec), 0, copy, offset, bufferBytes(spec));
      offset += bufferBytes(spec);
    }
    shop.device.queue.submit([encoder.finish()]);
    return copy;
  });
  const ready = Promise.all([done, buffer.mapAsync(GPUMapMode.READ)]);
  ready.catch(() => undefined);
  return { specs, buffer, ready };
}
