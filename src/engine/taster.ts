import { canStillReach, hardestFirst, type Taster, type Weighting } from '../recipes/index.ts';
import { type Held, type Kit, openEntry, scoreInto } from './score.ts';

/** Examples between two looks at the bound: small enough to stop soon, large enough to keep every worker busy. */
const BLOCK = 500;

/**
 * Tastes soups on the select set for a recipe. Candidates that can no longer reach what they must are stopped; the examples that most
 * ingredients get wrong come first, which stops them sooner and changes no decision.
 */
export async function openTaster(
  kit: Kit,
  held: Held,
  ingredients: readonly string[],
  signal: AbortSignal,
  between: (done: number, spared: number) => Promise<void>,
): Promise<Taster> {
  const entries = await Promise.all(ingredients.map((id) => openEntry(kit, { [id]: 1 }, held)));
  const known = entries.filter((entry) => entry.done === entry.n).map((entry) => entry.predicted);
  const order = new Uint32Array(hardestFirst(known, held.fact.labels ?? new Int32Array(held.fact.n)));

  async function taste(weighting: Weighting, needed = 0) {
    const entry = await openEntry(kit, weighting, held);
    const total = entry.n;
    let from = 0;
    if (entry.done < total) entry.representative = false;
    while (entry.done < total && canStillReach(entry.correct, entry.done, total, needed)) {
      const block = order.slice(from, from + BLOCK);
      from += BLOCK;
      const ran = await scoreInto(kit, entry, weighting, held, block, signal);
      if (ran.length > 0) await between(ran.length, 0);
    }
    const complete = entry.done === total;
    if (!complete) {
      kit.meter.spared(total - entry.done);
      await between(0, total - entry.done);
    }
    return { correct: entry.correct, examplesRun: entry.done, examplesTotal: total, complete };
  }

  return { ingredients, taste };
}
