import type { Initializer, ModelIndex } from '../onnx/index.ts';

/** Which initializer of `b` is the same weight as which of `a`. */
export interface InitializerMatch {
  /** In the order of `a`. */
  readonly pairs: readonly (readonly [a: Initializer, b: Initializer])[];
  /** Of `a`, without a partner in `b`. */
  readonly missing: readonly Initializer[];
  /** Of `b`, without a partner in `a`. */
  readonly extra: readonly Initializer[];
}

/**
 * Matches the weights of two checkpoints by name. The one place that decides it: everything else in this room follows the pairs and
 * compares no names.
 */
export function matchInitializers(a: ModelIndex, b: ModelIndex): InitializerMatch {
  const ofB = new Map(b.initializers.map((initializer) => [initializer.name, initializer]));
  const pairs: [Initializer, Initializer][] = [];
  const missing: Initializer[] = [];
  for (const initializer of a.initializers) {
    const partner = ofB.get(initializer.name);
    if (partner === undefined) missing.push(initializer);
    else pairs.push([initializer, partner]);
    ofB.delete(initializer.name);
  }
  return { pairs, missing, extra: [...ofB.values()] };
}
