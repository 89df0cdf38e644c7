import { SegmentedControl } from '@mantine/core';
import { setTieRule } from '../commands.ts';
import { type Row, thousands } from '../lab.ts';
import { decisions, spared, whyGreedy } from '../selectors/greedy.ts';
import { selectSet } from '../selectors/sets.ts';
import { ingredientsOf } from '../selectors/soups.ts';
import { useLab } from '../store.ts';
import classes from './Recipe.module.css';

const signs = { start: '◆', kept: '◆', 'left out': '○' } as const;

/** Greedy's decisions, step by step, and why. */
export function GreedyView({ soup }: { readonly soup: Row | undefined }) {
  const facts = useLab((state) => state.facts);
  const tieRule = useLab((state) => state.tieRule);
  const steps = decisions(facts, soup);
  const saving = spared(soup);
  const why = whyGreedy(facts, soup);
  const ingredients = ingredientsOf(facts).length;
  const kept = steps.filter((step) => step.outcome !== 'left out').length;
  const set = selectSet(facts);
  return (
    <>
      <p className={classes.about}>
        Starts with the best on {set?.name ?? 'select'}, then tries each next one: it stays if the soup with it is right at least as often.
      </p>
      <div className={classes.rule}>
        <span id="tie-rule">Keep when</span>
        <SegmentedControl
          size="xs"
          aria-labelledby="tie-rule"
          value={tieRule}
          onChange={(value) => void setTieRule(value)}
          data={[
            { value: '>=', label: '≥ as the paper' },
            { value: '>', label: '> as its code' },
          ]}
        />
      </div>
      {steps.length === 0 ? (
        <p className={classes.waits}>
          {set === undefined ? 'It needs a set with the role “select”.' : 'It starts when every checkpoint is scored on select.'}
        </p>
      ) : (
        <table className={classes.steps}>
          <caption className={classes.caption}>
            {soup?.cooking === true ? `${steps.length} of ${ingredients} considered` : `${kept} of ${steps.length} kept`}
          </caption>
          <colgroup>
            <col style={{ width: 22 }} />
            <col />
            <col style={{ width: 68 }} />
            <col style={{ width: '50%' }} />
          </colgroup>
          <thead className={classes.hidden}>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Checkpoint</th>
              <th scope="col">Accuracy or change, points</th>
              <th scope="col">Decision</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.candidate} data-outcome={step.outcome} data-candidate={step.candidate}>
                <td className={classes.order}>{step.order}</td>
                <th scope="row" className="clip" title={step.name}>
                  <span className={classes.sign} aria-hidden="true">
                    {signs[step.outcome]}
                  </span>
                  {step.name}
                </th>
                <td className={classes.change}>{step.change}</td>
                <td className={classes.outcome}>
                  {step.outcome}
                  {step.detail === '' ? null : <small>{step.detail}</small>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {why === undefined ? null : (
        <section className={classes.answer}>
          <h3>
            {kept === 1
              ? 'Why did greedy keep only one?'
              : kept === steps.length
                ? 'Why did greedy keep all?'
                : 'Why were the others left out?'}
          </h3>
          <p>{why}</p>
        </section>
      )}
      {saving.spared > 0 ? (
        <section className={classes.answer}>
          <h3>What did stopping early spare?</h3>
          <p>
            {thousands(saving.spared)} of {thousands(saving.total)} predictions ({Math.round((100 * saving.spared) / saving.total)} %): a
            candidate stops once it can no longer reach what it must. The decisions are the same.
          </p>
        </section>
      ) : null}
    </>
  );
}
