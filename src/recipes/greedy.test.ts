import { describe, expect, test } from 'vitest';
import {
  canStillReach,
  type GreedyOptions,
  greedy,
  hardestFirst,
  type RecipeEvent,
  type Tally,
  type Taster,
  type TieRule,
  type Weighting,
} from './index.ts';

/** 32 well-mixed bits of a text (FNV-1a, then the finaliser of MurmurHash3). */
function hash(text: string): number {
  let h = 2166136261;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 16777619);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A random world: which examples each soup of each subset gets right, told by a hash of the weighting. */
function world(seed: number) {
  const n = 8 + (hash(`n ${seed}`) % 60);
  const ingredients = Array.from({ length: 1 + (hash(`size ${seed}`) % 8) }, (_, index) => `m${index}`);
  const row = (members: readonly string[]): readonly boolean[] => {
    const name = [...members].sort().join('+');
    const skill = 0.6 + (0.3 * (hash(`${seed} skill ${name}`) % 1000)) / 1000;
    // Examples differ in hardness, as real ones do: the same ones tend to be wrong in every soup.
    return Array.from({ length: n }, (_, example) => {
      const hard = (hash(`${seed} hard ${example}`) % 1000) / 1000;
      const luck = (hash(`${seed} ${name} ${example}`) % 1000) / 1000;
      return 0.6 * hard + 0.4 * luck < skill;
    });
  };
  return { n, ingredients, row };
}

/** Scores in blocks, hardest examples first once the singles are known, and stops by the bound. */
function taster(seed: number): Taster & { examplesRun: number } {
  const { n, ingredients, row } = world(seed);
  const block = 1 + (hash(`block ${seed}`) % 9);
  const labels = new Int32Array(n);
  const singles = ingredients.map((id) => Int32Array.from(row([id]), (right) => (right ? 0 : 1)));
  const order = hardestFirst(singles, labels);
  return {
    ingredients,
    examplesRun: 0,
    async taste(weighting: Weighting, needed?: number): Promise<Tally> {
      const right = row(Object.keys(weighting));
      let correct = 0;
      let examplesRun = 0;
      while (examplesRun < n && (needed === undefined || canStillReach(correct, examplesRun, n, needed))) {
        for (const example of order.subarray(examplesRun, examplesRun + block)) correct += right[example] ? 1 : 0;
        examplesRun = Math.min(n, examplesRun + block);
      }
      this.examplesRun += examplesRun;
      return { correct, examplesRun, examplesTotal: n, complete: examplesRun === n };
    },
  };
}

/** Recipe 1 again, on its own: counts everything, knows no bound. */
function naive(seed: number, tieRule: TieRule) {
  const { n, ingredients, row } = world(seed);
  const count = (members: readonly string[]) => row(members).filter(Boolean).length;
  const ranked = ingredients.map((id, given) => ({ id, given, correct: count([id]) }));
  ranked.sort((a, b) => (a.correct === b.correct ? a.given - b.given : b.correct - a.correct));
  let soup: string[] = [];
  let best = -1;
  let ties = 0;
  const decisions = ranked.map(({ id }, place) => {
    const correct = count([...soup, id]);
    if (place > 0 && correct === best) ties++;
    const accepted = tieRule === '>=' ? correct >= best : correct > best;
    if (accepted) {
      soup = [...soup, id];
      best = correct;
    }
    return { candidate: id, accepted, soup };
  });
  return { decisions, soup, best, ties, examplesRun: n * (2 * ingredients.length - 1) };
}

async function cook(tasting: Taster, options: GreedyOptions) {
  const events: RecipeEvent[] = [];
  const result = await greedy.cook(tasting, options, (event) => events.push(event));
  return { ...result, events };
}

describe.each(['>=', '>'] as const)('greedy under tie rule %s', (tieRule) => {
  test('on 1,000 random tables: early stopping decides as naive counting does and runs fewer examples', async () => {
    let run = 0;
    let full = 0;
    let kept = 0;
    let stopped = 0;
    let ties = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const expected = naive(seed, tieRule);
      const tasting = taster(seed);
      const { steps, weighting } = await cook(tasting, { tieRule, earlyStopping: true });
      const decisions = steps.map(({ candidate, accepted, soup }) => ({ candidate, accepted, soup }));
      expect(decisions, `seed ${seed}`).toEqual(expected.decisions);
      expect(weighting).toEqual(Object.fromEntries(expected.soup.map((id) => [id, 1 / expected.soup.length])));
      expect(tasting.examplesRun).toBeLessThanOrEqual(expected.examplesRun);
      expect(steps.findLast((step) => step.accepted)?.correct).toBe(expected.best);
      for (const step of steps) {
        expect(step.accepted).toBe(step.accuracy !== undefined && step.correct >= step.needed);
        if (step.accuracy === undefined) expect(canStillReach(step.correct, step.examplesRun, step.examplesTotal, step.needed)).toBe(false);
        if (step.accuracy === undefined) stopped++;
      }
      run += tasting.examplesRun;
      full += expected.examplesRun;
      kept += expected.soup.length - 1;
      ties += expected.ties;
    }
    expect(run).toBeLessThan(full);
    // The worlds are worth something: trials were kept, stopped early and tied.
    expect(Math.min(kept, stopped, ties)).toBeGreaterThan(100);
  });

  test('without early stopping it decides the same and runs everything', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const tasting = taster(seed);
      const { steps } = await cook(tasting, { tieRule, earlyStopping: false });
      const expected = naive(seed, tieRule);
      expect(steps.map(({ candidate, accepted, soup }) => ({ candidate, accepted, soup }))).toEqual(expected.decisions);
      expect(tasting.examplesRun).toBe(expected.examplesRun);
      expect(steps.every((step) => step.accuracy === step.correct / step.examplesTotal)).toBe(true);
    }
  });
});

/** A taster with known counts of 10, by the ids in the soup. */
function known(ingredients: readonly string[], counts: Readonly<Record<string, number>>): Taster {
  return {
    ingredients,
    async taste(weighting) {
      const correct = counts[Object.keys(weighting).join('+')];
      if (correct === undefined) throw new Error(`not expected: ${JSON.stringify(weighting)}`);
      return { correct, examplesRun: 10, examplesTotal: 10, complete: true };
    },
  };
}

test('a known example: starts with the best alone, ties in order given, every decision told with its margin', async () => {
  const counts = { a: 7, b: 8, c: 8, 'b+c': 8, 'b+c+a': 9, 'b+a': 7 };
  const { steps, events, weighting } = await cook(known(['a', 'b', 'c'], counts), { tieRule: '>=', earlyStopping: true });
  const rest = { examplesRun: 10, examplesTotal: 10, accepted: true };
  expect(steps).toEqual([
    { candidate: 'b', accuracy: 0.8, correct: 8, needed: 0, soup: ['b'], ...rest },
    { candidate: 'c', accuracy: 0.8, correct: 8, needed: 8, soup: ['b', 'c'], ...rest },
    { candidate: 'a', accuracy: 0.9, correct: 9, needed: 8, soup: ['b', 'c', 'a'], ...rest },
  ]);
  expect(weighting).toEqual({ b: 1 / 3, c: 1 / 3, a: 1 / 3 });
  expect(events.map((event) => (event.type === 'considered' ? event.step.candidate : `?${event.candidate}`))).toEqual([
    '?b',
    'b',
    '?c',
    'c',
    '?a',
    'a',
  ]);
});

test('the same under the rule of the authors’ code: a tie is not kept', async () => {
  const counts = { a: 7, b: 8, c: 8, 'b+c': 8, 'b+a': 7 };
  const { steps, weighting } = await cook(known(['a', 'b', 'c'], counts), { tieRule: '>', earlyStopping: true });
  expect(steps.map((step) => [step.candidate, step.accepted, step.needed])).toEqual([
    ['b', true, 0],
    ['c', false, 9],
    ['a', false, 9],
  ]);
  expect(weighting).toEqual({ b: 1 });
});

test('hardest first: most often wrong, then as they lie; what was not scored does not count', () => {
  const labels = Int32Array.of(0, 1, 2, 3);
  expect([...hardestFirst([Int32Array.of(0, 1, 0, 0), Int32Array.of(1, 1, 0, 3), Int32Array.of(-1, -1, 1, -1)], labels)]).toEqual([
    2, 0, 3, 1,
  ]);
  expect([...hardestFirst([], labels)]).toEqual([0, 1, 2, 3]);
});

test('the bound is exact', () => {
  expect(canStillReach(5, 7, 10, 8)).toBe(true);
  expect(canStillReach(5, 7, 10, 9)).toBe(false);
  expect(canStillReach(9, 10, 10, 9)).toBe(true);
});
