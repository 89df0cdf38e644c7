import { z } from 'zod';
import { noIngredients, refuse } from './problems.ts';
import type { Recipe } from './types.ts';

export interface WeightedOptions {
  /** Weight by checkpoint id. Any finite number, negative ones too (task arithmetic subtracts); ids left out weigh 0. */
  readonly weights: Readonly<Record<string, number>>;
  /** Divide by their sum, so that the soup stays in the scale of its ingredients. */
  readonly normalise: boolean;
}

/** Weights below this share of the largest sum of magnitudes are what rounding leaves of 0. */
const zeroSum = 1e-12;

/** A soup by hand. Needs no data. */
export const weighted: Recipe<WeightedOptions> = {
  name: 'weighted',
  title: 'Weights',
  about: 'A weighted mean with the weights you give.',
  needs: { selectSet: false, base: false },
  options: z.strictObject({ weights: z.record(z.string(), z.number()), normalise: z.boolean().default(true) }),
  async cook(taster, { weights, normalise }) {
    if (taster.ingredients.length === 0) noIngredients('weighted');
    const known = new Set(taster.ingredients);
    const stranger = Object.keys(weights).find((id) => !known.has(id));
    if (stranger !== undefined) {
      refuse('weighted', `a weight is given for "${stranger}", which is no ingredient`, 'Give weights for ingredients only.', {
        expected: taster.ingredients.join(', '),
        found: stranger,
      });
    }
    // In the order of the ingredients and without zeros: the same soup always reads the same.
    const given = taster.ingredients.map((id) => [id, weights[id] ?? 0] as const).filter(([, weight]) => weight !== 0);
    if (given.length === 0) refuse('weighted', 'every weight is 0', 'Give at least one ingredient a weight.');
    if (!normalise) return { weighting: Object.fromEntries(given), steps: [] };
    const sum = given.reduce((total, [, weight]) => total + weight, 0);
    const magnitude = given.reduce((total, [, weight]) => total + Math.abs(weight), 0);
    if (Math.abs(sum) <= zeroSum * magnitude || !Number.isFinite(sum)) {
      refuse('weighted', `the weights sum to ${sum}, which can't be brought to 1`, 'Change a weight, or switch normalising off.', {
        expected: 'a sum other than 0',
        found: `${sum}`,
      });
    }
    return { weighting: Object.fromEntries(given.map(([id, weight]) => [id, weight / sum])), steps: [] };
  },
};
