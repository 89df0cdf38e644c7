import { z } from 'zod';
import { noIngredients } from './problems.ts';
import type { Recipe, Weighting } from './types.ts';

/** Weight 1/N for each of N ids. */
export function uniformWeighting(ids: readonly string[]): Weighting {
  return Object.fromEntries(ids.map((id) => [id, 1 / ids.length]));
}

/** The plain mean of all ingredients (Wortsman et al. 2022, section 2, "uniform soup"). Needs no data. */
export const uniform: Recipe<Record<string, never>> = {
  name: 'uniform',
  title: 'Uniform',
  about: 'The plain mean of all ingredients.',
  needs: { selectSet: false, base: false },
  options: z.strictObject({}),
  async cook(taster) {
    if (taster.ingredients.length === 0) noIngredients('uniform');
    return { weighting: uniformWeighting(taster.ingredients), steps: [] };
  },
};
