import type { Report, ReportRow, ReportSet } from './report.ts';

/** A report as a table for a terminal: one line a row, `top-1 % ± half of the 95 % interval` a set, then the answer and the cost. */
export function formatTable(report: Report): string {
  const rows: { readonly kind: string; readonly row: ReportRow }[] = [
    ...report.candidates.map((row) => ({ kind: (row.weight ?? 0) === 0 ? '' : percent(row.weight ?? 0, 0), row })),
    ...(report.base === undefined ? [] : [{ kind: 'base', row: report.base }]),
    ...(report.ensemble === undefined ? [] : [{ kind: 'ensemble', row: report.ensemble }]),
    ...(report.others ?? []).map((row) => ({ kind: 'soup', row })),
    { kind: 'soup', row: report.soup },
  ];
  const sets = [...new Set(rows.flatMap(({ row }) => Object.keys(row.sets)))];
  const head = ['', 'weight %', ...sets.map((name) => `${name} (${roleOf(rows, name)})`)];
  const body = rows.map(({ kind, row }) => [row.name, kind, ...sets.map((name) => cell(row.sets[name]))]);
  const lines = [...layOut([head, ...body]), '', answer(report), costLine(report)];
  return lines.filter((line) => line !== undefined).join('\n');
}

function roleOf(rows: readonly { readonly row: ReportRow }[], name: string): string {
  return rows.find(({ row }) => row.sets[name] !== undefined)?.row.sets[name]?.role ?? '';
}

function percent(fraction: number, digits = 2): string {
  return (100 * fraction).toFixed(digits);
}

function cell(set: ReportSet | undefined): string {
  if (set === undefined) return '–';
  const [low, high] = set.ci95;
  const part = set.of === undefined ? '' : ` of ${set.n}/${set.of}`;
  return `${percent(set.top1)} ± ${percent((high - low) / 2)}${part}`;
}

function layOut(cells: readonly (readonly string[])[]): string[] {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  return cells.map((line) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function answer({ comparison, soup, ingredients, candidates }: Report): string {
  const made = `${soup.name}: ${ingredients.length} of ${candidates.length} checkpoints (${ingredients.map((one) => one.name).join(', ')})`;
  if (comparison === undefined) return made;
  const { set, role, against, n, fixes, breaks, difference, ci95, p } = comparison;
  const caution = role === 'select' ? ', on the examples that chose it' : '';
  return [
    made,
    `against ${against} on ${set}${caution}: ${percent(difference)} points [${percent(ci95[0])}, ${percent(ci95[1])}], fixes ${fixes} and breaks ${breaks} of ${n}, p = ${p < 1e-4 ? p.toExponential(1) : p.toFixed(4)}`,
  ].join('\n');
}

function costLine({ cost, provider, averaging, adapter }: Report): string {
  const { seconds, peakBytes } = cost;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const where = `averaged by ${averaging === 'webgpu' ? `WebGPU (${adapter?.description ?? 'unknown adapter'})` : 'a plain loop'}`;
  return [
    `scored by ${provider ?? 'nothing'}, ${where}; ${cost.examplesRun} examples run, ${cost.examplesSpared} spared, ${cost.sessionsCreated} sessions`,
    `read ${megabytes(cost.bytesRead)} in ${seconds.total.toFixed(1)} s; peak GPU ${megabytes(peakBytes.gpu)}, JS ${megabytes(peakBytes.js)}, wasm ${megabytes(peakBytes.wasm)}`,
  ].join('\n');
}
