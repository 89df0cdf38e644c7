import type { DataType, Initializer } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';

/**
 * What happens to one tensor: `averaged` = float, differs between checkpoints; `equal` = same bytes everywhere, kept constant;
 * `constant` = integer, bool, string or rank 0, must be equal and is.
 */
export type TensorFate = 'averaged' | 'equal' | 'constant';

/** The same weight in every checkpoint. `perCheckpoint[i]` is its initializer in the i-th checkpoint. */
export interface AlignedTensor {
  /** Name in the first checkpoint. */
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly elements: number;
  readonly byteLength: number;
  readonly fate: TensorFate;
  readonly perCheckpoint: readonly Initializer[];
}

/** How a set of checkpoints fits together. Every difference is data. */
export interface Alignment {
  readonly tensors: readonly AlignedTensor[];
  /** Names of files that can't join the first group, each with its reasons, in `differences`. */
  readonly differences: readonly Problem[];
  /** Indices (into the checkpoints given) that can be souped together: the largest group of alike checkpoints. */
  readonly group: readonly number[];
  /** Every group of alike checkpoints, as lists of indices. */
  readonly groups: readonly (readonly number[])[];
  /** Pairs [kept, copy] whose tensors are the same bytes. */
  readonly duplicates: readonly (readonly [number, number])[];
}
