import type { CheckpointFact, Facts, Problem, SetFact } from '../lab.ts';
import type { RecipeChoice, TableColumn } from '../store.ts';
import { distinction, everyHyperparameter, varying } from './hyperparameters.ts';
import { type Measure, measure } from './measure.ts';
import { selectSet, shownReportSet } from './sets.ts';
import { duplicates, labels, members, mixturesOf, rowOf, shortName, shownSoup } from './soups.ts';

/** One line of the checkpoint table. */
export interface CheckpointLine {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** What tells it apart, in few words. */
  readonly distinction: string;
  readonly everything: string;
  readonly standing: CheckpointFact['standing'];
  readonly bytes: number;
  readonly weight: number;
  readonly select: Measure | undefined;
  readonly report: Measure | undefined;
  /** Name of the checkpoint it is a copy of. */
  readonly copyOf: string | undefined;
  readonly problems: readonly Problem[];
}

interface Look {
  readonly recipe: RecipeChoice;
  readonly reportSet: string | undefined;
}

export function checkpointLines(
  facts: Facts,
  look: Look,
): { lines: readonly CheckpointLine[]; select: SetFact | undefined; report: SetFact | undefined } {
  const select = selectSet(facts);
  const report = shownReportSet(facts, look.reportSet);
  const soup = shownSoup(facts, look.recipe);
  const keys = varying(facts.checkpoints.filter((one) => one.standing !== 'base'));
  const copies = duplicates(facts);
  const named = labels(facts);
  const lines = facts.checkpoints.map((one) => {
    const row = rowOf(facts, one.id);
    return {
      id: one.id,
      name: named.get(one.id) ?? shortName(one.name),
      path: one.name,
      distinction: distinction(one, keys),
      everything: everyHyperparameter(one),
      standing: one.standing,
      bytes: one.bytes,
      weight: soup?.weighting[one.id] ?? 0,
      select: measure(row, select?.id),
      report: measure(row, report?.id),
      copyOf: copies.get(one.id),
      problems: one.problems,
    };
  });
  return { lines, select, report };
}

const places = { refused: -1, ingredient: 0, excluded: 0, base: 1 } as const;

/** Refused files stand first (they want attention) and the base last, whatever is sorted by. */
export function sortLines(lines: readonly CheckpointLine[], column: TableColumn, descending: boolean): readonly CheckpointLine[] {
  const value = (line: CheckpointLine): number =>
    column === 'bytes' ? line.bytes : column === 'weight' ? line.weight : column === 'name' ? 0 : (line[column]?.accuracy ?? -1);
  return lines.toSorted((a, b) => {
    const place = places[a.standing] - places[b.standing];
    if (place !== 0) return place;
    const names = a.name.localeCompare(b.name, undefined, { numeric: true });
    const order = column === 'name' ? names : value(a) - value(b);
    return (descending ? -order : order) || names;
  });
}

/** A soup or an ensemble above the checkpoints. */
export interface MixtureLine {
  readonly id: string;
  readonly name: string;
  readonly kind: 'soup' | 'ensemble';
  readonly recipe: RecipeChoice | undefined;
  readonly shown: boolean;
  readonly cooking: boolean;
  readonly about: string;
  readonly select: Measure | undefined;
  readonly report: Measure | undefined;
}

export function mixtureLines(facts: Facts, look: Look): readonly MixtureLine[] {
  const select = selectSet(facts);
  const report = shownReportSet(facts, look.reportSet);
  const soup = shownSoup(facts, look.recipe);
  return mixturesOf(facts, soup).map((row): MixtureLine => {
    const count = members(facts, row).length;
    return {
      id: row.id,
      name: row.kind === 'ensemble' ? 'ensemble' : row.name,
      kind: row.kind === 'ensemble' ? 'ensemble' : 'soup',
      recipe: row.recipe === 'uniform' || row.recipe === 'greedy' || row.recipe === 'weighted' ? row.recipe : undefined,
      shown: row.id === soup?.id,
      cooking: row.cooking,
      about: row.cooking ? 'cooking' : `of ${count}`,
      select: measure(row, select?.id),
      report: measure(row, report?.id),
    };
  });
}
