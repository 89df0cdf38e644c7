/**
 * Whether a candidate with `correct` right of `run` examples can still have `needed` right of `total`. Once it can't, no later
 * example changes the decision, so stopping there is exact.
 */
export function canStillReach(correct: number, run: number, total: number, needed: number): boolean {
  return correct + (total - run) >= needed;
}

/**
 * Order of the select examples in which a losing candidate is found out soonest: those that most ingredients got wrong first,
 * then as they lie. `predictedByIngredient[i][example]` is a class, −1 where not scored (counts as neither).
 */
export function hardestFirst(predictedByIngredient: readonly Int32Array[], labels: Int32Array): Uint32Array<ArrayBuffer> {
  const n = labels.length;
  const wrong = new Uint32Array(n);
  for (const predicted of predictedByIngredient) {
    if (predicted.length !== n) throw new Error(`hardestFirst: ${predicted.length} predictions for ${n} labels`);
    for (let example = 0; example < n; example++) {
      const found = predicted[example] as number;
      if (found >= 0 && found !== labels[example]) wrong[example] = (wrong[example] as number) + 1;
    }
  }
  // Uint32Array.sort is stable, so equally hard ones keep their order.
  return Uint32Array.from({ length: n }, (_, example) => example).sort((a, b) => (wrong[b] as number) - (wrong[a] as number));
}
