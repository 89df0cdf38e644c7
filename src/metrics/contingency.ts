/** Two models on the same examples: how many both, one alone and neither got right. n is their sum. */
export interface Contingency {
  readonly n: number;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

/** The paired table over the examples that both have scored; a prediction of −1 means not yet. */
export function contingency(predictedA: Int32Array, predictedB: Int32Array, labels: Int32Array): Contingency {
  sameLength(predictedA.length, predictedB.length, labels.length);
  let both = 0;
  let onlyA = 0;
  let onlyB = 0;
  let neither = 0;
  for (let example = 0; example < labels.length; example++) {
    const a = predictedA[example] as number;
    const b = predictedB[example] as number;
    if (a < 0 || b < 0) continue;
    const label = labels[example];
    if (a === label) b === label ? both++ : onlyA++;
    else b === label ? onlyB++ : neither++;
  }
  return { n: both + onlyA + onlyB + neither, both, onlyA, onlyB, neither };
}

/** Share of the examples scored by both on which they predict different classes; needs no labels. 0 where there are none. */
export function disagreementRate(predictedA: Int32Array, predictedB: Int32Array): number {
  sameLength(predictedA.length, predictedB.length);
  let n = 0;
  let different = 0;
  for (let example = 0; example < predictedA.length; example++) {
    const a = predictedA[example] as number;
    const b = predictedB[example] as number;
    if (a < 0 || b < 0) continue;
    n++;
    if (a !== b) different++;
  }
  return n === 0 ? 0 : different / n;
}

function sameLength(...lengths: readonly number[]): void {
  if (new Set(lengths).size > 1) throw new Error(`paired predictions and labels of different lengths: ${lengths.join(', ')}`);
}
