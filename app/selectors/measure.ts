import { type Row, wilson } from '../lab.ts';

/** How a row does on a set, as numbers for the eye. Accuracies and bounds are fractions. */
export interface Measure {
  readonly correct: number;
  readonly done: number;
  readonly n: number;
  readonly accuracy: number;
  /** 95 % Wilson interval. */
  readonly low: number;
  readonly high: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  readonly complete: boolean;
}

/** The measure of a row on a set; undefined before its first block. */
export function measure(row: Row | undefined, setId: string | undefined): Measure | undefined {
  const score = setId === undefined ? undefined : row?.scores[setId];
  if (score === undefined || score.done === 0) return undefined;
  const [low, high] = wilson(score.correct, score.done);
  return {
    correct: score.correct,
    done: score.done,
    n: score.n,
    accuracy: score.correct / score.done,
    low,
    high,
    loss: score.lossSum / score.done,
    complete: score.done >= score.n,
  };
}
