import { Button, CloseButton } from '@mantine/core';
import { useState } from 'react';
import { dismiss, dismissAll, useLab } from '../store.ts';
import classes from './Problems.module.css';

/** How many are shown before one asks for all. */
const few = 3;

/** What went wrong and what to do, newest first, until it is dismissed. */
export function Problems() {
  const problems = useLab((state) => state.facts.problems);
  const [all, setAll] = useState(false);
  if (problems.length === 0) return <div role="status" aria-live="polite" />;
  const newest = problems.toReversed();
  const shown = all ? newest : newest.slice(0, few);
  return (
    <section className={classes.problems} aria-label="Problems">
      <div className={classes.live} role="status" aria-live="polite">
        <ul className={classes.list}>
          {shown.map((problem, index) => (
            <li key={`${newest.length - index}`} className={classes.problem} data-kind={problem.kind}>
              <span className={classes.sign} aria-hidden="true">
                !
              </span>
              <span className={classes.words}>
                <strong>{problem.text}</strong> <span className="quiet">{problem.remedy}</span>
              </span>
              <CloseButton size="sm" aria-label={`Dismiss: ${problem.text}`} onClick={() => dismiss(problem)} />
            </li>
          ))}
        </ul>
      </div>
      {problems.length > 1 ? (
        <p className={classes.more}>
          {problems.length > few ? (
            <Button size="compact-xs" variant="subtle" color="gray" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'Show the newest only' : `Show all ${problems.length}`}
            </Button>
          ) : null}
          <Button size="compact-xs" variant="subtle" color="gray" onClick={dismissAll}>
            Dismiss all
          </Button>
        </p>
      ) : null}
    </section>
  );
}
