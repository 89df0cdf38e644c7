import { type Facts, formatBytes, percent, type Row, thousands, type Verdict } from '../lab.ts';
import { chartModel, howToRead } from '../selectors/chart.ts';
import { whatWentIn } from '../selectors/greedy.ts';
import { measure } from '../selectors/measure.ts';
import { caveats } from '../selectors/sets.ts';
import { members, mixturesOf, nameOf, rowOf, shortName, shownSoup } from '../selectors/soups.ts';
import type { RecipeChoice } from '../store.ts';
import { chartElements, svgDocument } from './chartSvg.ts';
import { cut, hair, hairStrong, soft, soupColour, text, wrap } from './svgText.ts';

export interface PictureLook {
  readonly recipe: RecipeChoice;
  readonly reportSet: string | undefined;
}

const width = 1200;
const edge = 40;
const inner = width - 2 * edge;
const tableWidth = 430;
const gap = 36;
const rowHeight = 22;
/** Rows of the table before the rest is only counted: the chart still shows every one. */
const mostRows = 16;

/** Something drawn from `y` down, and where it ends. */
interface Drawn {
  readonly svg: string;
  readonly bottom: number;
}

function lines(x: number, y: number, words: readonly string[], step: number, look: Parameters<typeof text>[3]): Drawn {
  return { svg: words.map((line, index) => text(x, y + index * step, line, look)).join(''), bottom: y + words.length * step };
}

function rule(y: number, from = edge, to = width - edge, colour = hair): string {
  return `<path d="M${from} ${y}H${to}" stroke="${colour}"/>`;
}

function head(facts: Facts, verdict: Verdict): Drawn {
  const sentence = lines(edge, 62, wrap(verdict.sentence, inner, 28, true, 3), 35, { size: 28, bold: true });
  const evidence = lines(edge, sentence.bottom - 3, wrap([...verdict.evidence, ...caveats(facts)].join(' · '), inner, 15), 21, {
    size: 15,
    fill: soft,
  });
  const kit = text(edge, 26, 'Soup Lab', { size: 13, bold: true, fill: soupColour });
  const title = facts.kit === undefined ? '' : text(edge + 82, 26, cut(facts.kit.title, inner - 84, 13), { size: 13, fill: soft });
  return { svg: kit + title + sentence.svg + evidence.svg, bottom: evidence.bottom - 4 };
}

function tableRows(
  facts: Facts,
  soup: Row | undefined,
): readonly { readonly row: Row; readonly name: string; readonly weight: string; readonly soup: boolean }[] {
  const mixtures = mixturesOf(facts, soup);
  const singles = facts.checkpoints.filter((one) => one.standing !== 'refused').flatMap((one) => rowOf(facts, one.id) ?? []);
  return [
    ...mixtures.map((row) => ({
      row,
      name: row.kind === 'ensemble' ? 'ensemble' : row.name,
      weight: `${row.kind === 'soup' ? 'soup ' : ''}of ${members(facts, row).length}`,
      soup: row.id === soup?.id,
    })),
    ...singles.map((row) => {
      const weight = soup?.weighting[row.id] ?? 0;
      return {
        row,
        name: nameOf(facts, row.id) + (row.kind === 'base' ? ' (base)' : ''),
        weight: weight === 0 ? '' : weight.toFixed(3),
        soup: false,
      };
    }),
  ];
}

function table(
  facts: Facts,
  soup: Row | undefined,
  selectId: string | undefined,
  reportId: string | undefined,
  names: readonly [string, string],
  top: number,
): Drawn {
  const columns = { name: edge + 16, weight: edge + 222, select: edge + 326, report: edge + tableWidth };
  const rows = tableRows(facts, soup);
  const shown = rows.slice(0, mostRows);
  const label = { size: 12, fill: soft, anchor: 'end' } as const;
  const accuracy = (row: Row, set: string | undefined): string => {
    const found = measure(row, set);
    return found === undefined ? '–' : `${percent(found.accuracy)} ± ${percent((found.high - found.low) / 2)}`;
  };
  const heading =
    text(columns.weight, top + 14, 'weight', label) +
    text(columns.select, top + 14, cut(`○ ${names[0]}`, 96, 12), label) +
    text(columns.report, top + 14, cut(`● ${names[1]}`, 96, 12), label) +
    rule(top + 21.5, edge, edge + tableWidth, hairStrong);
  const body = shown.map(({ row, name, weight, soup: judged }, index) => {
    const y = top + 38 + index * rowHeight;
    const member = (soup?.weighting[row.id] ?? 0) !== 0;
    const look = { size: 13, bold: judged, ...(judged ? { fill: soupColour } : {}) };
    return [
      judged || member ? text(edge, y, '◆', { size: 11, fill: soupColour }) : '',
      text(columns.name, y, cut(name, columns.weight - columns.name - 56, 13, judged || member), { ...look, bold: judged || member }),
      text(columns.weight, y, weight, { ...look, anchor: 'end' }),
      text(columns.select, y, accuracy(row, selectId), { ...look, anchor: 'end' }),
      text(columns.report, y, accuracy(row, reportId), { ...look, anchor: 'end' }),
      rule(y + 6.5, edge, edge + tableWidth),
    ].join('');
  });
  const bottom = top + 38 + shown.length * rowHeight;
  const more = rows.length - shown.length;
  const rest = more > 0 ? text(columns.name, bottom + 2, `and ${more} more, all in the chart`, { size: 12, fill: soft }) : '';
  return { svg: heading + body.join('') + rest, bottom: bottom + (more > 0 ? rowHeight : 0) };
}

function recipeWords(facts: Facts, soup: Row | undefined): string {
  if (soup === undefined) return '';
  const rule =
    soup.recipe === 'greedy' && typeof soup.options?.tieRule === 'string' ? ` (keep when ${soup.options.tieRule === '>' ? '>' : '≥'})` : '';
  return `Recipe: ${soup.name}${rule}. ${whatWentIn(facts, soup) ?? ''}`;
}

function provenance(facts: Facts, soup: Row | undefined, date: Date): readonly string[] {
  const sets = facts.sets.map((set) => `${set.name} ${thousands(set.n)} (${set.role})`).join(', ');
  const ingredients = facts.checkpoints.filter((one) => one.standing === 'ingredient');
  const files = `${ingredients.length} checkpoints of ${thousands(ingredients[0]?.parameters ?? 0)} parameters, ${formatBytes(ingredients.reduce((sum, one) => sum + one.bytes, 0))}`;
  const listed = facts.kit === undefined ? `: ${ingredients.map((one) => shortName(one.name)).join(', ')}` : '';
  return [
    recipeWords(facts, soup),
    `Held-out data: ${sets}. ${files}${listed}.`,
    [
      soup?.sha256 === undefined ? '' : `soup sha256 ${soup.sha256}`,
      facts.hardware?.provider === undefined ? '' : `scored with ${facts.hardware.provider === 'webgpu' ? 'WebGPU' : 'wasm'}`,
      date.toISOString().slice(0, 10),
    ]
      .filter((one) => one !== '')
      .join(' · '),
  ].filter((one) => one !== '');
}

/**
 * The result as one picture for a message to a colleague: verdict, table, chart, recipe, sets with their sizes, the soup's hash
 * and the date. Pure: the same facts give the same SVG. Light theme; nothing depends on a stylesheet; long names are cut.
 */
export function resultPictureSvg(
  facts: Facts,
  verdict: Verdict,
  date: Date,
  look: PictureLook = { recipe: 'greedy', reportSet: undefined },
): string {
  const soup = facts.rows.find((row) => row.id === verdict.soup) ?? shownSoup(facts, look.recipe);
  const model = chartModel(facts, { recipe: look.recipe, reportSet: look.reportSet ?? verdict.set, chartSort: 'report' });
  const top = head(facts, verdict);
  const start = top.bottom + 22;
  const list = table(
    facts,
    soup,
    model.select?.id,
    model.report?.id,
    [model.select?.name ?? 'select', model.report?.name ?? 'report'],
    start,
  );
  const chartLeft = edge + tableWidth + gap;
  const chartHeight = Math.max(list.bottom - start, 330, 80 + 17 * model.rows.length + 17 * model.lines.length);
  const chart = chartElements(model, { x: chartLeft, y: start - 2, width: width - edge - chartLeft, height: chartHeight });
  const reading = lines(chartLeft, start + chartHeight + 16, wrap(howToRead(model), width - edge - chartLeft, 12), 16, {
    size: 12,
    fill: soft,
  });
  let y = Math.max(list.bottom, reading.bottom) + 8;
  const foot = [rule(y)];
  y += 24;
  for (const paragraph of provenance(facts, soup, date)) {
    const drawn = lines(edge, y, wrap(paragraph, inner, 13, false, 3), 18, { size: 13, fill: soft });
    foot.push(drawn.svg);
    y = drawn.bottom + 3;
  }
  const height = Math.ceil(y + 12);
  return svgDocument(width, height, verdict.sentence, [top.svg, rule(top.bottom + 4), list.svg, chart, reading.svg, ...foot].join(''));
}
