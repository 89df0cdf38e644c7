import type { CheckpointFact, Facts, Row } from '../lab.ts';
import type { RecipeChoice } from '../store.ts';

export function soupOf(facts: Facts, recipe: RecipeChoice): Row | undefined {
  return facts.rows.find((row) => row.kind === 'soup' && row.recipe === recipe);
}

/** The soup on show: of the recipe chosen, else greedy's, else any. */
export function shownSoup(facts: Facts, recipe: RecipeChoice): Row | undefined {
  return soupOf(facts, recipe) ?? soupOf(facts, 'greedy') ?? facts.rows.find((row) => row.kind === 'soup');
}

function memberKey(row: Row): string {
  return Object.keys(row.weighting)
    .filter((id) => row.weighting[id] !== 0)
    .sort()
    .join('\n');
}

/** The ensemble to hold against a soup: of the same ingredients, else the first there is (of all). */
export function ensembleFor(facts: Facts, soup: Row | undefined): Row | undefined {
  const ensembles = facts.rows.filter((row) => row.kind === 'ensemble');
  return (soup === undefined ? undefined : ensembles.find((row) => memberKey(row) === memberKey(soup))) ?? ensembles[0];
}

/** Every soup, and the one ensemble to hold against the soup on show. */
export function mixturesOf(facts: Facts, soup: Row | undefined): readonly Row[] {
  const ensemble = ensembleFor(facts, soup);
  return [...facts.rows.filter((row) => row.kind === 'soup'), ...(ensemble === undefined ? [] : [ensemble])];
}

export function ingredientsOf(facts: Facts): readonly CheckpointFact[] {
  return facts.checkpoints.filter((one) => one.standing === 'ingredient');
}

export function rowOf(facts: Facts, checkpointId: string): Row | undefined {
  return facts.rows.find((row) => row.id === checkpointId);
}

/** Where a stem may be cut: just behind a separator. */
function cutAt(text: string, length: number): number {
  return Math.max(...['-', '_', '.', ' '].map((mark) => text.lastIndexOf(mark, length - 1))) + 1;
}

/**
 * Names as they are shown, by checkpoint id. Long names that share their beginning (`vit-base-patch16-224-finetuned-seed1`) lose it:
 * what tells them apart is what must be read. The full name is in every title.
 */
export function labels(facts: Facts): ReadonlyMap<string, string> {
  const names = facts.checkpoints.map((one) => [one.id, shortName(one.name), one.standing] as const);
  const stems = names.flatMap(([, name, standing]) => (standing === 'ingredient' || standing === 'excluded' ? [name] : []));
  const [first = '', ...rest] = stems;
  const shared = rest.reduce((length, name) => {
    let same = 0;
    while (same < length && name[same] === first[same]) same++;
    return same;
  }, first.length);
  const cut = rest.length === 0 || Math.max(...stems.map((name) => name.length)) <= 22 ? 0 : cutAt(first, shared);
  return new Map(names.map(([id, name]) => [id, cut >= 8 && name.startsWith(first.slice(0, cut)) ? `…${name.slice(cut)}` : name]));
}

/** The row's name without the model ending. */
export function shortName(name: string): string {
  const file = name.slice(name.lastIndexOf('/') + 1);
  return file.replace(/\.onnx$/i, '');
}

export function nameOf(facts: Facts, checkpointId: string): string {
  return labels(facts).get(checkpointId) ?? shortName(rowOf(facts, checkpointId)?.name ?? checkpointId);
}

/** Members of a soup with their weights, heaviest first. */
export function members(facts: Facts, soup: Row): readonly { readonly id: string; readonly name: string; readonly weight: number }[] {
  return Object.entries(soup.weighting)
    .filter(([, weight]) => weight !== 0)
    .map(([id, weight]) => ({ id, name: nameOf(facts, id), weight }))
    .sort((a, b) => b.weight - a.weight);
}

/** Copies of an earlier checkpoint: id of the copy → name of the one it repeats. */
export function duplicates(facts: Facts): ReadonlyMap<string, string> {
  const seen = new Map<string, CheckpointFact>();
  const copies = new Map<string, string>();
  for (const one of facts.checkpoints) {
    const key = one.sha256 ?? one.fingerprint;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, one);
    else copies.set(one.id, shortName(first.name));
  }
  return copies;
}
