import { scoped } from './buffers.ts';
import { againBytes, NOTHING_AGAIN } from './kernels/again.ts';
import { encodeRunningSum, encodeSumJob, type RunningSumPipelines, runningSumPipelines } from './kernels/runningSum.ts';
import { clearGaps, dealOut, soupBinding, streamSlot } from './lane.ts';
import { throwIfNotFinite } from './notFinite.ts';
import { STREAM_LANES } from './planMemory.ts';
import { ALIGNMENT, arenaBytes, elementBytes, planSlots, roundUp, type Slot, tensorBytes } from './slots.ts';
import { Errand } from './stream.ts';
import type { IngredientSource, KitchenOptions, MemoryPlan, RunningSum, StorageType, TensorSpec, WeightSet } from './types.ts';
import { asGpuSet, createReport, createSet, type GpuWeightSet, readWords, STORAGE_USAGE, type Workshop } from './workshop.ts';

/** Arena bytes a buffer of sums covers: a multiple of every chunk size, so that no slot lies across two. */
const SEGMENT_BYTES = 32 * 1024 * 1024;

/** The sum of ingredients as float64, one value an element, laid out as the arenas of planSlots. */
export class GpuRunningSum implements RunningSum {
  readonly #shop: Workshop;
  readonly #specs: readonly TensorSpec[];
  #segments: Map<StorageType, GPUBuffer[]> | undefined;
  #pipelines = new Map<StorageType, RunningSumPipelines>();
  #count = 0;
  #state: 'open' | 'broken' | 'released' = 'open';

  constructor(shop: Workshop, specs: readonly TensorSpec[]) {
    this.#shop = shop;
    this.#specs = specs;
  }

  get count(): number {
    return this.#count;
  }

  async add(source: IngredientSource, plan: MemoryPlan, options?: KitchenOptions): Promise<void> {
    const errand = this.#errand(options, true);
    await this.#prepare(errand);
    // From the first slot on until the last, some elements hold one ingredient more than others.
    this.#state = 'broken';
    await this.#sweep(errand, plan, source, undefined);
    this.#count += 1;
    this.#state = 'open';
  }

  async mean(extra: IngredientSource | undefined, plan: MemoryPlan, into?: WeightSet, options?: KitchenOptions): Promise<WeightSet> {
    if (this.#count === 0 && extra === undefined) throw new Error('The mean of no ingredient.');
    const errand = this.#errand(options, extra !== undefined);
    await this.#prepare(errand);
    const set = into === undefined ? await createSet(this.#shop, errand, this.#specs, 'soup') : asGpuSet(into);
    try {
      await this.#sweep(errand, plan, extra, set);
      return set;
    } catch (error) {
      if (into === undefined) set.release();
      throw error;
    }
  }

  release(): void {
    this.#state = 'released';
    for (const buffers of this.#segments?.values() ?? []) for (const buffer of buffers) this.#shop.store.destroy(buffer);
    this.#segments = undefined;
  }

  #errand(options: KitchenOptions | undefined, reads: boolean): Errand {
    if (this.#state === 'released') throw new Error('This running sum was released.');
    if (this.#state === 'broken') throw new Error('This running sum was interrupted while adding; open a new one.');
    const bytes = reads ? this.#specs.reduce((sum, spec) => sum + tensorBytes(spec), 0) : 0;
    return new Errand(this.#shop.fuse, this.#shop.js, options, bytes);
  }

  async #prepare(errand: Errand): Promise<void> {
    if (this.#segments !== undefined) return;
    const { device, store } = this.#shop;
    const arenas = arenaBytes(this.#specs);
    for (const type of arenas.keys())
      this.#pipelines.set(
        type,
        await errand.race(this.#shop.kernels(`running sum ${type}`, () => runningSumPipelines(device, type, this.#shop.careful))),
      );
    const segments = new Map<StorageType, GPUBuffer[]>();
    this.#segments = segments;
    const { done } = scoped(device, 'a running sum', () => {
      for (const [type, bytes] of arenas) {
        const buffers: GPUBuffer[] = [];
        segments.set(type, buffers);
        for (let start = 0; start < bytes; start += SEGMENT_BYTES) {
          const size = (Math.min(SEGMENT_BYTES, bytes - start) / elementBytes(type)) * 8;
          buffers.push(store.create(`sum, ${type}, from byte ${start}`, size, GPUBufferUsage.STORAGE));
        }
      }
    });
    try {
      await errand.race(done);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #binding(slot: Slot): GPUBufferBinding {
    const buffer = this.#segments?.get(slot.dataType)?.[Math.floor(slot.arenaByte / SEGMENT_BYTES)];
    if (buffer === undefined) throw new Error(`No sum for slot ${slot.index}.`);
    const stretch = 8 / elementBytes(slot.dataType);
    const size = (slot.bytes / elementBytes(slot.dataType)) * 8;
    return { buffer, offset: (slot.arenaByte % SEGMENT_BYTES) * stretch, size };
  }

  /** Adds `source` to the sum, or writes `(sum + source) / n` into `soup` where there is one. */
  async #sweep(errand: Errand, plan: MemoryPlan, source: IngredientSource | undefined, soup: GpuWeightSet | undefined): Promise<void> {
    const shop = this.#shop;
    const { device, store } = shop;
    const specs = this.#specs;
    const temporary: GPUBuffer[] = [];
    try {
      const slots = planSlots(specs, plan.chunkBytes);
      const reciprocal = 1 / (this.#count + (source === undefined ? 0 : 1));
      const { value: prepared, done } = scoped(device, 'the buffers of a running sum', () => {
        const keep = (buffer: GPUBuffer) => {
          temporary.push(buffer);
          return buffer;
        };
        const partBytes = slots.reduce((most, slot) => Math.max(most, roundUp(slot.bytes, ALIGNMENT)), ALIGNMENT);
        const lanes = Array.from({ length: Math.max(1, Math.min(STREAM_LANES, slots.length)) }, (_, i) => ({
          parts: keep(store.create(`part, lane ${i}`, partBytes, STORAGE_USAGE)),
          soup: keep(store.create(`mean, lane ${i}`, partBytes, STORAGE_USAGE)),
          again: keep(store.create(`again, lane ${i}`, againBytes(partBytes), STORAGE_USAGE | GPUBufferUsage.INDIRECT)),
        }));
        const report = keep(createReport(shop, slots.length * 2));
        const params = keep(store.create('jobs', Math.max(1, slots.length) * ALIGNMENT, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST));
        const jobs = new Uint32Array(params.size / 4);
        for (const slot of slots) {
          const job = {
            dataType: slot.dataType,
            bytes: slot.bytes,
            count: this.#count,
            reportBase: slot.index * 2,
            hasExtra: source !== undefined,
            reciprocal,
          };
          jobs.set(encodeSumJob(job), (slot.index * ALIGNMENT) / 4);
        }
        device.queue.writeBuffer(params, 0, jobs);
        const nothing = keep(store.create('nothing again', NOTHING_AGAIN.byteLength, STORAGE_USAGE));
        device.queue.writeBuffer(nothing, 0, NOTHING_AGAIN);
        return { lanes, report, params, nothing };
      });
      await errand.race(done);
      const { lanes, report, params, nothing } = prepared;
      await errand.inLanes(slots, lanes, async (slot, lane) => {
        const pipelines = this.#pipelines.get(slot.dataType);
        if (pipelines === undefined) throw new Error(`No kernel for ${slot.dataType}.`);
        if (source !== undefined) {
          if (slot.pieces.length > 1) {
            const encoder = device.createCommandEncoder({ label: 'clear' });
            clearGaps(encoder, slot, lane);
            device.queue.submit([encoder.finish()]);
          }
          await streamSlot(shop, errand, specs, slot, source, lane.parts, 0);
        }
        const { done } = scoped(device, 'a running sum', () => {
          const encoder = device.createCommandEncoder({ label: 'running sum' });
          const bindings = {
            params: { buffer: params, offset: slot.index * ALIGNMENT },
            part: lane.parts,
            sums: this.#binding(slot),
            again: lane.again,
            nothing,
            report,
          };
          if (soup === undefined) {
            encodeRunningSum(device, encoder, pipelines, bindings, slot.dataType, slot.bytes);
          } else {
            const binding = soupBinding(soup, slot, lane);
            encodeRunningSum(device, encoder, pipelines, { ...bindings, soup: binding }, slot.dataType, slot.bytes);
            dealOut(encoder, soup, slot, lane, binding);
          }
          device.queue.submit([encoder.finish()]);
        });
        await errand.race(Promise.all([done, device.queue.onSubmittedWorkDone()]));
      });
      throwIfNotFinite(await readWords(shop, errand, report), slots, specs, source === undefined ? [''] : [source.name]);
    } finally {
      for (const buffer of temporary) store.destroy(buffer);
    }
  }
}
