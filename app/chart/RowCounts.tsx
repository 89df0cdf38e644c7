import { usePlotArea, useYAxisScale } from 'recharts';
import { thousands } from '../lab.ts';
import type { ChartRow } from '../selectors/chart.ts';

/** `2,560 of 10k` beside a row that is still being scored: the interval narrows as it grows. */
export function RowCounts({ rows }: { readonly rows: readonly ChartRow[] }) {
  const scale = useYAxisScale();
  const plot = usePlotArea();
  if (scale === undefined || plot === undefined) return null;
  return (
    <g fontSize={11} fill="var(--soft)">
      {rows.map((row, index) => {
        const measure = row.report ?? row.select;
        const y = scale(index);
        if (measure === undefined || measure.complete || y === undefined) return null;
        return (
          <text key={row.id} x={plot.x + plot.width + 8} y={y + 4}>
            {thousands(measure.done)} of {measure.n >= 1000 ? `${+(measure.n / 1000).toFixed(1)}k` : measure.n}
          </text>
        );
      })}
    </g>
  );
}
