import { scoped } from './buffers.ts';
import { encodeScan, SCAN_PARAMS_STRIDE, scanPipeline } from './kernels/scan.ts';
import { NONE, notFinite } from './notFinite.ts';
import { chunkFor, LOAD_LANES, RING_BYTES } from './planMemory.ts';
import { ALIGNMENT, bufferBytes, elementBytes, planSlots, tensorBytes } from './slots.ts';
import { Errand, upload } from './stream.ts';
import type { IngredientSource, KitchenOptions, TensorSpec, WeightSet } from './types.ts';
import { bufferOf, createReport, createSet, readWords, type Workshop } from './workshop.ts';

/** Reads one ingredient whole into buffers of its own. @throws ProblemError `not-finite`, `memory`, `device-lost`, `read-failed`. */
export async function loadSet(
  shop: Workshop,
  specs: readonly TensorSpec[],
  source: IngredientSource,
  options?: KitchenOptions,
): Promise<WeightSet> {
  const { device, store } = shop;
  const total = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
  const errand = new Errand(shop.fuse, shop.js, options, total);
  const set = await createSet(shop, errand, specs, source.name);
  const temporary: GPUBuffer[] = [];
  try {
    const chunkBytes = chunkFor(specs, 1, RING_BYTES, LOAD_LANES);
    const slots = planSlots(specs, chunkBytes);
    await errand.inLanes(slots, Array.from({ length: LOAD_LANES }), async (slot) => {
      let done: Promise<void> | undefined;
      await Promise.all(
        slot.pieces.map(async (piece) => {
          const spec = specs[piece.tensor];
          if (spec === undefined) throw new Error(`No tensor ${piece.tensor}.`);
          await errand.read(source, spec, piece.tensorByte, piece.bytes, (bytes) => {
            ({ done } = scoped(device, source.name, () => upload(device, bufferOf(set, spec), piece.tensorByte, bytes)));
          });
        }),
      );
      await errand.race(Promise.all([done, device.queue.onSubmittedWorkDone()]));
    });

    const ranges = specs.flatMap((spec, tensor) => scanRanges(device, spec).map((range) => ({ tensor, spec, ...range })));
    const pipelines = new Map(
      await errand.race(
        Promise.all(
          [...new Set(specs.map((spec) => spec.dataType))].map(
            async (type) => [type, await shop.kernels(`scan ${type}`, () => scanPipeline(device, type))] as const,
          ),
        ),
      ),
    );
    const { value: report, done } = scoped(device, `checking ${source.name}`, () => {
      const report = createReport(shop, specs.length);
      temporary.push(report);
      const params = store.create(
        'scan ranges',
        Math.max(16, ranges.length * SCAN_PARAMS_STRIDE),
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      );
      temporary.push(params);
      const jobs = new Uint32Array(params.size / 4);
      const encoder = device.createCommandEncoder({ label: 'scan' });
      const pass = encoder.beginComputePass({ label: 'scan' });
      ranges.forEach((range, i) => {
        jobs.set([range.words, range.offset / elementBytes(range.spec.dataType), range.tensor, 0], (i * SCAN_PARAMS_STRIDE) / 4);
        const pipeline = pipelines.get(range.spec.dataType);
        if (pipeline === undefined) throw new Error(`No scan for ${range.spec.dataType}.`);
        const { offset, words } = range;
        encodeScan(device, pass, pipeline, {
          buffer: bufferOf(set, range.spec),
          offset,
          words,
          params,
          paramsOffset: i * SCAN_PARAMS_STRIDE,
          report,
        });
      });
      pass.end();
      device.queue.writeBuffer(params, 0, jobs);
      device.queue.submit([encoder.finish()]);
      return report;
    });
    const [found] = await Promise.all([readWords(shop, errand, report), errand.race(done)]);
    specs.forEach((spec, tensor) => {
      const element = found[tensor] ?? NONE;
      if (element !== NONE) throw notFinite(source.name, spec.name, element);
    });
    return set;
  } catch (error) {
    set.release();
    throw error;
  } finally {
    for (const buffer of temporary) store.destroy(buffer);
  }
}

function scanRanges(device: GPUDevice, spec: TensorSpec): readonly { readonly offset: number; readonly words: number }[] {
  const most = device.limits.maxStorageBufferBindingSize - (device.limits.maxStorageBufferBindingSize % ALIGNMENT);
  const size = bufferBytes(spec);
  const ranges: { offset: number; words: number }[] = [];
  for (let offset = 0; offset < size; offset += most) ranges.push({ offset, words: Math.min(most, size - offset) / 4 });
  return ranges;
}
