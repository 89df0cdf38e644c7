import type { TensorFate } from '../align/index.ts';
import type { Preprocessing } from '../data/index.ts';
import type { Provider, ProviderCheck } from '../evaluate/index.ts';
import type { AdapterFacts, MemoryPlan } from '../gpu/index.ts';
import type { Problem } from '../problem/index.ts';
import type { GreedyStep, Weighting } from '../recipes/index.ts';

export type SetRole = 'select' | 'report' | 'unlabelled';

/** One dropped model file. */
export interface CheckpointFact {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly bytesRead: number;
  /** Number of elements in float initializers. */
  readonly parameters: number;
  /** SHA-256 of the file, once it has been read whole. */
  readonly sha256?: string;
  /** SHA-256 of size and sampled bytes: identifies the file before it was read whole. */
  readonly fingerprint: string;
  readonly producer: string;
  readonly note?: string;
  readonly hyperparameters?: Readonly<Record<string, string | number | boolean>>;
  /** `ingredient`; `base`; `excluded` by the person; `refused` for the reasons in `problems`; `waiting` for an external file. */
  readonly standing: 'ingredient' | 'base' | 'excluded' | 'refused';
  readonly problems: readonly Problem[];
}

export interface SetFact {
  readonly id: string;
  readonly name: string;
  readonly role: SetRole;
  readonly n: number;
  readonly classes: number;
  readonly classNames?: readonly string[];
  readonly labels?: Int32Array<ArrayBuffer>;
  readonly sha256: string;
  readonly itemDims: readonly number[];
  /** Undefined for tensors that are fed as they are. */
  readonly preprocessing?: Preprocessing;
  /** Where the preprocessing came from. */
  readonly preprocessingSource?: 'kit' | 'preprocessor_config.json' | 'guessed' | 'edited';
  /** What the model sees of a few examples, undone to RGBA pixels. */
  readonly preview?: { readonly width: number; readonly height: number; readonly images: readonly Uint8ClampedArray<ArrayBuffer>[] };
  readonly problems: readonly Problem[];
}

/** How one row did on one set, so far. */
export interface Score {
  readonly n: number;
  readonly done: number;
  readonly correct: number;
  /** Sum of cross-entropy (nats) over the done. */
  readonly lossSum: number;
  /** Predicted class of every example; −1 = not scored yet. */
  readonly predicted: Int32Array<ArrayBuffer>;
  readonly provider: Provider;
  /** Kept from an earlier visit instead of computed now. */
  readonly fromCache: boolean;
}

export type RowKind = 'ingredient' | 'base' | 'soup' | 'ensemble';

/** An ingredient, a soup or an ensemble: one shape. */
export interface Row {
  readonly id: string;
  readonly kind: RowKind;
  /** File name for a checkpoint; `uniform`, `greedy`, `weights 3`, `ensemble` otherwise. */
  readonly name: string;
  /** Recipe name for soups. */
  readonly recipe?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Weight of every checkpoint id in it ({ [own id]: 1 } for a checkpoint). */
  readonly weighting: Weighting;
  readonly steps?: readonly GreedyStep[];
  /** SHA-256 over the averaged tensors' bytes in the order of the graph; absent for very large soups until they are exported. */
  readonly sha256?: string;
  /** Recipe still at work: the weighting is what it has so far. */
  readonly cooking: boolean;
  readonly scores: Readonly<Record<string, Score>>;
}

export interface TensorFact {
  readonly name: string;
  readonly dataType: string;
  readonly dims: readonly number[];
  readonly fate: TensorFate;
}

export interface HardwareFact {
  /** Undefined where the browser has no WebGPU adapter. */
  readonly adapter?: AdapterFacts;
  readonly averaging: 'webgpu' | 'plain';
  /** Averaging on this machine against float64, on load: worst error in units in the last place over the elements tried. */
  readonly averagingCheck?: { readonly elements: number; readonly maxUlp: number; readonly ok: boolean };
  /** `auto` measured; otherwise forced by the person. */
  readonly forced: 'auto' | Provider;
  readonly provider: Provider | undefined;
  readonly check?: ProviderCheck;
  readonly checking: boolean;
  readonly workers: number;
}

/** What is happening now. */
export interface Progress {
  readonly phase: 'idle' | 'reading' | 'opening' | 'averaging' | 'evaluating' | 'exporting' | 'cancelling';
  /** A sentence: `Scoring run-3 on select`. */
  readonly doing: string;
  /** Units of work (examples) done and planned in this run; estimate grows as greedy goes on. */
  readonly done: number;
  readonly total: number;
  readonly secondsLeft?: number;
}

export interface Cost {
  readonly bytesRead: number;
  readonly forwardPasses: number;
  readonly examplesRun: number;
  /** Examples that early stopping spared. */
  readonly examplesSpared: number;
  readonly sessionsCreated: number;
  readonly soupsCooked: number;
  readonly seconds: {
    readonly index: number;
    readonly read: number;
    readonly average: number;
    readonly evaluate: number;
    readonly total: number;
  };
  readonly peakBytes: { readonly js: number; readonly wasm: number; readonly gpu: number };
}

/** Everything the page and the report are made of. Append-only in spirit: only events change it, through `applyEvent`. */
export interface Facts {
  readonly checkpoints: readonly CheckpointFact[];
  readonly sets: readonly SetFact[];
  readonly rows: readonly Row[];
  readonly tensors: readonly TensorFact[];
  readonly differences: readonly Problem[];
  readonly hardware: HardwareFact | undefined;
  readonly memory: MemoryPlan | undefined;
  readonly progress: Progress;
  readonly cost: Cost;
  /** Newest last; dismissed ones are removed. */
  readonly problems: readonly Problem[];
  /** Title and text of the kit shown, when it is one. */
  readonly kit?: { readonly url: string; readonly title: string; readonly about: string; readonly licence: string };
}

/** What happens, in one tagged union. */
export type LabEvent =
  | { readonly type: 'reset'; readonly kit?: Facts['kit'] }
  | { readonly type: 'checkpoint'; readonly checkpoint: CheckpointFact }
  | { readonly type: 'checkpoint-removed'; readonly id: string }
  | { readonly type: 'aligned'; readonly tensors: readonly TensorFact[]; readonly differences: readonly Problem[] }
  | { readonly type: 'set'; readonly set: SetFact }
  | { readonly type: 'set-removed'; readonly id: string }
  /** Announces or updates a row; its scores so far are kept when `keepScores`. */
  | { readonly type: 'row'; readonly row: Omit<Row, 'scores'>; readonly keepScores: boolean }
  | { readonly type: 'row-removed'; readonly id: string }
  /**
   * A block of examples was scored. `indices` and `predicted` are the block; `done`, `correct` and `lossSum` are totals of the row on the
   * set so far, so that telling something twice changes nothing.
   */
  | {
      readonly type: 'scored';
      readonly row: string;
      readonly set: string;
      readonly n: number;
      readonly indices: Uint32Array<ArrayBuffer>;
      readonly predicted: Int32Array<ArrayBuffer>;
      readonly done: number;
      readonly correct: number;
      readonly lossSum: number;
      readonly provider: Provider;
      readonly fromCache: boolean;
    }
  | { readonly type: 'considered'; readonly row: string; readonly step: GreedyStep; readonly weighting: Weighting }
  | { readonly type: 'hardware'; readonly hardware: HardwareFact }
  | { readonly type: 'memory'; readonly memory: MemoryPlan }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'cost'; readonly cost: Cost }
  | { readonly type: 'problem'; readonly problem: Problem };
