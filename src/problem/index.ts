/**
 * What a person can cause, as data. Rooms return problems where they can and throw {@link ProblemError} where they must leave
 * a deep call; the page shows `text` and `remedy`, code looks at `kind` only and never at the words.
 */
export type ProblemKind =
  // a model file
  | 'empty-file'
  | 'not-onnx'
  | 'truncated'
  | 'bad-dims'
  | 'overrun'
  | 'data-length'
  | 'external-escape'
  | 'external-missing'
  | 'quantised'
  | 'unsupported-model'
  | 'limit'
  // checkpoints against each other
  | 'missing-initializer'
  | 'extra-initializer'
  | 'dims'
  | 'data-type'
  | 'graph'
  | 'integer-differs'
  | 'duplicate'
  | 'not-finite'
  // held-out data
  | 'not-a-dataset'
  | 'dataset-shape'
  | 'zero-examples'
  | 'label-range'
  | 'no-labels'
  | 'shared-examples'
  | 'preprocessing'
  // the machine
  | 'memory'
  | 'device-lost'
  | 'evaluation'
  | 'no-adapter'
  | 'read-failed'
  | 'usage'
  // recipes
  | 'recipe';

export interface Problem {
  readonly kind: ProblemKind;
  /** File name as the person knows it. */
  readonly file?: string;
  readonly initializer?: string;
  readonly expected?: string;
  readonly found?: string;
  /** One sentence that names file, tensor and both numbers: `run-7.onnx: initializer "fc.weight" has dims [100,512], expected [10,512]`. */
  readonly text: string;
  /** One sentence that says what to do. */
  readonly remedy: string;
}

/** Carries a {@link Problem} out of a deep call. Thrown for what a person can cause; everything else throws an ordinary Error. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.text, options);
    this.problem = problem;
  }
}

/** The problem inside a thrown value, if it is one of ours. */
export function problemOf(thrown: unknown): Problem | undefined {
  return thrown instanceof ProblemError ? thrown.problem : undefined;
}
