import { emptyFacts } from './empty.ts';
import type { Facts, LabEvent, Row, Score } from './types.ts';

/** Replaces the item with the same id, or appends it. */
function upsert<T extends { readonly id: string }>(items: readonly T[], item: T): readonly T[] {
  return items.some((one) => one.id === item.id) ? items.map((one) => (one.id === item.id ? item : one)) : [...items, item];
}

function withScores(row: Row, setId: string, score: Score): Row {
  return { ...row, scores: { ...row.scores, [setId]: score } };
}

type Scored = Extract<LabEvent, { type: 'scored' }>;

/** A score with one more block. Telling the same block again changes nothing, since the totals come with it. */
function addBlock(before: Score | undefined, event: Scored): Score {
  const predicted = before === undefined || before.n !== event.n ? new Int32Array(event.n).fill(-1) : before.predicted.slice();
  event.indices.forEach((example, i) => {
    predicted[example] = event.predicted[i] ?? -1;
  });
  const { n, done, correct, lossSum, provider, fromCache } = event;
  return { n, done, correct, lossSum, predicted, provider, fromCache };
}

/** The facts after one event. Pure; shares what did not change. Events about rows that are gone change nothing. */
export function applyEvent(facts: Facts, event: LabEvent): Facts {
  switch (event.type) {
    case 'reset': {
      const fresh = { ...emptyFacts(), hardware: facts.hardware };
      return event.kit === undefined ? fresh : { ...fresh, kit: event.kit };
    }
    case 'checkpoint':
      return { ...facts, checkpoints: upsert(facts.checkpoints, event.checkpoint) };
    case 'checkpoint-removed':
      return {
        ...facts,
        checkpoints: facts.checkpoints.filter((one) => one.id !== event.id),
        rows: facts.rows.filter((row) => row.id !== event.id),
      };
    case 'aligned':
      return { ...facts, tensors: event.tensors, differences: event.differences };
    case 'set':
      return { ...facts, sets: upsert(facts.sets, event.set) };
    case 'set-removed':
      return {
        ...facts,
        sets: facts.sets.filter((one) => one.id !== event.id),
        rows: facts.rows.map((row) => ({
          ...row,
          scores: Object.fromEntries(Object.entries(row.scores).filter(([set]) => set !== event.id)),
        })),
      };
    case 'row': {
      const before = facts.rows.find((row) => row.id === event.row.id);
      return { ...facts, rows: upsert(facts.rows, { ...event.row, scores: event.keepScores ? (before?.scores ?? {}) : {} }) };
    }
    case 'row-removed':
      return { ...facts, rows: facts.rows.filter((row) => row.id !== event.id) };
    case 'scored':
      return {
        ...facts,
        rows: facts.rows.map((row) => (row.id === event.row ? withScores(row, event.set, addBlock(row.scores[event.set], event)) : row)),
      };
    case 'considered':
      return {
        ...facts,
        rows: facts.rows.map((row) =>
          row.id === event.row ? { ...row, weighting: event.weighting, steps: [...(row.steps ?? []), event.step] } : row,
        ),
      };
    case 'hardware':
      return { ...facts, hardware: event.hardware };
    case 'memory':
      return { ...facts, memory: event.memory };
    case 'progress':
      return { ...facts, progress: event.progress };
    case 'cost':
      return { ...facts, cost: event.cost };
    case 'problem':
      return { ...facts, problems: [...facts.problems, event.problem] };
  }
}
