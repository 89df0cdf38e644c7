/** What one block of logits says: the predicted class of every example, how many are right, and the summed loss in nats. */
export interface Scored {
  readonly predicted: Int32Array<ArrayBuffer>;
  readonly correct: number;
  readonly lossSum: number;
}

/** Index of the largest of `count` values from `from` on. Ties go to the lowest index and the first NaN wins, as in numpy. */
export function argmax(values: Float32Array | Float64Array, from = 0, count: number = values.length - from): number {
  if (count < 1 || from < 0 || from + count > values.length) throw new Error(`argmax: ${count} values from ${from} of ${values.length}`);
  let best = 0;
  let most = values[from] as number;
  for (let index = 1; index < count && !Number.isNaN(most); index++) {
    const value = values[from + index] as number;
    if (value > most || Number.isNaN(value)) {
      best = index;
      most = value;
    }
  }
  return best;
}

/** −log softmax(logits)[label] of the row that starts at `from`, in nats, in float64 with the largest logit taken out first. */
function rowLoss(logits: Float32Array | Float64Array, from: number, classes: number, label: number, largest: number): number {
  // Where the largest is +Infinity the softmax has no value: Infinity − Infinity says so as NaN.
  let sum = 0;
  for (let index = 0; index < classes; index++) sum += Math.exp((logits[from + index] as number) - largest);
  return Math.log(sum) + (largest - (logits[from + label] as number));
}

/**
 * Mean cross-entropy in nats of row-major logits `[labels.length, classes]` against class indices; 0 for no rows. Throws for a
 * label outside the classes.
 */
export function crossEntropy(logits: Float32Array | Float64Array, labels: Int32Array, classes: number): number {
  if (logits.length !== labels.length * classes)
    throw new Error(`crossEntropy: ${logits.length} logits, ${labels.length} × ${classes} expected`);
  let sum = 0;
  labels.forEach((label, row) => {
    if (label < 0 || label >= classes) throw new Error(`crossEntropy: label ${label} of ${classes} classes`);
    const from = row * classes;
    sum += rowLoss(logits, from, classes, label, logits[from + argmax(logits, from, classes)] as number);
  });
  return labels.length === 0 ? 0 : sum / labels.length;
}

/**
 * Scores logits `[indices.length, classes]` of the examples `indices` of a set. `labels` are those of the whole set; without
 * them (unlabelled data) only the predictions say anything and the other numbers are 0. Throws for a label outside the classes:
 * `checkLabels` was there first.
 */
export function scoreBlock(
  logits: Float32Array | Float64Array,
  classes: number,
  labels: Int32Array | undefined,
  indices: Uint32Array,
): Scored {
  if (logits.length !== indices.length * classes)
    throw new Error(`scoreBlock: ${logits.length} logits, ${indices.length} × ${classes} expected`);
  const predicted = new Int32Array(indices.length);
  let correct = 0;
  let lossSum = 0;
  for (let row = 0; row < indices.length; row++) {
    const from = row * classes;
    const best = argmax(logits, from, classes);
    predicted[row] = best;
    if (!labels) continue;
    const label = labels[indices[row] as number] ?? -1;
    if (label < 0 || label >= classes) throw new Error(`scoreBlock: label ${label} of example ${indices[row]}, ${classes} classes`);
    if (best === label) correct++;
    lossSum += rowLoss(logits, from, classes, label, logits[from + best] as number);
  }
  return { predicted, correct, lossSum };
}
