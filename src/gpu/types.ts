/** A float tensor that is averaged. Sums are taken in extended precision, rounded once at the end to the storage type. */
export type StorageType = 'float32' | 'float16' | 'bfloat16' | 'float64';

export interface TensorSpec {
  readonly name: string;
  readonly dataType: StorageType;
  readonly elements: number;
}

/** Reads bytes `[byteOffset, byteOffset + byteLength)` of tensor `spec` of one ingredient. May be called concurrently. */
export type TensorReader = (spec: TensorSpec, byteOffset: number, byteLength: number) => Promise<Uint8Array<ArrayBuffer>>;

/** An ingredient as the kitchen sees it: a name for messages and a way to its bytes. */
export interface IngredientSource {
  readonly name: string;
  readonly read: TensorReader;
}

/**
 * One value for every tensor, where a backend keeps it: on the GPU as one buffer a tensor (no offsets, size padded to 16 bytes,
 * STORAGE | COPY_DST | COPY_SRC), on the plain backend as bytes. Freed by `release()`, by whoever asked for it.
 */
export interface WeightSet {
  readonly specs: readonly TensorSpec[];
  /** GPU buffers by tensor name; undefined on the plain backend. */
  readonly buffers?: ReadonlyMap<string, GPUBuffer>;
  readonly byteLength: number;
  release(): void;
}

export interface KitchenProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface KitchenOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: KitchenProgress) => void;
}

/** What a soup costs and how it will be cooked. All bytes. */
export interface MemoryPlan {
  readonly mode: 'resident' | 'streamed';
  readonly budgetBytes: number;
  /** Predicted peak on the GPU, in JS staging, and in the evaluation copies. */
  readonly predicted: { readonly gpu: number; readonly js: number; readonly wasm: number };
  /** Bytes of each ingredient that are averaged at a time in streamed mode: a power of two. */
  readonly chunkBytes: number;
  /** False where greedy's running sum has no room in a streamed plan: trials then read every member again (`cookStreamed`). */
  readonly runningSum?: boolean;
  readonly fits: boolean;
}

/**
 * Where averaging happens: WebGPU compute shaders where there is an adapter, a plain float64 loop only where there is none.
 * One call at a time. Every method rejects with a ProblemError (`not-finite` names tensor and file; `device-lost`; `memory`)
 * or the signal's reason; nothing leaks on rejection.
 */
export interface Kitchen {
  readonly backend: 'webgpu' | 'plain';
  /** Bytes now held and the highest ever held, by our own account of what was created and destroyed. */
  readonly memory: { readonly gpuBytes: number; readonly gpuPeak: number; readonly jsPeak: number };
  /** Reads one ingredient whole and keeps it (resident mode). Rejects NaN and Inf by file and tensor name. */
  load(specs: readonly TensorSpec[], source: IngredientSource, options?: KitchenOptions): Promise<WeightSet>;
  /**
   * `Σ weights[i]·ingredients[i]` of resident ingredients, into `into` when given (same specs), else a new set. Every element is
   * within 1 ulp of a float64 loop over the ingredients in the given order, rounded once; float64 tensors equal it bit for bit.
   * A rejection leaves `into` half written.
   */
  cook(ingredients: readonly WeightSet[], weights: readonly number[], into?: WeightSet, options?: KitchenOptions): Promise<WeightSet>;
  /** The same, streaming chunks from files: holds only the result and a bounded ring of chunks. */
  cookStreamed(
    specs: readonly TensorSpec[],
    sources: readonly IngredientSource[],
    weights: readonly number[],
    plan: MemoryPlan,
    into?: WeightSet,
    options?: KitchenOptions,
  ): Promise<WeightSet>;
  /** A running sum for streamed greedy. It is kept as float64, 8 bytes an element, exactly as a float64 loop would; means are within 1 ulp of it. */
  openSum(specs: readonly TensorSpec[]): RunningSum;
  /** Copies the values back to JS, tensor by tensor (so that a reader may drop each): little-endian bytes in the storage type. */
  readBack(set: WeightSet, options?: KitchenOptions): AsyncGenerator<{ spec: TensorSpec; bytes: Uint8Array<ArrayBuffer> }>;
  close(): void;
}

export interface RunningSum {
  readonly count: number;
  /** Adds one ingredient, streaming. If it rejects half-way, the sum is spoilt: `release` it and open another. */
  add(source: IngredientSource, plan: MemoryPlan, options?: KitchenOptions): Promise<void>;
  /** `(sum + extra) / (count + 1)`, or `sum / count` without extra; the sum itself is unchanged. */
  mean(extra: IngredientSource | undefined, plan: MemoryPlan, into?: WeightSet, options?: KitchenOptions): Promise<WeightSet>;
  release(): void;
}

/** What the page says about the machine. */
export interface AdapterFacts {
  readonly description: string;
  readonly vendor: string;
  readonly architecture: string;
  /** The browser calls it a fallback, or it is a known software rasteriser. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** One WebGPU device with the adapter's own limits. Owned by the engine, which calls `close`. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: GPUAdapter;
  readonly facts: AdapterFacts;
  /** Resolves when the device is gone, with the reason; never rejects. */
  readonly lost: Promise<string>;
  /** Validation and out-of-memory errors seen outside any error scope since the last call, then forgotten. */
  takeErrors(): readonly string[];
  close(): void;
}
