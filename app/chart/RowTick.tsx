import type { ChartRow } from '../selectors/chart.ts';

/** Letters that fit in a width at 12 px, on the safe side. */
const letterWidth = 6.7;

function clipped(name: string, width: number): string {
  const most = Math.max(4, Math.floor(width / letterWidth));
  if (name.length <= most) return name;
  // The end tells runs apart as often as the start does.
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(name.length - end)}`;
}

/** A row's name on the axis; ◆ says that it is in the soup. */
export function RowTick(props: {
  readonly y?: number | string;
  readonly payload?: { readonly value: number };
  readonly rows: readonly ChartRow[];
  readonly gutter: number;
}) {
  const { y, payload, rows, gutter } = props;
  const row = rows[payload?.value ?? -1];
  if (row === undefined) return null;
  const inSoup = row.weight !== 0;
  return (
    <g transform={`translate(0 ${y})`} fontSize={12}>
      {inSoup ? (
        <text x={13} y={4} fill="var(--soup)" fontSize={11}>
          ◆
        </text>
      ) : null}
      <text x={29} y={4} fill={inSoup ? 'var(--ink)' : 'var(--soft)'} fontWeight={inSoup ? 600 : 400}>
        <title>{row.name}</title>
        {clipped(row.name, gutter - 36 - (row.base ? 40 : 0))}
        {row.base ? ' (base)' : ''}
      </text>
    </g>
  );
}
