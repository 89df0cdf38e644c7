import type { Logits } from './types.ts';

export interface LogitsComparison {
  readonly maxAbsoluteDifference: number;
  /** Rows whose highest logit is the same class. */
  readonly labelsAgree: number;
  /** Every difference within tolerance, and every label outside a near-tie the same. */
  readonly agree: boolean;
}

/** Two kernels in float32 differ by rounding; 1e-3 of a logit is far above that and far below a wrong result. */
const TOLERANCE = 1e-3;

/** Compares logits of the same examples: |Δ| ≤ 1e-3 · max(1, |logit|), labels equal unless the top two are closer than that. */
export function compareLogits(found: Logits, reference: Logits): LogitsComparison {
  const { classes } = reference;
  if (found.classes !== classes || found.values.length !== reference.values.length) {
    throw new Error(`Logits [${found.values.length}/${found.classes}] against [${reference.values.length}/${classes}]`);
  }
  const rows = classes === 0 ? 0 : reference.values.length / classes;
  let maxAbsoluteDifference = 0;
  let labelsAgree = 0;
  let agree = true;
  for (let row = 0; row < rows; row++) {
    const ours = found.values.subarray(row * classes, (row + 1) * classes);
    const theirs = reference.values.subarray(row * classes, (row + 1) * classes);
    let scale = 1;
    for (const [i, logit] of theirs.entries()) {
      // NaN against a number must fail: Infinity does.
      const distance = Math.abs((ours[i] ?? Number.NaN) - logit);
      const difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
      maxAbsoluteDifference = Math.max(maxAbsoluteDifference, difference);
      scale = Math.max(scale, Math.abs(logit));
      if (difference > TOLERANCE * Math.max(1, Math.abs(logit))) agree = false;
    }
    const label = argmax(ours);
    const expected = argmax(theirs);
    if (label === expected) labelsAgree++;
    else if ((theirs[expected] ?? 0) - (theirs[label] ?? 0) > 2 * TOLERANCE * scale) agree = false;
  }
  return { maxAbsoluteDifference, labelsAgree, agree };
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (const [i, value] of values.entries()) if (value > (values[best] ?? Number.NEGATIVE_INFINITY)) best = i;
  return best;
}
