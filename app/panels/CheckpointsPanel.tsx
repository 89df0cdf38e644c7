import { useMemo } from 'react';
import { formatBytes } from '../lab.ts';
import { checkpointLines, mixtureLines, sortLines } from '../selectors/checkpoints.ts';
import { ingredientsOf } from '../selectors/soups.ts';
import { show, type TableColumn, useLab } from '../store.ts';
import { Panel } from '../ui/Panel.tsx';
import { CheckpointRow } from './CheckpointRow.tsx';
import classes from './Checkpoints.module.css';
import { ChooseFiles } from './ChooseFiles.tsx';
import { MixtureRow } from './MixtureRow.tsx';

function Heading(props: { readonly column: TableColumn; readonly label: string; readonly number?: boolean; readonly full?: string }) {
  const { column, label, number, full } = props;
  const sort = useLab((state) => state.tableSort);
  const active = sort.column === column;
  // Numbers are wanted largest first, names from a to z.
  const first = column !== 'name';
  return (
    <th
      scope="col"
      className={number === true ? classes.number : undefined}
      aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        className={classes.sort}
        title={full}
        aria-label={`Sort by ${full ?? label}`}
        onClick={() => show({ tableSort: { column, descending: active ? !sort.descending : first } })}
      >
        <span className="clip">{label}</span>
        {active ? (
          <span aria-hidden="true" className={classes.arrow}>
            {sort.descending ? '▾' : '▴'}
          </span>
        ) : null}
      </button>
    </th>
  );
}

/** Every checkpoint, and above them the soups and the ensemble: an ingredient and a soup are rows of one shape. */
export function CheckpointsPanel({ className }: { readonly className?: string | undefined }) {
  const facts = useLab((state) => state.facts);
  const recipe = useLab((state) => state.recipe);
  const reportSet = useLab((state) => state.reportSet);
  const sort = useLab((state) => state.tableSort);
  const sample = facts.kit !== undefined;
  const { lines, select, report } = useMemo(() => checkpointLines(facts, { recipe, reportSet }), [facts, recipe, reportSet]);
  const mixtures = mixtureLines(facts, { recipe, reportSet });
  const bytes = facts.checkpoints.reduce((sum, one) => sum + one.bytes, 0);
  const count = ingredientsOf(facts).length;
  return (
    <Panel
      id="checkpoints"
      title="Checkpoints"
      aside={facts.checkpoints.length === 0 ? '' : `${count} ${count === 1 ? 'ingredient' : 'ingredients'}, ${formatBytes(bytes)}`}
      controls={<ChooseFiles label={sample ? 'Use my files' : 'Add files'} />}
      scroll
      className={className}
    >
      {facts.checkpoints.length === 0 ? (
        <p className={classes.empty}>Drop fine-tuned .onnx files of one architecture anywhere on this page, or choose them.</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col" className={classes.check}>
                <span className={classes.hiddenWord}>In</span>
              </th>
              <Heading column="name" label="name" />
              <Heading column="weight" label="weight" full="weight in the soup on show" number />
              <Heading
                column="select"
                label={`○ ${select?.name ?? 'select'}`}
                full={`accuracy on ${select?.name ?? 'select'}, percent`}
                number
              />
              <Heading
                column="report"
                label={`● ${report?.name ?? 'report'}`}
                full={`accuracy on ${report?.name ?? 'report'}, percent`}
                number
              />
              <Heading column="bytes" label="size" number />
              <th scope="col" className={classes.end}>
                <span className={classes.hiddenWord}>Remove</span>
              </th>
            </tr>
          </thead>
          {mixtures.length === 0 ? null : (
            <tbody className={classes.mixtures}>
              {mixtures.map((line) => (
                <MixtureRow key={line.id} line={line} />
              ))}
            </tbody>
          )}
          <tbody>
            {sortLines(lines, sort.column, sort.descending).map((line) => (
              <CheckpointRow key={line.id} line={line} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
