import { contingency, mcnemarExact, mcnemarSampleSize, pairedDifference } from '../metrics/index.ts';
import { percent, pValue, thousands } from './format.ts';
import type { Facts, Row, Score, SetFact } from './types.ts';

/** The answer in one sentence, with its evidence. A pure function of the facts. */
export interface Verdict {
  readonly voice: 'better' | 'worse' | 'undecided' | 'unknown';
  readonly sentence: string;
  readonly evidence: readonly string[];
  /** Ids of the set judged on, the soup judged and the best single checkpoint. */
  readonly set?: string;
  readonly soup?: string;
  readonly best?: string;
  /** Where nothing is left to be scored for it. */
  readonly final: boolean;
}

/** Two-sided significance at which the lab says better or worse. */
export const significance = 0.05;

function accuracy(score: Score | undefined): number {
  return score === undefined || score.done === 0 ? Number.NaN : score.correct / score.done;
}

function complete(score: Score | undefined): score is Score {
  return score !== undefined && score.done === score.n;
}

/** The set that chooses. A set that could not be read has no part in anything. */
function choosingSet(facts: Facts): SetFact | undefined {
  return facts.sets.find((set) => set.role === 'select' && set.n > 0);
}

/** The set that judges: the one asked for, the first report set, else the select set. */
export function judgingSet(facts: Facts, asked?: string): SetFact | undefined {
  const reports = facts.sets.filter((set) => set.role === 'report' && set.n > 0 && set.labels !== undefined);
  return reports.find((set) => set.id === asked) ?? reports[0] ?? choosingSet(facts);
}

/** The best single ingredient: chosen on the select set where there is one (so that the report set judges only), else on `set`. */
export function bestIngredient(facts: Facts, set: SetFact): Row | undefined {
  const by = choosingSet(facts) ?? set;
  const ingredients = facts.rows.filter((row) => row.kind === 'ingredient' && isIngredient(facts, row.id));
  if (ingredients.length === 0 || !ingredients.every((row) => complete(row.scores[by.id]))) return undefined;
  return ingredients.reduce((best, row) => (accuracy(row.scores[by.id]) > accuracy(best.scores[by.id]) ? row : best));
}

function isIngredient(facts: Facts, id: string): boolean {
  return facts.checkpoints.some((one) => one.id === id && one.standing === 'ingredient');
}

/** The soup that is judged: the one asked for, else greedy, else the newest. */
function judgedSoup(facts: Facts, focus: string | undefined): Row | undefined {
  const soups = facts.rows.filter((row) => row.kind === 'soup');
  return soups.find((row) => row.id === focus) ?? soups.find((row) => row.recipe === 'greedy') ?? soups.at(-1);
}

const titles: Readonly<Record<string, string>> = { uniform: 'uniform soup', greedy: 'greedy soup', weighted: 'soup by hand' };

function soupPhrase(facts: Facts, soup: Row): string {
  const members = Object.values(soup.weighting).filter((weight) => weight !== 0).length;
  const all = facts.checkpoints.filter((one) => one.standing === 'ingredient').length;
  const of = members === all ? `all ${all}` : `${members} of ${all}`;
  return `The ${titles[soup.recipe ?? ''] ?? `${soup.name} soup`} of ${of} checkpoints`;
}

function unknown(sentence: string, evidence: readonly string[] = []): Verdict {
  return { voice: 'unknown', sentence, evidence, final: false };
}

function waiting(facts: Facts): Verdict {
  const ingredients = facts.checkpoints.filter((one) => one.standing === 'ingredient');
  const refused = facts.checkpoints.filter((one) => one.standing === 'refused');
  if (ingredients.length === 0) {
    return refused.length > 0
      ? unknown(
          `None of the ${refused.length} files can be souped yet.`,
          refused.flatMap((one) => one.problems.map((problem) => problem.text)).slice(0, 2),
        )
      : unknown('Drop fine-tuned ONNX checkpoints of one architecture, and a held-out set.');
  }
  if (ingredients.length === 1) return unknown('One checkpoint is no soup yet: add another fine-tune of the same network.');
  if (facts.sets.length === 0) {
    return unknown(`${ingredients.length} checkpoints are ready. Add a held-out set to see whether their soup is better.`);
  }
  return unknown('Not yet known: no soup has been cooked.');
}

/** Is the soup better than its best ingredient? `focus` names the soup row to judge, `asked` the report set to judge on. */
export function verdict(facts: Facts, focus?: string, asked?: string): Verdict {
  const set = judgingSet(facts, asked);
  const soup = judgedSoup(facts, focus);
  const ingredients = facts.rows.filter((row) => row.kind === 'ingredient' && isIngredient(facts, row.id));
  if (set === undefined || ingredients.length < 2) return waiting(facts);
  const best = bestIngredient(facts, set);
  if (best === undefined) {
    const done = ingredients.reduce((sum, row) => sum + Object.values(row.scores).reduce((all, score) => all + score.done, 0), 0);
    if (facts.progress.phase === 'idle' && done > 0) {
      return unknown('Not yet known: the run stopped before every checkpoint was scored.', [`${thousands(done)} predictions are kept`]);
    }
    return done === 0
      ? unknown('Not yet known: the checkpoints are being read.')
      : unknown('Not yet known: every checkpoint is being scored.', [`${thousands(done)} predictions so far`]);
  }
  if (soup === undefined) return waiting(facts);
  const names = { set: set.id, soup: soup.id, best: best.id } as const;
  if (soup.cooking) {
    const considered = soup.steps?.length ?? 0;
    const evidence = considered > 0 ? [`${considered} of ${ingredients.length} checkpoints considered`] : [];
    return { ...unknown(`Not yet known: the ${titles[soup.recipe ?? ''] ?? 'soup'} is being cooked.`, evidence), ...names };
  }
  const members = Object.keys(soup.weighting).filter((id) => soup.weighting[id] !== 0);
  if (members.length === 1 && members[0] === best.id) {
    const why = soup.recipe === 'greedy' ? 'no other checkpoint kept or raised its accuracy on select' : 'it has all the weight';
    const score = best.scores[set.id];
    return {
      voice: 'undecided',
      sentence: `The ${titles[soup.recipe ?? ''] ?? 'soup'} is ${best.name} alone: ${why}.`,
      evidence:
        score === undefined
          ? []
          : [`${percent(accuracy(score))} % on ${set.name}`, `${thousands(score.done)} of ${thousands(score.n)} examples`],
      ...names,
      final: complete(score),
    };
  }
  return compare(facts, set, soup, best, names);
}

function compare(facts: Facts, set: SetFact, soup: Row, best: Row, names: { set: string; soup: string; best: string }): Verdict {
  const mine = soup.scores[set.id];
  const theirs = best.scores[set.id];
  if (mine === undefined || theirs === undefined || set.labels === undefined) {
    return { ...unknown(`Not yet known: the soup and ${best.name} have still to be scored on ${set.name}.`), ...names };
  }
  const table = contingency(mine.predicted, theirs.predicted, set.labels);
  if (table.n === 0) return { ...unknown(`Not yet known: ${set.name} is being scored.`), ...names };
  const paired = pairedDifference(table.n, table.both, table.onlyA, table.onlyB);
  const p = mcnemarExact(table.onlyA, table.onlyB);
  const evidence = [
    `${percent((table.both + table.onlyA) / table.n)} % against ${percent((table.both + table.onlyB) / table.n)} %`,
    `fixes ${thousands(table.onlyA)} and breaks ${thousands(table.onlyB)} of ${thousands(table.n)}`,
    pValue(p),
    `difference ${signed(paired.difference)}, 95 % interval ${signed(paired.ci95[0])} to ${signed(paired.ci95[1])}`,
    ...(set.role === 'select' ? ['judged on the examples that chose it: add a report set to be sure'] : []),
  ];
  const final = complete(mine) && complete(theirs);
  const phrase = soupPhrase(facts, soup);
  const by = `${percent(Math.abs(paired.difference))} points on ${set.name}`;
  if (!final) {
    const lean = paired.difference > 0 ? 'leads' : paired.difference < 0 ? 'trails' : 'is level with';
    const far = paired.difference === 0 ? '' : ` by ${percent(Math.abs(paired.difference))} points`;
    const sentence = `So far ${phrase.charAt(0).toLowerCase()}${phrase.slice(1)} ${lean} ${lean === 'is level with' ? '' : 'the best single one, '}${best.name}${far}, after ${thousands(table.n)} of ${thousands(set.n)} examples of ${set.name}.`;
    return { voice: 'unknown', sentence: sentence.replace('  ', ' '), evidence, ...names, final };
  }
  if (p < significance && paired.difference > 0) {
    return { voice: 'better', sentence: `${phrase} beats the best single one, ${best.name}, by ${by}.`, evidence, ...names, final };
  }
  if (p < significance && paired.difference < 0) {
    return { voice: 'worse', sentence: `${phrase} is worse than the best single one, ${best.name}, by ${by}.`, evidence, ...names, final };
  }
  const needed = mcnemarSampleSize({ p10: table.onlyA / table.n, p01: table.onlyB / table.n });
  const settle =
    Number.isFinite(needed) && needed > table.n
      ? `about ${thousands(roundUp(needed))} examples would settle a difference of this size`
      : 'the two make too nearly the same mistakes for any set size to settle it';
  return {
    voice: 'undecided',
    sentence: `${phrase} can't be told apart from the best single one, ${best.name}, on ${set.name}.`,
    evidence: [...evidence, settle],
    ...names,
    final,
  };
}

function signed(fraction: number): string {
  const text = percent(fraction);
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

/** Rounded up to two significant digits: a planning number, not a measurement. */
function roundUp(n: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return Math.ceil(n / step) * step;
}
