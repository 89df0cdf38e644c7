import { ProblemError } from '../problem/index.ts';

/** Throws the problem `recipe`: `text` is what is wrong, after the recipe's name. */
export function refuse(
  recipe: string,
  text: string,
  remedy: string,
  numbers: { readonly expected?: string; readonly found?: string } = {},
): never {
  throw new ProblemError({ kind: 'recipe', text: `${recipe}: ${text}`, remedy, ...numbers });
}

/** Throws: there is nothing to make a soup of. */
export function noIngredients(recipe: string): never {
  return refuse(recipe, 'has 0 ingredients, at least 1 expected', 'Add checkpoints, or put excluded ones back.', {
    expected: 'at least 1',
    found: '0',
  });
}
