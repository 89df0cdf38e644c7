import type { PreparedSet } from '../data/index.ts';
import type { Template } from '../onnx/index.ts';

export type Provider = 'webgpu' | 'wasm';

/** Weights as a provider takes them: GPU buffers by name, or little-endian bytes by name. */
export type ProviderWeights =
  | { readonly kind: 'gpu'; readonly buffers: ReadonlyMap<string, GPUBuffer> }
  | {
      readonly kind: 'cpu';
      readonly tensors: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
      /** The scorer may take the buffers: with one worker they move to it, and nobody holds a second copy. */
      readonly owned?: boolean;
    };

/** Logits of the examples asked for, row-major `[indices.length, classes]`. */
export interface Logits {
  readonly values: Float32Array<ArrayBuffer>;
  readonly classes: number;
}

export interface ScorerMemory {
  /** Size of all wasm heaps as the runtime grew them, or at least 16 MB each where a heap could not be reached: then `estimated`. */
  readonly wasmBytes: number;
  readonly jsBytes: number;
  readonly estimated?: boolean;
}

/**
 * The one way to score: a session of one template (WebGPU), or one a worker (wasm). Sets and weights are handed over once and
 * named by key; `score` may be called for any key it knows. Calls may overlap: the scorer orders them itself.
 */
export interface Scorer {
  readonly provider: Provider;
  /** Sessions made since it was opened: 1 on WebGPU, one a worker on wasm; stays the same whatever is scored. */
  readonly sessionsCreated: number;
  /** Bytes held in wasm heaps and JS copies of weights and sets. */
  memory(): Promise<ScorerMemory>;
  addSet(key: string, set: PreparedSet): Promise<void>;
  removeSet(key: string): void;
  /** Hot swap: makes weights known under a key. WebGPU keeps references to the buffers (the caller frees them after `removeWeights`). */
  addWeights(key: string, weights: ProviderWeights): Promise<void>;
  removeWeights(key: string): void;
  /** Runs the examples through the weights, in batches, shared out among workers. Rejects with a ProblemError `evaluation` / `device-lost`, or the signal's reason between batches. */
  score(weightsKey: string, setKey: string, indices: Uint32Array, options?: { signal?: AbortSignal }): Promise<Logits>;
  close(): Promise<void>;
}

export interface ScorerOptions {
  readonly template: Template;
  /** wasm: how many workers. Default `navigator.hardwareConcurrency`, 1 … 8. `sessionsCreated` counts one for each (and one for each started again after a crash). */
  readonly workers?: number;
  /** Examples a batch. Default 64 on wasm, 256 on a real GPU, 16 on a software adapter. */
  readonly batchSize?: number;
}

/** What the check on load found: both providers ran the same batch. */
export interface ProviderCheck {
  readonly examples: number;
  readonly maxAbsoluteDifference: number;
  readonly labelsAgree: number;
  /** max |Δlogit| ≤ 1e-3 × max(1, |logit|) and every label outside a near-tie agrees. */
  readonly agree: boolean;
  readonly imagesPerSecond: { readonly webgpu: number; readonly wasm: number };
  readonly chosen: Provider;
  /** One sentence for the badge: which, why and how much faster. */
  readonly reason: string;
}
