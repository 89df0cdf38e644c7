import { expect, test } from 'vitest';
import { problemOf } from '../problem/index.ts';
import { greedy, parseOptions, recipeNamed, recipes, type Taster, uniform, weighted } from './index.ts';

/** Uniform and weighted taste nothing: a taste is a mistake. */
function ids(...ingredients: readonly string[]): Taster {
  return {
    ingredients,
    taste() {
      throw new Error('tasted');
    },
  };
}
const ignore = () => undefined;

async function refusal(promise: Promise<unknown>) {
  const problem = await promise.then(() => undefined, problemOf);
  expect(problem?.kind).toBe('recipe');
  return problem?.text;
}

test('uniform gives every ingredient the same weight', async () => {
  expect(await uniform.cook(ids('a', 'b', 'c', 'd'), {}, ignore)).toEqual({ weighting: { a: 0.25, b: 0.25, c: 0.25, d: 0.25 }, steps: [] });
});

test.each(recipes)('$name of nothing is refused', async (recipe) => {
  const options = recipe.name === 'weighted' ? { weights: {} } : {};
  const parsed = parseOptions(recipe, options);
  if (!parsed.ok) throw new Error(parsed.problem.text);
  expect(await refusal(recipe.cook(ids(), parsed.options, ignore))).toContain('0 ingredients');
});

test('weights are normalised, in the order of the ingredients, without zeros', async () => {
  const { weighting } = await weighted.cook(ids('a', 'b', 'c'), { weights: { c: 3, b: 0, a: 1 }, normalise: true }, ignore);
  expect(Object.entries(weighting)).toEqual([
    ['a', 0.25],
    ['c', 0.75],
  ]);
});

test('negative weights and weights as they are', async () => {
  const negative = await weighted.cook(ids('a', 'b'), { weights: { a: 3, b: -1 }, normalise: true }, ignore);
  expect(negative.weighting).toEqual({ a: 1.5, b: -0.5 });
  const plain = await weighted.cook(ids('a', 'b'), { weights: { a: 1, b: -1 }, normalise: false }, ignore);
  expect(plain.weighting).toEqual({ a: 1, b: -1 });
});

test('weights that make no soup are refused', async () => {
  const cook = (weights: Record<string, number>, normalise = true) =>
    refusal(weighted.cook(ids('a', 'b', 'c'), { weights, normalise }, ignore));
  expect(await cook({ a: 1, b: -1 })).toContain('sum to 0');
  expect(await cook({ a: 0.1, b: 0.2, c: -0.3 })).toContain('sum to 5.5');
  expect(await cook({ a: 0 }, false)).toContain('every weight is 0');
  expect(await cook({ d: 1 })).toContain('"d"');
  expect(await cook({ a: 1e308, b: 1e308 })).toContain('Infinity');
});

test('options from outside are checked, and defaults filled in', () => {
  expect(parseOptions(greedy, undefined)).toEqual({ ok: true, options: { tieRule: '>=', earlyStopping: true } });
  expect(parseOptions(greedy, { tieRule: '>' })).toEqual({ ok: true, options: { tieRule: '>', earlyStopping: true } });
  expect(parseOptions(weighted, { weights: { a: 1 } })).toEqual({ ok: true, options: { weights: { a: 1 }, normalise: true } });
  for (const options of [{ tieRule: '<' }, { tierule: '>' }, 3, { earlyStopping: 'yes' }]) {
    expect(parseOptions(greedy, options)).toMatchObject({ ok: false, problem: { kind: 'recipe' } });
  }
  expect(parseOptions(weighted, { weights: { a: Number.NaN } }).ok).toBe(false);
  expect(parseOptions(weighted, { weights: { a: Number.POSITIVE_INFINITY } }).ok).toBe(false);
});

test('recipes are found by name', () => {
  expect(recipes.map((recipe) => recipe.name)).toEqual(['uniform', 'greedy', 'weighted']);
  for (const recipe of recipes) expect(recipeNamed(recipe.name)).toBe(recipe);
  expect(recipeNamed('ties')).toBeUndefined();
});
