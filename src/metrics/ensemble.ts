/** Adds `weight × logits` to a running sum, in the precision of the sum (float64 keeps the order of members without effect). */
export function addLogits(sum: Float64Array | Float32Array, logits: Float32Array, weight = 1): void {
  if (sum.length !== logits.length) throw new Error(`addLogits: ${logits.length} logits to a sum of ${sum.length}`);
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + weight * (logits[index] as number);
}

/**
 * The logit ensemble that soups are compared with (Wortsman et al. 2022, section 3.1): the mean of the members' logits, summed
 * in float64. Equal lengths; throws for no members.
 */
export function meanLogits(members: readonly Float32Array[]): Float64Array<ArrayBuffer> {
  const [first] = members;
  if (!first) throw new Error('meanLogits: no members');
  const sum = new Float64Array(first.length);
  for (const logits of members) addLogits(sum, logits);
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) / members.length;
  return sum;
}
