import { CloseButton, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { removeSet, setRole } from '../commands.ts';
import { type SetFact, thousands } from '../lab.ts';
import { guessedSets, selectSet, separation } from '../selectors/sets.ts';
import { useLab } from '../store.ts';
import { Panel } from '../ui/Panel.tsx';
import { PreprocessingLine } from './PreprocessingLine.tsx';
import classes from './Sets.module.css';

const marks = { select: '○', report: '●', unlabelled: '·' } as const;

function SetRow(props: { readonly set: SetFact; readonly looked: boolean; readonly onLook: () => void }) {
  const { set, looked, onLook } = props;
  return (
    <>
      <tr data-set={set.id}>
        <td className={classes.mark} aria-hidden="true">
          {marks[set.role]}
        </td>
        <th scope="row">
          <button
            type="button"
            className={classes.look}
            aria-pressed={looked}
            aria-label={`Show what the model sees of ${set.name}`}
            onClick={onLook}
          >
            <span className="clip">{set.name}</span>
          </button>
        </th>
        <td className={classes.number}>{thousands(set.n)}</td>
        <td className={classes.classes} title={set.classNames?.join(', ')}>
          {set.labels === undefined && set.classes === 0 ? 'no labels' : `${set.classes} classes`}
        </td>
        <td className={classes.role}>
          <NativeSelect
            size="xs"
            variant="unstyled"
            aria-label={`Role of ${set.name}`}
            value={set.role}
            onChange={(event) => {
              const role = event.currentTarget.value;
              if (role === 'select' || role === 'report' || role === 'unlabelled') void setRole(set.id, role);
            }}
            data={[
              { value: 'select', label: 'select' },
              { value: 'report', label: 'report' },
              { value: 'unlabelled', label: 'unlabelled' },
            ]}
          />
        </td>
        <td className={classes.end}>
          <CloseButton size="xs" aria-label={`Remove the set ${set.name}`} onClick={() => void removeSet(set.id)} />
        </td>
      </tr>
      {set.problems.map((problem) => (
        <tr key={problem.text} data-kind={problem.kind}>
          <td className={classes.mark}>
            <span className={classes.bad} aria-hidden="true">
              !
            </span>
          </td>
          <td colSpan={5} className={classes.problem}>
            {problem.text} <span className="quiet">{problem.remedy}</span>
          </td>
        </tr>
      ))}
    </>
  );
}

/** The held-out sets with their roles, and what the model sees of them. */
export function SetsPanel({ className }: { readonly className?: string | undefined }) {
  const facts = useLab((state) => state.facts);
  const [look, setLook] = useState<string | undefined>(undefined);
  const looked = facts.sets.find((set) => set.id === look) ?? selectSet(facts) ?? facts.sets.find((set) => set.n > 0);
  const warning = separation(facts);
  const guessed = guessedSets(facts);
  return (
    <Panel
      id="sets"
      title="Held-out data"
      aside={warning === undefined && facts.sets.length > 0 ? 'choosing and reporting share no examples' : ''}
      scroll
      className={className}
    >
      {facts.sets.length === 0 ? (
        <p className={classes.empty}>
          A set that <em>chooses</em> (select) and one that <em>reports</em>: .npz with x and y, IDX files, or a folder or zip of class
          folders.
        </p>
      ) : (
        <>
          {warning === undefined ? null : (
            <p className={classes.warning}>
              <span className={classes.bad} aria-hidden="true">
                !
              </span>
              {warning}
            </p>
          )}
          {guessed.length === 0 ? null : (
            <p className={classes.warning}>
              <span className={classes.bad} aria-hidden="true">
                !
              </span>
              <span>
                The preprocessing was guessed from the graph, and every accuracy stands on it. Edit it to what the models were trained with,
                or drop their preprocessor_config.json.
              </span>
            </p>
          )}
          {looked === undefined || looked.n === 0 ? null : <PreprocessingLine set={looked} sets={facts.sets} />}
          <table className={classes.table}>
            <thead className={classes.hidden}>
              <tr>
                <th scope="col">Mark</th>
                <th scope="col">Name</th>
                <th scope="col">Examples</th>
                <th scope="col">Classes</th>
                <th scope="col">Role</th>
                <th scope="col">Remove</th>
              </tr>
            </thead>
            <tbody>
              {facts.sets.map((set) => (
                <SetRow key={set.id} set={set} looked={set.id === looked?.id} onLook={() => setLook(set.id)} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}
