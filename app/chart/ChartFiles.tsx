import { Button } from '@mantine/core';
import { chartSvg } from '../picture/chartSvg.ts';
import { svgToPng } from '../picture/svgToPng.ts';
import type { ChartModel } from '../selectors/chart.ts';
import { twinCsv, twinTable } from '../selectors/table.ts';
import { download } from '../share.ts';
import { useLab } from '../store.ts';
import classes from './Chart.module.css';

/** Size of the exported chart, in CSS pixels; the PNG has twice as many. */
const exportSize = { width: 860, height: 520 };

/** The chart to take away: numbers, drawing, picture. */
export function ChartFiles({ model }: { readonly model: ChartModel }) {
  const svg = () => chartSvg(model, exportSize);
  const png = async () => download('accuracy.png', await svgToPng(svg(), 2));
  return (
    <span className={classes.files}>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        aria-label="Download the numbers as CSV"
        onClick={() => download('accuracy.csv', new Blob([twinCsv(twinTable(useLab.getState().facts))], { type: 'text/csv' }))}
      >
        CSV
      </Button>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        aria-label="Download the chart as SVG"
        onClick={() => download('accuracy.svg', new Blob([svg()], { type: 'image/svg+xml' }))}
      >
        SVG
      </Button>
      <Button size="compact-xs" variant="subtle" color="gray" aria-label="Download the chart as PNG" onClick={() => void png()}>
        PNG
      </Button>
    </span>
  );
}
