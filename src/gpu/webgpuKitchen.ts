import { BufferStore } from './buffers.ts';
import { cookResident, cookStreamed, type Order } from './cookSet.ts';
import { Fuse } from './fuse.ts';
import { exactSumPipeline, quickShape, quickSumPipeline } from './kernels/weightedSum.ts';
import { loadSet } from './loadSet.ts';
import { readBack } from './readBack.ts';
import { GpuRunningSum } from './runningSum.ts';
import { JsAccount } from './stream.ts';
import type { Gpu, IngredientSource, Kitchen, KitchenOptions, MemoryPlan, RunningSum, TensorSpec, WeightSet } from './types.ts';
import { NEVER_QUICK, quickBounds } from './weights.ts';
import { onceByKey, type Workshop } from './workshop.ts';

export interface KitchenSettings {
  /** Take the integer float64 way for every element: for adapters whose compiler breaks compensated sums. Default false. */
  readonly careful?: boolean;
}

class WebgpuKitchen implements Kitchen {
  readonly backend = 'webgpu';
  readonly #shop: Workshop;

  constructor(gpu: Gpu, settings: KitchenSettings) {
    this.#shop = {
      device: gpu.device,
      store: new BufferStore(gpu.device),
      fuse: new Fuse(gpu.lost),
      js: new JsAccount(),
      careful: settings.careful === true,
      kernels: onceByKey(),
    };
  }

  get memory() {
    const { store, js } = this.#shop;
    return { gpuBytes: store.bytes, gpuPeak: store.peak, jsPeak: js.peak };
  }

  load(specs: readonly TensorSpec[], source: IngredientSource, options?: KitchenOptions): Promise<WeightSet> {
    return loadSet(this.#shop, specs, source, options);
  }

  async cook(
    ingredients: readonly WeightSet[],
    weights: readonly number[],
    into?: WeightSet,
    options?: KitchenOptions,
  ): Promise<WeightSet> {
    const specs = ingredients[0]?.specs;
    if (specs === undefined) throw new Error('A soup needs at least one ingredient.');
    return cookResident(this.#shop, this.#order(specs, weights, into, options), ingredients);
  }

  async cookStreamed(
    specs: readonly TensorSpec[],
    sources: readonly IngredientSource[],
    weights: readonly number[],
    plan: MemoryPlan,
    into?: WeightSet,
    options?: KitchenOptions,
  ): Promise<WeightSet> {
    return cookStreamed(this.#shop, this.#order(specs, weights, into, options), sources, plan.chunkBytes);
  }

  openSum(specs: readonly TensorSpec[]): RunningSum {
    return new GpuRunningSum(this.#shop, specs);
  }

  readBack(set: WeightSet, options?: KitchenOptions): AsyncGenerator<{ spec: TensorSpec; bytes: Uint8Array<ArrayBuffer> }> {
    return readBack(this.#shop, set, options);
  }

  close(): void {
    this.#shop.store.destroyAll();
  }

  #order(specs: readonly TensorSpec[], weights: readonly number[], into?: WeightSet, options?: KitchenOptions): Order {
    const { device, kernels } = this.#shop;
    const shape = quickShape(weights);
    return {
      specs,
      weights,
      into,
      options,
      quick: this.#shop.careful ? NEVER_QUICK : quickBounds(weights),
      pipelines: async (dataType) => {
        const { uniform, straight } = shape;
        const [quick, exact] = await Promise.all([
          dataType === 'float64'
            ? undefined
            : kernels(`quick sum, ${dataType}, ${uniform}, ${straight}`, () => quickSumPipeline(device, dataType, shape)),
          kernels(`exact sum, ${dataType}`, () => exactSumPipeline(device, dataType)),
        ]);
        return { quick, exact };
      },
    };
  }
}

/** The kitchen on a WebGPU device. It frees its buffers on `close`; the device stays the caller's. */
export function webgpuKitchen(gpu: Gpu, settings: KitchenSettings = {}): Kitchen {
  return new WebgpuKitchen(gpu, settings);
}
