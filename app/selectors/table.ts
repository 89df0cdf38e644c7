import { type Facts, percent, type SetFact } from '../lab.ts';
import { type Measure, measure } from './measure.ts';
import { shortName } from './soups.ts';

/** One line of the chart's twin table: every row on every set, with exact counts. */
export interface TwinLine {
  readonly row: string;
  readonly rowId: string;
  readonly kind: 'ingredient' | 'base' | 'soup' | 'ensemble';
  readonly set: string;
  readonly role: SetFact['role'];
  readonly measure: Measure;
}

const rank = { soup: 0, ensemble: 1, ingredient: 2, base: 3 } as const;

export function twinTable(facts: Facts): readonly TwinLine[] {
  const rows = facts.rows.toSorted((a, b) => rank[a.kind] - rank[b.kind]);
  return rows.flatMap((row) =>
    facts.sets.flatMap((set) => {
      const found = measure(row, set.id);
      return found === undefined
        ? []
        : [{ row: shortName(row.name), rowId: row.id, kind: row.kind, set: set.name, role: set.role, measure: found }];
    }),
  );
}

function cell(text: string): string {
  // A leading = + − @ would be a formula to a spreadsheet.
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The twin table as CSV (RFC 4180): accuracies in percent, loss in nats. */
export function twinCsv(lines: readonly TwinLine[]): string {
  const head = 'row,kind,set,role,correct,done,n,accuracy_percent,ci95_low_percent,ci95_high_percent,loss';
  const body = lines.map(({ row, kind, set, role, measure: m }) =>
    [
      cell(row),
      kind,
      cell(set),
      role,
      m.correct,
      m.done,
      m.n,
      percent(m.accuracy, 4),
      percent(m.low, 4),
      percent(m.high, 4),
      m.loss.toFixed(6),
    ].join(','),
  );
  return `${[head, ...body].join('\r\n')}\r\n`;
}
