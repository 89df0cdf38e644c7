import type { CheckpointFact } from '../lab.ts';

/** `learningRate` → `learning rate`, `weight_decay` → `weight decay`. */
function spoken(key: string): string {
  return key
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

function value(of: string | number | boolean): string {
  if (typeof of !== 'number') return String(of);
  return of !== 0 && Math.abs(of) < 0.01 ? of.toExponential().replace('e-', 'e−') : String(of);
}

/** Names whose value is not the same in every checkpoint: what tells them apart. */
export function varying(checkpoints: readonly CheckpointFact[]): readonly string[] {
  const keys = new Set(checkpoints.flatMap((one) => Object.keys(one.hyperparameters ?? {})));
  return [...keys].filter((key) => new Set(checkpoints.map((one) => one.hyperparameters?.[key])).size > 1);
}

/** One line that tells a checkpoint apart: its note, else the hyper-parameters that vary. */
export function distinction(checkpoint: CheckpointFact, keys: readonly string[]): string {
  if (checkpoint.note !== undefined && checkpoint.note !== '') return checkpoint.note;
  return keys
    .flatMap((key) => {
      const found = checkpoint.hyperparameters?.[key];
      return found === undefined ? [] : [`${spoken(key)} ${value(found)}`];
    })
    .join(', ');
}

/** Every hyper-parameter, for the tooltip and the picture. */
export function everyHyperparameter(checkpoint: CheckpointFact): string {
  return Object.entries(checkpoint.hyperparameters ?? {})
    .map(([key, of]) => `${spoken(key)} ${value(of)}`)
    .join(', ');
}
