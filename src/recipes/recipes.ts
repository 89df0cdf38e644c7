import { z } from 'zod';
import type { Problem } from '../problem/index.ts';
import { greedy } from './greedy.ts';
import type { Recipe } from './types.ts';
import { uniform } from './uniform.ts';
import { weighted } from './weighted.ts';

/** Every recipe there is, in the order the page offers them. */
export const recipes: readonly Recipe<unknown>[] = [uniform, greedy, weighted];

/** The recipe of that name, undefined where there is none. */
export function recipeNamed(name: string): Recipe<unknown> | undefined {
  return recipes.find((recipe) => recipe.name === name);
}

/** Options from outside, checked and with defaults filled in, ready for `cook`. */
export function parseOptions<Options>(
  recipe: Recipe<Options>,
  options: unknown,
): { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly problem: Problem } {
  const parsed = recipe.options.safeParse(options ?? {});
  if (parsed.success) return { ok: true, options: parsed.data };
  return {
    ok: false,
    problem: {
      kind: 'recipe',
      text: `${recipe.name}: its options don't fit: ${z
        .prettifyError(parsed.error)
        .replaceAll('✖ ', '')
        .replaceAll(/\s*\n\s*/g, ' ')}`,
      remedy: 'Change the options, or leave them out for the defaults.',
    },
  };
}
