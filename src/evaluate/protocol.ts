import type { PreparedSet } from '../data/index.ts';
import type { WeightInput } from '../onnx/index.ts';
import type { Graph } from './graph.ts';
import type { ModelFiles } from './sessions.ts';

/** What the pool asks of a wasm worker. Messages are handled in the order they were sent. */
export type Request =
  /** Loads the runtime; `module` is the compiled wasm, shared by all workers. */
  | { readonly kind: 'load'; readonly module: WebAssembly.Module }
  /** Opens the worker's one session; without `weights` the model is an ordinary one that carries its own. */
  | { readonly kind: 'open'; readonly files: ModelFiles; readonly weights: readonly WeightInput[] }
  | { readonly kind: 'addWeights'; readonly key: string; readonly tensors: ReadonlyMap<string, Uint8Array<ArrayBuffer>> }
  | { readonly kind: 'removeWeights'; readonly key: string }
  /** Scores every example of a small set of its own, with weights it has; `undefined` for an ordinary model. */
  | { readonly kind: 'score'; readonly weightsKey: string | undefined; readonly examples: PreparedSet }
  | { readonly kind: 'memory' };

export interface Answers {
  readonly load: undefined;
  readonly open: Graph;
  readonly addWeights: undefined;
  readonly removeWeights: undefined;
  /** Row-major `[examples, classes]`, and how long the worker was busy with it. */
  readonly score: { readonly values: Float32Array<ArrayBuffer>; readonly classes: number; readonly seconds: number };
  readonly memory: WorkerMemory;
}

export interface WorkerMemory {
  /** Undefined where the heap could not be reached. */
  readonly wasmBytes: number | undefined;
  readonly jsBytes: number;
}

export interface Asked {
  readonly id: number;
  readonly request: Request;
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: Answers[Request['kind']] }
  /** `problem` where it is ours (structured data survives `postMessage`, an error class does not). `fatal`: the wasm heap is no longer to be trusted. */
  | {
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      readonly problem?: import('../problem/index.ts').Problem;
      readonly fatal: boolean;
    };
