import { usePlotArea, useXAxisScale } from 'recharts';
import type { LineLabel } from '../selectors/chart.ts';

/** Names and numbers of the vertical lines above the plot, one tier each, with a stem down to the line. */
export function LineLabels({ labels, tierHeight }: { readonly labels: readonly LineLabel[]; readonly tierHeight: number }) {
  const scale = useXAxisScale();
  const plot = usePlotArea();
  if (scale === undefined || plot === undefined) return null;
  return (
    <g>
      {labels.map(({ line, text, tier, anchor }) => {
        const x = scale(line.measure.accuracy);
        if (x === undefined || x < plot.x || x > plot.x + plot.width) return null;
        const y = plot.y - 6 - tier * tierHeight;
        const colour = line.kind === 'ensemble' ? 'var(--ensemble)' : 'var(--soup)';
        return (
          <g key={line.id}>
            <line
              x1={x}
              x2={x}
              y1={y - 9}
              y2={plot.y}
              stroke={colour}
              strokeWidth={line.kind === 'shown' ? 2 : 1.5}
              strokeDasharray={line.dash}
            />
            <text
              x={anchor === 'end' ? x - 6 : x + 6}
              y={y}
              textAnchor={anchor}
              fontSize={12}
              fontWeight={line.kind === 'shown' ? 680 : 400}
              fill={line.kind === 'ensemble' ? 'var(--ink)' : 'var(--soup)'}
            >
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}
