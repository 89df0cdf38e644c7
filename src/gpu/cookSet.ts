import { scoped } from './buffers.ts';
import { againBytes, NOTHING_AGAIN, type TwoWays } from './kernels/again.ts';
import { encodeJob, encodeWeightedSum } from './kernels/weightedSum.ts';
import { clearGaps, dealOut, type Lane, soupBinding, streamSlot } from './lane.ts';
import { throwIfNotFinite } from './notFinite.ts';
import { chunkFor, GATHER_BYTES, STREAM_LANES } from './planMemory.ts';
import { ALIGNMENT, planSlots, roundUp, type Slot, tensorBytes } from './slots.ts';
import { Errand } from './stream.ts';
import type { IngredientSource, KitchenOptions, StorageType, TensorSpec, WeightSet } from './types.ts';
import { encodeWeights, type Quick, WEIGHT_BYTES } from './weights.ts';
import { asGpuSet, bufferOf, createReport, createSet, type GpuWeightSet, readWords, STORAGE_USAGE, type Workshop } from './workshop.ts';

/** Slots of a resident soup in one submission, and submissions before it looks whether it was cancelled. */
const SLOTS_A_SUBMISSION = 16;
const SUBMISSIONS_A_BREATH = 8;

/** What is to be cooked, and with which kernels. */
export interface Order {
  readonly specs: readonly TensorSpec[];
  readonly weights: readonly number[];
  readonly quick: Quick;
  pipelines(dataType: StorageType): Promise<TwoWays>;
  readonly into?: WeightSet | undefined;
  readonly options?: KitchenOptions | undefined;
}

interface CookingLane extends Lane {
  readonly again: GPUBuffer;
}

interface Stove {
  readonly errand: Errand;
  readonly slots: readonly Slot[];
  readonly lanes: readonly CookingLane[];
  readonly chunkBytes: number;
  /** Encodes the sum of a slot whose parts lie in the lane. */
  encode(encoder: GPUCommandEncoder, slot: Slot, lane: CookingLane): void;
}

/** A soup of ingredients that are on the GPU: parts are gathered side by side and summed, slot after slot, without waiting. */
export async function cookResident(shop: Workshop, order: Order, ingredients: readonly WeightSet[]): Promise<WeightSet> {
  const names = ingredients.map((_, i) => `ingredient ${i + 1}`);
  const chunkBytes = fitBinding(shop, ingredients.length, chunkFor(order.specs, ingredients.length, GATHER_BYTES, 1));
  const { specs } = order;
  return sweep(shop, order, names, { chunkBytes, lanes: 1, passes: 1 }, async ({ errand, slots, lanes, encode }) => {
    const lane = lanes[0];
    if (lane === undefined) throw new Error('A sweep without a lane.');
    let checked: Promise<void>[] = [];
    for (let start = 0; start < slots.length; start += SLOTS_A_SUBMISSION) {
      const batch = slots.slice(start, start + SLOTS_A_SUBMISSION);
      const { done } = scoped(shop.device, 'a soup', () => {
        const encoder = shop.device.createCommandEncoder({ label: 'soup of resident ingredients' });
        for (const slot of batch) {
          clearGaps(encoder, slot, lane);
          for (const piece of slot.pieces) {
            const spec = specs[piece.tensor];
            if (spec === undefined) throw new Error(`No tensor ${piece.tensor}.`);
            ingredients.forEach((ingredient, i) => {
              const place = i * chunkBytes + piece.slotByte;
              encoder.copyBufferToBuffer(bufferOf(ingredient, spec), piece.tensorByte, lane.parts, place, roundUp(piece.bytes, 16));
            });
          }
          encode(encoder, slot, lane);
        }
        shop.device.queue.submit([encoder.finish()]);
      });
      checked.push(done);
      if (checked.length === SUBMISSIONS_A_BREATH) {
        await errand.race(Promise.all([...checked, shop.device.queue.onSubmittedWorkDone()]));
        checked = [];
      }
      errand.progress(batch.reduce((sum, slot) => sum + slot.pieces.reduce((bytes, piece) => bytes + piece.bytes, 0), 0));
    }
    await errand.race(Promise.all(checked));
  });
}

/** A soup of ingredients that are read while it cooks. Lanes keep reading, upload and kernel busy at the same time. */
export async function cookStreamed(
  shop: Workshop,
  order: Order,
  sources: readonly IngredientSource[],
  wantedChunkBytes: number,
): Promise<WeightSet> {
  const names = sources.map((source) => source.name);
  const chunkBytes = fitBinding(shop, sources.length, wantedChunkBytes);
  const { device } = shop;
  return sweep(shop, order, names, { chunkBytes, lanes: STREAM_LANES, passes: sources.length }, ({ errand, slots, lanes, encode }) =>
    errand.inLanes(slots, lanes, async (slot, lane) => {
      if (slot.pieces.length > 1) {
        const encoder = device.createCommandEncoder({ label: 'clear' });
        clearGaps(encoder, slot, lane);
        device.queue.submit([encoder.finish()]);
      }
      await Promise.all(sources.map((source, i) => streamSlot(shop, errand, order.specs, slot, source, lane.parts, i * chunkBytes)));
      const { done } = scoped(device, 'a streamed soup', () => {
        const encoder = device.createCommandEncoder({ label: 'soup of streamed ingredients' });
        encode(encoder, slot, lane);
        device.queue.submit([encoder.finish()]);
      });
      await errand.race(Promise.all([done, device.queue.onSubmittedWorkDone()]));
    }),
  );
}

/** The chunk size at which all ingredients' parts still fit one binding. */
function fitBinding(shop: Workshop, ingredients: number, wanted: number): number {
  let chunk = wanted;
  while (chunk * ingredients > shop.device.limits.maxStorageBufferBindingSize && chunk > ALIGNMENT) chunk /= 2;
  return chunk;
}

/** Prepares a soup (buffers, jobs, report), lets `work` fill and encode every slot, and looks at the report. */
async function sweep(
  shop: Workshop,
  order: Order,
  names: readonly string[],
  shape: { readonly chunkBytes: number; readonly lanes: number; readonly passes: number },
  work: (stove: Stove) => Promise<void>,
): Promise<WeightSet> {
  const { specs, weights, into } = order;
  const { device, store } = shop;
  const { chunkBytes } = shape;
  if (weights.length !== names.length || names.length === 0) throw new Error(`${weights.length} weights for ${names.length} ingredients.`);
  const total = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
  const errand = new Errand(shop.fuse, shop.js, order.options, total * shape.passes);
  const slots = planSlots(specs, chunkBytes);
  const row = names.length + 1;
  const pipelines = new Map<StorageType, TwoWays>();
  for (const type of new Set(slots.map((slot) => slot.dataType))) pipelines.set(type, await errand.race(order.pipelines(type)));

  const temporary: GPUBuffer[] = [];
  const create = (label: string, size: number, usage: GPUBufferUsageFlags) => {
    const buffer = store.create(label, size, usage);
    temporary.push(buffer);
    return buffer;
  };
  const set: GpuWeightSet = into === undefined ? await createSet(shop, errand, specs, 'soup') : asGpuSet(into);
  try {
    const { value: stove, done } = scoped(device, 'the buffers of a soup', () => {
      const partBytes = slots.reduce((most, slot) => Math.max(most, roundUp(slot.bytes, ALIGNMENT)), ALIGNMENT);
      const lanes = Array.from({ length: Math.max(1, Math.min(shape.lanes, slots.length)) }, (_, i) => ({
        parts: create(`parts, lane ${i}`, chunkBytes * (names.length - 1) + partBytes, STORAGE_USAGE),
        soup: create(`soup, lane ${i}`, partBytes, STORAGE_USAGE),
        again: create(`again, lane ${i}`, againBytes(partBytes), STORAGE_USAGE | GPUBufferUsage.INDIRECT),
      }));
      const report = createReport(shop, slots.length * row);
      temporary.push(report);
      const weightBuffer = create('weights', names.length * WEIGHT_BYTES, STORAGE_USAGE);
      device.queue.writeBuffer(weightBuffer, 0, encodeWeights(weights));
      const nothing = create('nothing again', NOTHING_AGAIN.byteLength, STORAGE_USAGE);
      device.queue.writeBuffer(nothing, 0, NOTHING_AGAIN);
      const params = create('jobs', Math.max(1, slots.length) * ALIGNMENT, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      const jobs = new Uint32Array(params.size / 4);
      for (const slot of slots) {
        const { dataType, bytes } = slot;
        const job = { ingredients: names.length, dataType, bytes, stride: chunkBytes, reportBase: slot.index * row, quick: order.quick };
        jobs.set(encodeJob(job), (slot.index * ALIGNMENT) / 4);
      }
      device.queue.writeBuffer(params, 0, jobs);
      const encode = (encoder: GPUCommandEncoder, slot: Slot, lane: CookingLane) => {
        const kernels = pipelines.get(slot.dataType);
        if (kernels === undefined) throw new Error(`No kernel for ${slot.dataType}.`);
        const soup = soupBinding(set, slot, lane);
        const job = { buffer: params, offset: slot.index * ALIGNMENT };
        const bindings = { params: job, weights: weightBuffer, parts: lane.parts, soup, again: lane.again, nothing, report };
        encodeWeightedSum(device, encoder, kernels, bindings, slot.dataType, slot.bytes);
        dealOut(encoder, set, slot, lane, soup);
      };
      return { errand, slots, lanes, chunkBytes, encode, report };
    });
    await errand.race(done);
    await work(stove);
    throwIfNotFinite(await readWords(shop, errand, stove.report), slots, specs, names);
    return set;
  } catch (error) {
    if (into === undefined) set.release();
    throw error;
  } finally {
    for (const buffer of temporary) store.destroy(buffer);
  }
}
