import { Button, NumberInput, Slider } from '@mantine/core';
import { useRef } from 'react';
import { cookByHand, handWeights } from '../commands.ts';
import type { Facts } from '../lab.ts';
import { measure } from '../selectors/measure.ts';
import { selectSet } from '../selectors/sets.ts';
import { ingredientsOf, nameOf, rowOf, soupOf } from '../selectors/soups.ts';
import { show, useLab } from '../store.ts';
import classes from './Recipe.module.css';

type Weights = Readonly<Record<string, number>>;

function bestOnly(facts: Facts): Weights {
  const select = selectSet(facts);
  const best = ingredientsOf(facts).reduce<{ id: string; accuracy: number } | undefined>((leader, one) => {
    const accuracy = measure(rowOf(facts, one.id), select?.id)?.accuracy ?? -1;
    return leader === undefined || accuracy > leader.accuracy ? { id: one.id, accuracy } : leader;
  }, undefined);
  return best === undefined ? {} : { [best.id]: 1 };
}

function everyOne(facts: Facts): Weights {
  return Object.fromEntries(ingredientsOf(facts).map((one) => [one.id, 1]));
}

function greedyChoice(facts: Facts): Weights {
  const greedy = soupOf(facts, 'greedy');
  return Object.fromEntries(
    Object.entries(greedy?.weighting ?? {})
      .filter(([, weight]) => weight !== 0)
      .map(([id]) => [id, 1]),
  );
}

/** A mixing desk: one weight an ingredient; the soup is cooked and scored when a slider is let go. */
export function WeightsView() {
  const facts = useLab((state) => state.facts);
  const kept = useLab((state) => state.weights);
  const ingredients = ingredientsOf(facts);
  // Before the first touch the desk stands at greedy's choice, else at uniform.
  const greedy = greedyChoice(facts);
  const start = Object.keys(greedy).length > 0 ? greedy : everyOne(facts);
  const weights = ingredients.some((one) => (kept[one.id] ?? 0) > 0) ? kept : start;
  const normal = handWeights(weights);
  const sum = ingredients.reduce((total, one) => total + (weights[one.id] ?? 0), 0);
  // A number that was typed is cooked when one presses Enter or leaves the field.
  const typed = useRef(false);
  const commit = (next: Weights) => {
    typed.current = false;
    void cookByHand(next);
  };
  const move = (id: string, value: number): Weights => ({ ...weights, [id]: value });
  const preset = (next: Weights) => void cookByHand(next);
  if (ingredients.length === 0) return <p className={classes.waits}>Weights appear here when checkpoints are dropped.</p>;
  return (
    <>
      <p className={classes.about}>
        Any weights you like; they are divided by their sum. Let a slider go and the soup “by hand” is cooked and scored at once.
      </p>
      <div className={classes.presets}>
        <span className="quiet">Set to</span>
        <Button size="compact-xs" variant="default" onClick={() => preset(everyOne(facts))}>
          uniform
        </Button>
        <Button size="compact-xs" variant="default" disabled={Object.keys(greedy).length === 0} onClick={() => preset(greedy)}>
          greedy’s choice
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => preset(bestOnly(facts))}>
          only the best
        </Button>
      </div>
      <ul className={classes.desk}>
        {ingredients.map((one) => {
          const name = nameOf(facts, one.id);
          const value = weights[one.id] ?? 0;
          return (
            <li key={one.id} className={classes.channel}>
              <span className="clip" title={one.name}>
                {name}
              </span>
              <Slider
                size="sm"
                min={0}
                max={1}
                step={0.01}
                label={null}
                value={Math.min(1, value)}
                thumbLabel={`Weight of ${name}`}
                onChange={(next) => show({ weights: move(one.id, next) })}
                onChangeEnd={(next) => void cookByHand(move(one.id, next))}
              />
              <NumberInput
                size="xs"
                hideControls
                min={0}
                max={100}
                decimalScale={3}
                aria-label={`Weight of ${name}, as a number`}
                value={value}
                onChange={(next) => {
                  if (typeof next !== 'number' || next === value) return;
                  typed.current = true;
                  show({ weights: move(one.id, next) });
                }}
                onBlur={() => {
                  if (typed.current) commit(weights);
                }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter') commit(weights);
                }}
                classNames={{ input: classes.number }}
              />
              <span className={classes.part}>{(100 * (normal[one.id] ?? 0)).toFixed(1)} %</span>
            </li>
          );
        })}
      </ul>
      <p className={classes.sum}>
        Sum {sum.toFixed(2)}
        {sum > 0 ? '; the percentages are what goes in.' : ': give at least one a weight.'}
      </p>
    </>
  );
}
