import { argmax } from './score.ts';

/** One bin of a reliability diagram. Confidence and accuracy are means over its examples (0 where it has none). */
export interface Calibration {
  readonly error: number;
  readonly bins: readonly { readonly n: number; readonly confidence: number; readonly accuracy: number }[];
}

/**
 * Expected calibration error of row-major logits `[labels.length, classes]`: Σ n_b/n · |accuracy_b − confidence_b| over bins
 * (b/B, (b+1)/B] of the largest softmax probability.
 *
 * Guo, C. et al. (2017). On calibration of modern neural networks. ICML, equation 3.
 */
export function expectedCalibrationError(logits: Float32Array | Float64Array, labels: Int32Array, classes: number, bins = 15): Calibration {
  if (logits.length !== labels.length * classes)
    throw new Error(`calibration: ${logits.length} logits, ${labels.length} × ${classes} expected`);
  const sums = Array.from({ length: bins }, () => ({ n: 0, confidence: 0, correct: 0 }));
  labels.forEach((label, row) => {
    const from = row * classes;
    const best = argmax(logits, from, classes);
    const largest = logits[from + best] as number;
    let sum = 0;
    for (let index = 0; index < classes; index++) sum += Math.exp((logits[from + index] as number) - largest);
    const confidence = 1 / sum;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))];
    if (!bin) return; // NaN logits have no confidence
    bin.n++;
    bin.confidence += confidence;
    if (best === label) bin.correct++;
  });
  const n = Math.max(1, labels.length);
  const error = sums.reduce((total, bin) => total + Math.abs(bin.correct - bin.confidence) / n, 0);
  return {
    error,
    bins: sums.map((bin) => ({ n: bin.n, confidence: bin.confidence / Math.max(1, bin.n), accuracy: bin.correct / Math.max(1, bin.n) })),
  };
}
