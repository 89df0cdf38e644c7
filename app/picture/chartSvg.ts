import { percent } from '../lab.ts';
import { type ChartModel, type ChartRow, howToRead, lineLabels } from '../selectors/chart.ts';
import type { Measure } from '../selectors/measure.ts';
import { fontStack } from '../theme.ts';
import {
  cut,
  ensembleBand,
  ensembleColour,
  escapeXml,
  ground,
  hair,
  hairStrong,
  ink,
  markColour,
  round,
  soft,
  soupBand,
  soupColour,
  text,
  textWidth,
  wrap,
} from './svgText.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const tier = 17;
const axis = 38;

interface Frame {
  readonly model: ChartModel;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (accuracy: number) => number;
  readonly y: (index: number) => number;
}

function frame(model: ChartModel, box: Box): Frame {
  const longest = model.rows.reduce((most, row) => Math.max(most, textWidth(row.name, 12, true) + (row.base ? 44 : 0)), 30);
  const left = box.x + Math.min(box.width * 0.34, longest + 24);
  const right = box.x + box.width - 12;
  const top = box.y + 6 + tier * Math.max(1, model.lines.length);
  const bottom = box.y + box.height - axis;
  const [low, high] = model.domain;
  const rows = Math.max(1, model.rows.length);
  return {
    model,
    left,
    right,
    top,
    bottom,
    x: (accuracy) => left + ((accuracy - low) / (high - low)) * (right - left),
    y: (index) => top + ((index + 0.5) / rows) * (bottom - top),
  };
}

function mark({ model, left, x }: Frame, row: ChartRow, measure: Measure, cy: number, solid: boolean): string {
  const [low, high] = model.domain;
  const colour = row.base || row.excluded ? soft : markColour;
  const fill = solid ? colour : ground;
  if (measure.accuracy < low) {
    return `<path d="M${round(left + 9)} ${round(cy - 4)}l-7 4l7 4z" fill="${fill}" stroke="${colour}" stroke-width="1.4"/>${text(left + 14, cy + 4, percent(measure.accuracy), { size: 11, fill: soft })}`;
  }
  return `<path d="M${round(x(Math.max(low, measure.low)))} ${round(cy)}H${round(x(Math.min(high, measure.high)))}" stroke="${colour}" stroke-width="${solid ? 2 : 1.4}" stroke-opacity=".75"/><circle cx="${round(x(measure.accuracy))}" cy="${round(cy)}" r="4" fill="${fill}" stroke="${colour}" stroke-width="1.6"/>`;
}

function marks(f: Frame): string {
  const both = f.model.rows.some((row) => row.select !== undefined) && f.model.rows.some((row) => row.report !== undefined);
  const shift = both ? Math.min(7, 0.15 * (f.y(1) - f.y(0))) : 0;
  return f.model.rows
    .map((row, index) =>
      [
        row.select === undefined ? '' : mark(f, row, row.select, f.y(index) - shift, false),
        row.report === undefined ? '' : mark(f, row, row.report, f.y(index) + shift, true),
      ].join(''),
    )
    .join('');
}

function names(f: Frame, box: Box): string {
  return f.model.rows
    .map((row, index) => {
      const y = f.y(index) + 4;
      const inSoup = row.weight !== 0;
      const name = cut(row.name, f.left - box.x - 24 - (row.base ? 44 : 0), 12, inSoup) + (row.base ? ' (base)' : '');
      return (
        (inSoup ? text(box.x, y, '◆', { size: 11, fill: soupColour }) : '') +
        text(box.x + 16, y, name, { size: 12, bold: inSoup, fill: inSoup ? ink : soft })
      );
    })
    .join('');
}

function soupLines(f: Frame): { readonly bands: string; readonly lines: string } {
  const [low, high] = f.model.domain;
  const bands = f.model.lines
    .map(({ kind, measure }) => {
      const from = f.x(Math.max(low, measure.low));
      const to = f.x(Math.min(high, measure.high));
      return `<rect x="${round(from)}" y="${round(f.top)}" width="${round(Math.max(0, to - from))}" height="${round(f.bottom - f.top)}" fill="${kind === 'shown' ? soupBand : ensembleBand}"/>`;
    })
    .join('');
  const lines = lineLabels(f.model)
    .filter(({ line }) => line.measure.accuracy >= low && line.measure.accuracy <= high)
    .map(({ line, text: words, tier: level, anchor }) => {
      const x = f.x(line.measure.accuracy);
      const y = f.top - 6 - level * tier;
      const colour = line.kind === 'ensemble' ? ensembleColour : soupColour;
      const dash = line.dash === '' ? '' : ` stroke-dasharray="${line.dash}"`;
      return `<path d="M${round(x)} ${round(y - 9)}V${round(f.bottom)}" stroke="${colour}" stroke-width="${line.kind === 'shown' ? 2 : 1.5}"${dash}/>${text(anchor === 'end' ? x - 6 : x + 6, y, words, { size: 12, bold: line.kind === 'shown', fill: line.kind === 'ensemble' ? ink : soupColour, anchor })}`;
    })
    .join('');
  return { bands, lines };
}

/** The chart as SVG elements inside a box; pure, for the exported chart and the result picture. */
export function chartElements(model: ChartModel, box: Box): string {
  const f = frame(model, box);
  const grid = model.ticks
    .map((tick) => {
      const x = f.x(tick);
      return `<path d="M${round(x)} ${round(f.top)}V${round(f.bottom)}" stroke="${hair}"/>${text(x, f.bottom + 16, percent(tick, model.digits), { size: 12, fill: soft, anchor: 'middle' })}`;
    })
    .join('');
  const { bands, lines } = soupLines(f);
  const base = `<path d="M${round(f.left)} ${round(f.bottom)}H${round(f.right)}" stroke="${hairStrong}"/>`;
  const title = text(f.right, f.bottom + 33, 'accuracy, %', { size: 12, fill: soft, anchor: 'end' });
  return `<g>${bands}${grid}${base}${title}${lines}${marks(f)}${names(f, box)}</g>`;
}

/** An SVG document of its own size around elements. */
export function svgDocument(width: number, height: number, title: string, elements: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontStack)}" font-variant-numeric="tabular-nums" fill="none"><title>${escapeXml(title)}</title><rect width="${width}" height="${height}" fill="${ground}"/>${elements}</svg>`;
}

/** The accuracy chart alone, with the sentence that says how to read it. */
export function chartSvg(model: ChartModel, size: { readonly width: number; readonly height: number }): string {
  const reading = wrap(howToRead(model), size.width - 32, 12);
  const foot = 16 * reading.length + 14;
  const chart = chartElements(model, { x: 16, y: 12, width: size.width - 32, height: size.height - 16 - foot });
  const words = reading.map((line, index) => text(16, size.height - foot + 14 + 16 * index, line, { size: 12, fill: soft })).join('');
  return svgDocument(size.width, size.height, 'Accuracy of every checkpoint against the soups', chart + words);
}
