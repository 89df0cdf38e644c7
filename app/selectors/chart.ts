import { type Facts, percent, type Row, type SetFact } from '../lab.ts';
import type { ChartSort, RecipeChoice } from '../store.ts';
import { type Measure, measure } from './measure.ts';
import { selectSet, shownReportSet } from './sets.ts';
import { labels, mixturesOf, shortName, shownSoup } from './soups.ts';

export interface ChartRow {
  readonly id: string;
  readonly name: string;
  /** Weight in the soup on show, 0 where it is not in it. */
  readonly weight: number;
  readonly base: boolean;
  readonly excluded: boolean;
  readonly select: Measure | undefined;
  readonly report: Measure | undefined;
}

/** A soup or the ensemble: a vertical line through all rows. */
export interface ChartLine {
  readonly id: string;
  readonly name: string;
  readonly kind: 'shown' | 'soup' | 'ensemble';
  /** Dash pattern, so that the lines differ without colour. */
  readonly dash: string;
  readonly measure: Measure;
}

export interface ChartModel {
  readonly rows: readonly ChartRow[];
  readonly lines: readonly ChartLine[];
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly digits: number;
  readonly select: SetFact | undefined;
  readonly report: SetFact | undefined;
  /** The set the lines are drawn for. */
  readonly lineSet: SetFact | undefined;
  /** Every mark drawn is of a whole set. */
  readonly complete: boolean;
}

const dashes: Readonly<Record<string, string>> = { greedy: '', uniform: '7 4', weighted: '7 3 2 3' };
const ensembleDash = '1.5 3.5';

function chartRows(facts: Facts, soup: Row | undefined, select: SetFact | undefined, report: SetFact | undefined): readonly ChartRow[] {
  const named = labels(facts);
  return facts.checkpoints
    .filter((one) => one.standing !== 'refused')
    .map((one) => {
      const row = facts.rows.find((candidate) => candidate.id === one.id);
      return {
        id: one.id,
        name: named.get(one.id) ?? shortName(one.name),
        weight: soup?.weighting[one.id] ?? 0,
        base: one.standing === 'base',
        excluded: one.standing === 'excluded',
        select: measure(row, select?.id),
        report: measure(row, report?.id),
      };
    });
}

export function sortRows(rows: readonly ChartRow[], by: ChartSort): readonly ChartRow[] {
  const key = (row: ChartRow): number =>
    by === 'weight' ? row.weight : ((by === 'select' ? row.select : row.report)?.accuracy ?? row.select?.accuracy ?? -1);
  return rows.toSorted((a, b) => {
    if (a.base !== b.base) return a.base ? 1 : -1;
    const order = by === 'name' ? 0 : key(b) - key(a);
    return order !== 0 ? order : a.name.localeCompare(b.name, undefined, { numeric: true });
  });
}

/** Round steps, in percent, for about five to eight ticks. */
const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20];

/**
 * The stretch of the axis that is drawn. Truncated (dots, not bars, so that is honest). A row far below the rest does not squeeze
 * the others: what lies further below the best than four times the median's distance is shown as an arrow at the edge.
 */
export function chartDomain(measures: readonly Measure[]): { domain: readonly [number, number]; ticks: readonly number[]; digits: number } {
  if (measures.length === 0) return { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], digits: 0 };
  const best = Math.max(...measures.map((one) => one.accuracy));
  const gaps = measures.map((one) => best - one.accuracy).sort((a, b) => a - b);
  const median = gaps[gaps.length >> 1] ?? 0;
  const reach = Math.max(4 * median, 0.05);
  const near = measures.filter((one) => best - one.accuracy <= reach);
  let low = Math.max(0, Math.min(...near.map((one) => one.low)));
  let high = Math.min(1, Math.max(...near.map((one) => one.high)));
  if (high - low < 0.004) {
    low = Math.max(0, low - 0.002);
    high = Math.min(1, high + 0.002);
  }
  const span = 100 * (high - low);
  const step = steps.find((one) => span / one <= 8) ?? 20;
  const first = Math.floor((100 * low) / step + 1e-9);
  const last = Math.ceil((100 * high) / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => ((first + index) * step) / 100);
  return { domain: [ticks[0] ?? low, ticks.at(-1) ?? high], ticks, digits: step < 1 ? 1 : 0 };
}

/** Everything the accuracy chart draws, the same for the screen, the exported files and the result picture. */
export function chartModel(facts: Facts, view: { recipe: RecipeChoice; reportSet: string | undefined; chartSort: ChartSort }): ChartModel {
  const select = selectSet(facts);
  const report = shownReportSet(facts, view.reportSet);
  const soup = shownSoup(facts, view.recipe);
  const rows = sortRows(chartRows(facts, soup, select, report), view.chartSort);
  const mixtures = mixturesOf(facts, soup);
  const scored = (set: SetFact | undefined): boolean => mixtures.some((row) => measure(row, set?.id) !== undefined);
  const lineSet = scored(report) ? report : scored(select) ? select : report;
  const lines = mixtures.flatMap((row): ChartLine[] => {
    const found = row.cooking ? undefined : measure(row, lineSet?.id);
    if (found === undefined) return [];
    const kind = row.id === soup?.id ? 'shown' : row.kind === 'ensemble' ? 'ensemble' : 'soup';
    return [
      {
        id: row.id,
        name: row.kind === 'ensemble' ? 'ensemble' : row.name,
        kind,
        dash: row.kind === 'ensemble' ? ensembleDash : (dashes[row.recipe ?? ''] ?? '4 3'),
        measure: found,
      },
    ];
  });
  const measures = [...rows.flatMap((row) => [row.select, row.report]), ...lines.map((line) => line.measure)].filter(
    (one) => one !== undefined,
  );
  return { rows, lines, ...chartDomain(measures), select, report, lineSet, complete: measures.every((one) => one.complete) };
}

export interface LineLabel {
  readonly line: ChartLine;
  readonly text: string;
  /** 0 = the lowest row of labels, nearest the plot. */
  readonly tier: number;
  readonly anchor: 'start' | 'end';
}

/**
 * Labels of the vertical lines, one tier each so that they never overlap. Standing left of their lines, the rightmost is highest
 * (or mirrored): no line then crosses a label of another.
 */
export function lineLabels(model: ChartModel): readonly LineLabel[] {
  const [low, high] = model.domain;
  const centre = (low + high) / 2;
  const mean = model.lines.reduce((sum, line) => sum + line.measure.accuracy, 0) / Math.max(1, model.lines.length);
  const anchor = mean >= centre ? 'end' : 'start';
  return model.lines
    .toSorted((a, b) => (anchor === 'end' ? 1 : -1) * (a.measure.accuracy - b.measure.accuracy))
    .map((line, tier) => ({ line, text: `${line.name} ${percent(line.measure.accuracy)}`, tier, anchor }));
}

/** One sentence that says how to read the chart. */
export function howToRead(model: ChartModel): string {
  const marks = [
    ...(model.select === undefined ? [] : [`○ ${model.select.name} (chose)`]),
    ...(model.report === undefined ? [] : [`● ${model.report.name} (reports)`]),
  ];
  if (marks.length === 0) return 'Add a held-out set to see how every checkpoint does.';
  const lines =
    model.lineSet === undefined || model.lines.length === 0
      ? ''
      : ` Vertical lines: soups and ensemble on ${model.lineSet.name}, shaded bands their intervals.`;
  return `${marks.join(', ')}; bars are 95 % intervals, ◆ is in the soup.${lines} The axis does not start at 0.`;
}
