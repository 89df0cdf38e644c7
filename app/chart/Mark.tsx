import { usePlotArea, useXAxisScale } from 'recharts';
import { percent } from '../lab.ts';
import type { ChartRow } from '../selectors/chart.ts';
import type { Measure } from '../selectors/measure.ts';

export interface MarkPoint {
  readonly x: number;
  readonly y: number;
  readonly role: 'select' | 'report';
  readonly row: ChartRow;
  readonly measure: Measure;
}

/** A dot with its interval: hollow for select, solid for report; an arrow at the edge where it lies beyond the axis. */
export function Mark(props: {
  readonly cx?: number;
  readonly cy?: number;
  readonly payload?: MarkPoint;
  readonly domain: readonly [number, number];
}) {
  const { cx, cy, payload, domain } = props;
  const scale = useXAxisScale();
  const plot = usePlotArea();
  if (cx === undefined || cy === undefined || payload === undefined || scale === undefined || plot === undefined) return null;
  const { measure, role, row } = payload;
  const left = scale(Math.max(domain[0], measure.low)) ?? cx;
  const right = scale(Math.min(domain[1], measure.high)) ?? cx;
  const colour = row.excluded || row.base ? 'var(--soft)' : 'var(--mark)';
  if (measure.accuracy < domain[0]) {
    return (
      <g>
        <path
          d={`M${plot.x + 9} ${cy - 4}l-7 4l7 4z`}
          fill={role === 'report' ? colour : 'var(--ground)'}
          stroke={colour}
          strokeWidth={1.4}
        />
        <text x={plot.x + 14} y={cy + 4} fontSize={11} fill="var(--soft)">
          {percent(measure.accuracy)}
        </text>
      </g>
    );
  }
  return (
    <g opacity={row.excluded ? 0.55 : 1}>
      <line x1={left} x2={right} y1={cy} y2={cy} stroke={colour} strokeWidth={role === 'report' ? 2 : 1.4} strokeOpacity={0.75} />
      <circle cx={cx} cy={cy} r={4} fill={role === 'report' ? colour : 'var(--ground)'} stroke={colour} strokeWidth={1.6} />
    </g>
  );
}
