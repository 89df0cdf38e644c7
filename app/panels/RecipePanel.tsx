import { SegmentedControl } from '@mantine/core';
import { whatWentIn } from '../selectors/greedy.ts';
import { soupOf } from '../selectors/soups.ts';
import { type RecipeChoice, show, useLab } from '../store.ts';
import { Panel } from '../ui/Panel.tsx';
import { GreedyView } from './GreedyView.tsx';
import classes from './Recipe.module.css';
import { UniformView } from './UniformView.tsx';
import { WeightsView } from './WeightsView.tsx';

const choices: readonly { value: RecipeChoice; label: string }[] = [
  { value: 'uniform', label: 'uniform' },
  { value: 'greedy', label: 'greedy' },
  { value: 'weighted', label: 'weights' },
];

/** How the soup on show is made; choosing a recipe chooses the soup that is judged. */
export function RecipePanel({ className }: { readonly className?: string | undefined }) {
  const facts = useLab((state) => state.facts);
  const recipe = useLab((state) => state.recipe);
  const soup = soupOf(facts, recipe);
  const went = whatWentIn(facts, soup);
  return (
    <Panel
      id="recipe"
      title="Recipe"
      controls={
        <SegmentedControl size="xs" aria-label="Recipe" value={recipe} onChange={(value) => show({ recipe: value })} data={[...choices]} />
      }
      scroll
      className={className}
    >
      <div className={classes.body}>
        {recipe === 'uniform' ? <UniformView soup={soup} /> : recipe === 'greedy' ? <GreedyView soup={soup} /> : <WeightsView />}
        {went === undefined ? null : (
          <section className={classes.answer}>
            <h3>{soup?.cooking === true ? 'What is in so far' : 'What exactly went in?'}</h3>
            <p>{went}</p>
            {soup?.sha256 === undefined ? null : (
              <p className={classes.hash} title={soup.sha256}>
                sha256 of its tensors {soup.sha256.slice(0, 16)}…
              </p>
            )}
          </section>
        )}
      </div>
    </Panel>
  );
}
