import { z } from 'zod';
import { noIngredients, refuse } from './problems.ts';
import type { GreedyStep, Recipe, Tally, Taster, TieRule } from './types.ts';
import { uniformWeighting } from './uniform.ts';

export interface GreedyOptions {
  /** Whether a candidate that leaves the accuracy unchanged is kept: the paper's Recipe 1 says ≥, the authors' code >. */
  readonly tieRule: TieRule;
  /** Stop a trial once it can't be kept any more. Changes no decision, only the cost. */
  readonly earlyStopping: boolean;
}

/**
 * The greedy soup: ingredients in order of their select accuracy, each kept if the mean with it is at least as accurate.
 *
 * Wortsman, M. et al. (2022). Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
 * inference time. ICML, Recipe 1. Equal accuracies keep the order in which the ingredients were given.
 */
export const greedy: Recipe<GreedyOptions> = {
  name: 'greedy',
  title: 'Greedy',
  about: 'Adds the ingredients from the best to the worst and keeps each that does not make the soup worse on the select set.',
  needs: { selectSet: true, base: false },
  options: z.strictObject({ tieRule: z.enum(['>=', '>']).default('>='), earlyStopping: z.boolean().default(true) }),
  async cook(taster, { tieRule, earlyStopping }, onEvent) {
    const [first, ...others] = await byAccuracy(taster);
    if (!first) return noIngredients('greedy');
    const steps: GreedyStep[] = [];
    const take = (step: GreedyStep) => {
      steps.push(step);
      onEvent({ type: 'considered', step });
    };
    let soup: readonly string[] = [first.id];
    let correct = first.tally.correct;
    onEvent({ type: 'considering', candidate: first.id });
    take(stepOf(first.id, first.tally, 0, true, soup));
    for (const { id } of others) {
      onEvent({ type: 'considering', candidate: id });
      const needed = tieRule === '>=' ? correct : correct + 1;
      const trial = [...soup, id];
      const tally = await taster.taste(uniformWeighting(trial), earlyStopping ? needed : undefined);
      const accepted = tally.complete && tally.correct >= needed;
      if (accepted) {
        soup = trial;
        correct = tally.correct;
      }
      take(stepOf(id, tally, needed, accepted, soup));
    }
    return { weighting: uniformWeighting(soup), steps };
  },
};

async function byAccuracy(taster: Taster): Promise<readonly { readonly id: string; readonly tally: Tally }[]> {
  const singles: { readonly id: string; readonly tally: Tally }[] = [];
  for (const id of taster.ingredients) {
    const tally = await taster.taste({ [id]: 1 });
    if (!tally.complete) throw new Error(`greedy: ${id} alone was stopped after ${tally.examplesRun} of ${tally.examplesTotal} examples`);
    if (tally.examplesTotal === 0) {
      refuse('greedy', 'the select set has 0 examples, at least 1 expected', 'Add held-out data to choose on.', {
        expected: 'at least 1',
        found: '0',
      });
    }
    singles.push({ id, tally });
  }
  // Array.sort is stable: ties stay as given.
  return singles.sort((a, b) => b.tally.correct - a.tally.correct);
}

function stepOf(candidate: string, tally: Tally, needed: number, accepted: boolean, soup: readonly string[]): GreedyStep {
  const { correct, examplesRun, examplesTotal, complete } = tally;
  return {
    candidate,
    accepted,
    accuracy: complete ? correct / examplesTotal : undefined,
    correct,
    needed,
    examplesRun,
    examplesTotal,
    soup,
  };
}
