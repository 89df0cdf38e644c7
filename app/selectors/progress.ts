import type { Facts } from '../lab.ts';

/** Share of the run that is done, 0 … 1; undefined where it can't be known yet. */
export function share(facts: Facts): number | undefined {
  const { done, total } = facts.progress;
  return total > 0 ? Math.min(1, done / total) : undefined;
}

/** `12 s left`, `2 min left`; empty where it can't be said. */
export function timeLeft(facts: Facts): string {
  const seconds = facts.progress.secondsLeft;
  if (seconds === undefined || !Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'nearly done';
  if (seconds < 90) return `${Math.ceil(seconds)} s left`;
  return `${Math.ceil(seconds / 60)} min left`;
}

export function busy(facts: Facts): boolean {
  return facts.progress.phase !== 'idle';
}

/** Something that was wanted is not scored to the end: a cancelled or failed run can go on. */
export function unfinished(facts: Facts): boolean {
  // A set that doesn't fit is never scored; shared examples are a warning and hold nothing up.
  const fits = (set: Facts['sets'][number]) => set.problems.every((problem) => problem.kind === 'shared-examples');
  const labelled = facts.sets.filter((set) => set.role !== 'unlabelled' && set.n > 0 && fits(set));
  if (labelled.length === 0) return false;
  const ingredients = new Set(facts.checkpoints.filter((one) => one.standing === 'ingredient').map((one) => one.id));
  // Ensembles are left out: they cost no run of their own, and may stay untold where logits are too many to keep.
  return facts.rows
    .filter((row) => row.kind === 'soup' || ingredients.has(row.id))
    .some(
      (row) =>
        row.cooking ||
        labelled.some((set) => {
          const score = row.scores[set.id];
          return score === undefined || score.done < score.n;
        }),
    );
}
