import type { Row } from '../lab.ts';
import { ingredientsOf } from '../selectors/soups.ts';
import { useLab } from '../store.ts';
import classes from './Recipe.module.css';

export function UniformView({ soup }: { readonly soup: Row | undefined }) {
  const count = useLab((state) => ingredientsOf(state.facts).length);
  return (
    <>
      <p className={classes.about}>
        The plain mean of all {count === 0 ? '' : count} ingredients. It needs no data to choose, and one bad ingredient can spoil it:
        untick it in the table to see.
      </p>
      {soup === undefined ? <p className={classes.waits}>Not cooked yet.</p> : null}
    </>
  );
}
