import { NativeSelect, SegmentedControl } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type CSSProperties, useMemo } from 'react';
import { chartModel, howToRead } from '../selectors/chart.ts';
import { reportSets } from '../selectors/sets.ts';
import { show, useLab } from '../store.ts';
import { Panel } from '../ui/Panel.tsx';
import { AccuracyChart } from './AccuracyChart.tsx';
import classes from './Chart.module.css';
import { ChartFiles } from './ChartFiles.tsx';
import { TwinTable } from './TwinTable.tsx';

function isSort(value: string): value is 'report' | 'select' | 'name' | 'weight' {
  return value === 'report' || value === 'select' || value === 'name' || value === 'weight';
}

/** The evidence: every checkpoint against the soups, as a chart or as the table behind it. */
export function ChartPanel() {
  const facts = useLab((state) => state.facts);
  const recipe = useLab((state) => state.recipe);
  const reportSet = useLab((state) => state.reportSet);
  const chartSort = useLab((state) => state.chartSort);
  const chartAs = useLab((state) => state.chartAs);
  const model = useMemo(() => chartModel(facts, { recipe, reportSet, chartSort }), [facts, recipe, reportSet, chartSort]);
  const { ref, width, height } = useElementSize();
  // What the rows want at most: few checkpoints leave no hole where panels fold under each other.
  const fit: CSSProperties & { '--fit': string } = { '--fit': `${60 + 76 * Math.max(1, model.rows.length) + 17 * model.lines.length}px` };
  const reports = reportSets(facts);
  return (
    <Panel
      id="chart"
      title="Accuracy"
      aside="every checkpoint against the soups"
      className={classes.panel}
      controls={
        <SegmentedControl
          size="xs"
          aria-label="Show as"
          value={chartAs}
          onChange={(value) => show({ chartAs: value })}
          data={[
            { value: 'chart', label: 'chart' },
            { value: 'table', label: 'table' },
          ]}
        />
      }
    >
      <div className={classes.controls}>
        <span className={classes.choice}>
          <span className="quiet">report set</span>
          <NativeSelect
            aria-label="Report set"
            size="xs"
            variant="unstyled"
            disabled={reports.length === 0}
            value={model.report?.id ?? ''}
            onChange={(event) => show({ reportSet: event.currentTarget.value })}
            data={reports.length === 0 ? [{ value: '', label: 'none' }] : reports.map((set) => ({ value: set.id, label: set.name }))}
          />
        </span>
        <span className={classes.choice}>
          <span className="quiet">sorted by</span>
          <NativeSelect
            aria-label="Sorted by"
            size="xs"
            variant="unstyled"
            value={chartSort}
            onChange={(event) => {
              const { value } = event.currentTarget;
              if (isSort(value)) show({ chartSort: value });
            }}
            data={[
              { value: 'report', label: 'report' },
              { value: 'select', label: 'select' },
              { value: 'name', label: 'name' },
              { value: 'weight', label: 'weight' },
            ]}
          />
        </span>
        <ChartFiles model={model} />
      </div>
      {chartAs === 'table' ? (
        <TwinTable />
      ) : (
        <>
          <div ref={ref} className={classes.plot} style={fit}>
            {width > 0 && height > 0 ? <AccuracyChart model={model} width={width} height={height} /> : null}
          </div>
          <p className={classes.reading}>{howToRead(model)}</p>
        </>
      )}
    </Panel>
  );
}
