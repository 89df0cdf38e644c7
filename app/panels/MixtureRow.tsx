import type { MixtureLine } from '../selectors/checkpoints.ts';
import { show } from '../store.ts';
import { AccuracyCell } from './AccuracyCell.tsx';
import classes from './Checkpoints.module.css';

/** A soup, or the ensemble; choosing one makes it the soup that is judged. */
export function MixtureRow({ line }: { readonly line: MixtureLine }) {
  const { recipe } = line;
  return (
    <tr className={line.shown ? classes.shown : undefined} data-row={line.id}>
      <td className={classes.check}>
        <span aria-hidden="true" className={classes.bowl}>
          {line.shown ? '◆' : line.kind === 'ensemble' ? '' : '◇'}
        </span>
      </td>
      <th scope="row" className={classes.name}>
        {recipe === undefined ? (
          <span>{line.name}</span>
        ) : (
          <button
            type="button"
            className={classes.choose}
            aria-pressed={line.shown}
            aria-label={`Judge the soup ${line.name}`}
            onClick={() => show({ recipe })}
          >
            {line.name}
          </button>
        )}
        <small className={classes.beside}>{line.about}</small>
      </th>
      <td className={classes.number} />
      <AccuracyCell measure={line.select} />
      <AccuracyCell measure={line.report} />
      <td />
      <td />
    </tr>
  );
}
