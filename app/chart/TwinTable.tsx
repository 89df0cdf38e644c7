import { useMemo } from 'react';
import { percent, thousands } from '../lab.ts';
import { twinTable } from '../selectors/table.ts';
import { useLab } from '../store.ts';
import classes from './Chart.module.css';

/** The chart as a table: every row on every set with its exact counts. The data attributes carry the bare numbers. */
export function TwinTable() {
  const facts = useLab((state) => state.facts);
  const lines = useMemo(() => twinTable(facts), [facts]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <div className={classes.scroll} tabIndex={0}>
      <table className={classes.twin} data-testid="twin" aria-label="Accuracy of every row on every set">
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">set</th>
            <th scope="col">correct</th>
            <th scope="col">of</th>
            <th scope="col">accuracy %</th>
            <th scope="col">95 % interval</th>
            <th scope="col">loss</th>
            <th scope="col">scored</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ row, rowId, kind, set, role, measure }) => (
            <tr
              key={`${rowId} ${set}`}
              data-kind={kind}
              data-row={row}
              data-row-id={rowId}
              data-set={set}
              data-role={role}
              data-correct={measure.correct}
              data-done={measure.done}
              data-n={measure.n}
              data-loss={measure.loss}
            >
              <th scope="row">{row}</th>
              <td>
                {role === 'select' ? '○' : '●'} {set}
              </td>
              <td>{thousands(measure.correct)}</td>
              <td>{thousands(measure.done)}</td>
              <td>{percent(measure.accuracy)}</td>
              <td>
                {percent(measure.low)} – {percent(measure.high)}
              </td>
              <td>{measure.loss.toFixed(4)}</td>
              <td>{measure.complete ? 'all' : `${Math.floor((100 * measure.done) / measure.n)} % of ${thousands(measure.n)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
