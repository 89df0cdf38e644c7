import type { Weighting } from '../recipes/index.ts';

/** Ids with a weight other than 0, sorted, so that the same soup has one spelling. */
export function members(weighting: Weighting): readonly string[] {
  return Object.keys(weighting)
    .filter((id) => weighting[id] !== 0)
    .sort();
}

/** One text for one soup, by content: `identity` maps a checkpoint id to the hash of its file. */
export function weightingKey(weighting: Weighting, identity: (id: string) => string = (id) => id): string {
  return members(weighting)
    .map((id) => `${identity(id)}*${weighting[id]}`)
    .join('+');
}

/** The one id when the weighting is a checkpoint as it is. */
export function singleMember(weighting: Weighting): string | undefined {
  const [first, ...rest] = members(weighting);
  return first !== undefined && rest.length === 0 && weighting[first] === 1 ? first : undefined;
}

/** True for a mean of its members: every weight is 1 / N. */
export function isUniform(weighting: Weighting): boolean {
  const ids = members(weighting);
  return ids.every((id) => weighting[id] === 1 / ids.length);
}
