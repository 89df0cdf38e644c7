import { CartesianGrid, ReferenceArea, ReferenceLine, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from 'recharts';
import { percent } from '../lab.ts';
import { type ChartModel, type ChartRow, lineLabels } from '../selectors/chart.ts';
import classes from './Chart.module.css';
import { LineLabels } from './LineLabels.tsx';
import { Mark, type MarkPoint } from './Mark.tsx';
import { RowCounts } from './RowCounts.tsx';
import { RowTick } from './RowTick.tsx';

/** Height of one tier of line labels, and the least height of a row, in pixels. */
const tierHeight = 17;
const leastRow = 18;
const mostRow = 76;
/** Space below for the axis and its title. */
const axisHeight = 40;

function points(rows: readonly ChartRow[], role: 'select' | 'report', both: boolean): MarkPoint[] {
  return rows.flatMap((row, index): MarkPoint[] => {
    const measure = row[role];
    if (measure === undefined) return [];
    const shift = both ? (role === 'select' ? -0.15 : 0.15) : 0;
    return [{ x: measure.accuracy, y: index + shift, role, row, measure }];
  });
}

function Tip({
  active,
  payload,
  model,
}: {
  readonly active?: boolean;
  readonly payload?: readonly { readonly payload?: unknown }[];
  readonly model: ChartModel;
}) {
  const point = payload?.[0]?.payload as MarkPoint | undefined;
  if (active !== true || point === undefined) return null;
  const { row, role, measure } = point;
  return (
    <div className={classes.tip}>
      <strong>{row.name}</strong> on {(role === 'select' ? model.select : model.report)?.name}
      <br />
      {percent(measure.accuracy)} %, 95 % interval {percent(measure.low)} to {percent(measure.high)}
      <br />
      {measure.correct.toLocaleString('en-US')} of {measure.done.toLocaleString('en-US')} right
    </div>
  );
}

/** One sentence for who can't see the chart; the table twin has every number. */
function spoken(model: ChartModel): string {
  const lines = model.lines.map((line) => `${line.name} ${percent(line.measure.accuracy)} percent`);
  const best = model.rows
    .filter((row) => row.report !== undefined)
    .reduce<ChartRow | undefined>(
      (leader, row) => ((row.report?.accuracy ?? 0) > (leader?.report?.accuracy ?? -1) ? row : leader),
      undefined,
    );
  return [
    `Accuracy of ${model.rows.length} checkpoints${model.report === undefined ? '' : ` on ${model.report.name}`}`,
    ...(best?.report === undefined ? [] : [`highest: ${best.name} ${percent(best.report.accuracy)} percent`]),
    ...lines,
    'the table shows every number',
  ].join('; ');
}

/** Rows are checkpoints, x is accuracy; soups and ensemble are vertical lines with their bands through all rows. */
export function AccuracyChart({ model, width, height }: { readonly model: ChartModel; readonly width: number; readonly height: number }) {
  const { rows, lines, domain, ticks, digits } = model;
  const count = Math.max(1, rows.length);
  const top = 10 + tierHeight * Math.max(1, lines.length);
  const longest = rows.reduce((most, row) => Math.max(most, row.name.length + (row.base ? 7 : 0)), 4);
  const gutter = Math.min(Math.round(width * 0.3), 44 + 7 * longest);
  const whole = Math.max(Math.min(height, top + axisHeight + mostRow * count), top + axisHeight + leastRow * count);
  const both = rows.some((row) => row.select !== undefined) && rows.some((row) => row.report !== undefined);
  // Every other tick where the labels would touch.
  const room = (width - gutter) / Math.max(1, ticks.length);
  const shownTicks = room < 38 ? ticks.filter((_, index) => index % 2 === 0) : ticks;
  return (
    <div role="img" aria-label={spoken(model)} data-testid="chart">
      <ScatterChart
        width={width}
        height={whole}
        accessibilityLayer={false}
        margin={{ top, right: model.complete ? 18 : 88, bottom: 18, left: 0 }}
      >
        <CartesianGrid horizontal={false} stroke="var(--hair)" />
        {lines.map((line) => (
          <ReferenceArea
            key={`band ${line.id}`}
            x1={Math.max(domain[0], line.measure.low)}
            x2={Math.min(domain[1], line.measure.high)}
            ifOverflow="hidden"
            fill={line.kind === 'shown' ? 'var(--soup-band)' : 'var(--ensemble-band)'}
            fillOpacity={1}
            stroke="none"
          />
        ))}
        <XAxis
          type="number"
          dataKey="x"
          domain={[domain[0], domain[1]]}
          ticks={[...shownTicks]}
          interval={0}
          allowDataOverflow
          height={22}
          tickMargin={5}
          tickFormatter={(value: number) => percent(value, digits)}
          tick={{ fill: 'var(--soft)', fontSize: 12 }}
          stroke="var(--hair-strong)"
          label={{ value: 'accuracy, %', position: 'insideBottomRight', offset: -15, fill: 'var(--soft)', fontSize: 12 }}
        />
        <YAxis
          type="number"
          dataKey="y"
          domain={[-0.5, count - 0.5]}
          reversed
          ticks={rows.map((_, index) => index)}
          interval={0}
          allowDataOverflow
          width={gutter}
          axisLine={false}
          tickLine={false}
          tick={<RowTick rows={rows} gutter={gutter} />}
        />
        {lines.map((line) => (
          <ReferenceLine
            key={`line ${line.id}`}
            x={line.measure.accuracy}
            ifOverflow="hidden"
            stroke={line.kind === 'ensemble' ? 'var(--ensemble)' : 'var(--soup)'}
            strokeWidth={line.kind === 'shown' ? 2 : 1.5}
            strokeDasharray={line.dash}
          />
        ))}
        <LineLabels labels={lineLabels(model)} tierHeight={tierHeight} />
        <RowCounts rows={rows} />
        <Scatter data={points(rows, 'select', both)} shape={<Mark domain={domain} />} isAnimationActive={false} />
        <Scatter data={points(rows, 'report', both)} shape={<Mark domain={domain} />} isAnimationActive={false} />
        <Tooltip cursor={false} isAnimationActive={false} content={<Tip model={model} />} />
      </ScatterChart>
    </div>
  );
}
