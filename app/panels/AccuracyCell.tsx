import { percent, thousands } from '../lab.ts';
import type { Measure } from '../selectors/measure.ts';
import classes from './Checkpoints.module.css';

/** `89.88` over `± 0.61`, or over how far it is while it is being scored. */
export function AccuracyCell({ measure }: { readonly measure: Measure | undefined }) {
  if (measure === undefined) {
    return (
      <td className={classes.number}>
        <span className="quiet">–</span>
      </td>
    );
  }
  const { accuracy, low, high, correct, done, n, complete } = measure;
  return (
    <td
      className={classes.number}
      title={`${thousands(correct)} of ${thousands(done)} right; 95 % interval ${percent(low)} to ${percent(high)}`}
    >
      {percent(accuracy)}
      <small>{complete ? `± ${percent((high - low) / 2)}` : `${Math.floor((100 * done) / n)} % done`}</small>
    </td>
  );
}
