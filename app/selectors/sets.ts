import { type Facts, judgingSet, type SetFact } from '../lab.ts';

/** The set that chooses. A set that could not be read (no examples) has no part in anything. */
export function selectSet(facts: Facts): SetFact | undefined {
  return facts.sets.find((set) => set.role === 'select' && set.n > 0);
}

export function reportSets(facts: Facts): readonly SetFact[] {
  return facts.sets.filter((set) => set.role === 'report' && set.n > 0);
}

/** The report set to look at: the one chosen, else the one the verdict is judged on, else the first. */
export function shownReportSet(facts: Facts, chosen: string | undefined): SetFact | undefined {
  const sets = reportSets(facts);
  const judging = judgingSet(facts);
  return sets.find((set) => set.id === chosen) ?? sets.find((set) => set.id === judging?.id) ?? sets[0];
}

/** What must be said where choosing and reporting are not kept apart; undefined where they are. */
export function separation(facts: Facts): string | undefined {
  if (facts.sets.length === 0) return undefined;
  const select = selectSet(facts);
  const reports = reportSets(facts);
  if (select === undefined) return 'No set chooses: greedy needs one with the role “select”.';
  if (reports.length === 0) return 'Only a select set: choosing and reporting would use the same examples. Add a report set.';
  const same = reports.find((set) => set.sha256 === select.sha256);
  return same === undefined ? undefined : `${select.name} and ${same.name} hold the same examples: what is reported is what was chosen on.`;
}

/** Sets whose preprocessing nobody gave: it was guessed from the graph, and every accuracy on them stands on that guess. */
export function guessedSets(facts: Facts): readonly SetFact[] {
  return facts.sets.filter((set) => set.preprocessing !== undefined && set.preprocessingSource === 'guessed');
}

/** What the evidence must not leave unsaid. */
export function caveats(facts: Facts): readonly string[] {
  return guessedSets(facts).length === 0 ? [] : ['preprocessing guessed, not given: check it before you trust these numbers'];
}
