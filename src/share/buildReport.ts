import { contingency, mcnemarExact, pairedDifference, wilson } from '../metrics/index.ts';
import type { CheckpointFact, Facts, Row, Score, SetFact } from '../results/index.ts';
import { type Report, type ReportRow, type ReportSet, reportVersion } from './report.ts';
import { tool } from './tool.ts';

/** What a report says that isn't among the facts. */
export interface ReportContext {
  /** Id of the soup's row; default: greedy's, else the newest soup's. */
  readonly row?: string | undefined;
  /** Seed that the lab was opened with. */
  readonly seed?: number;
  /** When the run ended; left out where a report should be the same twice. */
  readonly date?: Date;
}

/** Writes the facts down as `report.json`. Throws where no soup has been cooked yet: then there is nothing to report. */
export function buildReport(facts: Facts, context: ReportContext = {}): Report {
  const soups = facts.rows.filter((row) => row.kind === 'soup');
  const soup =
    context.row === undefined
      ? (soups.find((row) => row.recipe === 'greedy') ?? soups.at(-1))
      : soups.find((row) => row.id === context.row);
  if (soup === undefined) throw new Error(`No soup ${context.row ?? ''} to report on`);
  const nameOf = namer(facts);
  const weightOf = (id: string) => soup.weighting[id] ?? 0;
  const options = { ...soup.options };
  const { tieRule } = options;
  const adapter = facts.hardware?.adapter;
  const base = facts.rows.find((row) => row.kind === 'base');
  const ensemble = ensembleOf(facts, soup);
  const others = soups.filter((row) => row !== soup && !row.cooking);
  const comparison = compare(facts, soup);
  return {
    version: reportVersion,
    tool: { ...tool },
    ...(context.date === undefined ? {} : { date: context.date.toISOString() }),
    recipe: {
      name: soup.recipe ?? soup.name,
      options: byName(options, facts),
      tieRule: tieRule === '>=' || tieRule === '>' ? tieRule : null,
      seed: context.seed ?? 0,
    },
    provider: facts.hardware?.provider ?? null,
    adapter:
      adapter === undefined
        ? null
        : { description: adapter.description, vendor: adapter.vendor, architecture: adapter.architecture, software: adapter.software },
    averaging: facts.hardware?.averaging ?? 'plain',
    ...(base === undefined ? {} : { base: reportRow(facts, base) }),
    ingredients: facts.checkpoints.filter((one) => weightOf(one.id) !== 0).map((one) => ingredientOf(one, weightOf(one.id))),
    candidates: facts.rows
      .filter((row) => row.kind === 'ingredient')
      .map((row) => ({ ...reportRow(facts, row), weight: weightOf(row.id) })),
    soup: reportRow(facts, soup),
    ...(others.length === 0 ? {} : { others: others.map((row) => reportRow(facts, row)) }),
    ...(ensemble === undefined ? {} : { ensemble: reportRow(facts, ensemble) }),
    ...(comparison === undefined ? {} : { comparison }),
    steps: (soup.steps ?? []).map(({ candidate, accepted, accuracy, correct, needed, examplesRun, examplesTotal, soup: chosen }) => ({
      candidate: nameOf(candidate),
      accepted,
      accuracy: accuracy ?? null,
      correct,
      needed,
      examplesRun,
      examplesTotal,
      soup: chosen.map(nameOf),
    })),
    ...(facts.memory === undefined
      ? {}
      : { memory: { mode: facts.memory.mode, budgetBytes: facts.memory.budgetBytes, predictedPeakBytes: { ...facts.memory.predicted } } }),
    cost: { ...facts.cost, seconds: { ...facts.cost.seconds }, peakBytes: { ...facts.cost.peakBytes } },
  };
}

function namer(facts: Facts): (id: string) => string {
  const names = new Map(facts.checkpoints.map((one) => [one.id, one.name]));
  return (id) => names.get(id) ?? id;
}

/** Options that name checkpoints by id (weights by hand) name them by file outside the lab. */
function byName(options: Readonly<Record<string, unknown>>, facts: Facts): Record<string, unknown> {
  const { weights } = options;
  if (typeof weights !== 'object' || weights === null) return { ...options };
  const nameOf = namer(facts);
  return { ...options, weights: Object.fromEntries(Object.entries(weights).map(([id, weight]) => [nameOf(id), weight])) };
}

function ingredientOf(one: CheckpointFact, weight: number): Report['ingredients'][number] {
  return {
    name: one.name,
    weight,
    bytes: one.bytes,
    fingerprint: one.fingerprint,
    ...(one.sha256 === undefined ? {} : { sha256: one.sha256 }),
    ...(one.note === undefined ? {} : { note: one.note }),
    ...(one.hyperparameters === undefined ? {} : { hyperparameters: { ...one.hyperparameters } }),
  };
}

/** The ensemble of what is in the soup; else of everything. */
function ensembleOf(facts: Facts, soup: Row): Row | undefined {
  const key = (row: Row) =>
    Object.keys(row.weighting)
      .filter((id) => row.weighting[id] !== 0)
      .sort()
      .join('\n');
  return facts.rows.find((row) => row.kind === 'ensemble' && key(row) === key(soup));
}

function reportRow(facts: Facts, row: Row): ReportRow {
  const sha256 = row.sha256 ?? facts.checkpoints.find((one) => one.id === row.id)?.sha256;
  const sets = facts.sets.flatMap((set): [string, ReportSet][] => {
    const entry = reportSet(set, row.scores[set.id]);
    return entry === undefined ? [] : [[set.name, entry]];
  });
  return {
    name: row.name,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(row.kind === 'soup' && row.recipe !== undefined ? { recipe: { name: row.recipe, options: byName(row.options ?? {}, facts) } } : {}),
    sets: Object.fromEntries(sets),
  };
}

function reportSet(set: SetFact, score: Score | undefined): ReportSet | undefined {
  if (set.role === 'unlabelled' || score === undefined || score.done === 0) return undefined;
  return {
    role: set.role,
    n: score.done,
    correct: score.correct,
    top1: score.correct / score.done,
    ci95: wilson(score.correct, score.done),
    loss: score.lossSum / score.done,
    ...(score.done < score.n ? { of: score.n } : {}),
  };
}

/**
 * Soup against the best single checkpoint by exact McNemar, on the first report set (else on select). The best is chosen on
 * select where there is one, so that the report set only judges.
 */
function compare(facts: Facts, soup: Row): Report['comparison'] {
  const select = facts.sets.find((set) => set.role === 'select');
  const set = facts.sets.find((one) => one.role === 'report' && one.labels !== undefined) ?? select;
  const by = select ?? set;
  if (set === undefined || by === undefined || set.labels === undefined || set.role === 'unlabelled') return undefined;
  const singles = facts.rows.filter((row) => row.kind === 'ingredient' && isComplete(row.scores[by.id]));
  const [first, ...rest] = singles;
  if (first === undefined) return undefined;
  const correct = (row: Row) => row.scores[by.id]?.correct ?? 0;
  const best = rest.reduce((leader, row) => (correct(row) > correct(leader) ? row : leader), first);
  const mine = soup.scores[set.id];
  const theirs = best.scores[set.id];
  if (mine === undefined || theirs === undefined) return undefined;
  const table = contingency(mine.predicted, theirs.predicted, set.labels);
  if (table.n === 0) return undefined;
  const { difference, ci95 } = pairedDifference(table.n, table.both, table.onlyA, table.onlyB);
  return {
    set: set.name,
    role: set.role,
    against: best.name,
    n: table.n,
    fixes: table.onlyA,
    breaks: table.onlyB,
    difference,
    ci95,
    p: mcnemarExact(table.onlyA, table.onlyB),
  };
}

function isComplete(score: Score | undefined): boolean {
  return score !== undefined && score.done === score.n;
}
