import { Checkbox, CloseButton } from '@mantine/core';
import { removeCheckpoint, setStanding } from '../commands.ts';
import { formatBytes } from '../lab.ts';
import type { CheckpointLine } from '../selectors/checkpoints.ts';
import { AccuracyCell } from './AccuracyCell.tsx';
import classes from './Checkpoints.module.css';

const unstated = { ingredient: '', excluded: 'left out by you', base: 'pretrained start', refused: '' } as const;

/** One dropped file: in or out, what tells it apart, its weight and how it does; a refused one says why and what to do. */
export function CheckpointRow({ line }: { readonly line: CheckpointLine }) {
  const { id, name, standing, weight, copyOf } = line;
  const said = [unstated[standing], copyOf === undefined ? '' : `copy of ${copyOf}`, standing === 'base' ? '' : line.distinction];
  return (
    <>
      <tr data-standing={standing} data-row={id} className={weight !== 0 ? classes.inSoup : undefined}>
        <td className={classes.check}>
          {standing === 'base' ? (
            <span className={classes.baseMark} title="base: the pretrained start">
              θ₀
            </span>
          ) : (
            <Checkbox
              size="xs"
              color="gray"
              aria-label={`Use ${name} as an ingredient`}
              checked={standing === 'ingredient'}
              disabled={standing === 'refused'}
              onChange={(event) => void setStanding(id, event.currentTarget.checked ? 'ingredient' : 'excluded')}
            />
          )}
        </td>
        <th scope="row" className={classes.name} title={[line.path, line.everything].filter((one) => one !== '').join('\n')}>
          <span className={`${classes.file} clip`}>{name}</span>
          <small className="clip">{said.filter((one) => one !== '').join(', ')}</small>
        </th>
        <td className={classes.number}>
          {weight === 0 ? <span className="quiet">·</span> : <span className={classes.weight}>{weight.toFixed(3)}</span>}
        </td>
        <AccuracyCell measure={line.select} />
        <AccuracyCell measure={line.report} />
        <td className={classes.number}>
          <span className={classes.size}>{formatBytes(line.bytes)}</span>
        </td>
        <td className={classes.end}>
          <CloseButton size="xs" aria-label={`Remove ${name}`} onClick={() => void removeCheckpoint(id)} />
        </td>
      </tr>
      {line.problems.map((problem) => (
        <tr key={problem.text} className={classes.problem} data-kind={problem.kind}>
          <td className={classes.check}>
            <span aria-hidden="true" className={classes.bad}>
              !
            </span>
          </td>
          <td colSpan={6}>
            {problem.text} <span className="quiet">{problem.remedy}</span>
          </td>
        </tr>
      ))}
    </>
  );
}
