import { type Facts, percent, points, type Row, thousands } from '../lab.ts';
import { ingredientsOf, members, nameOf } from './soups.ts';

/** One decision of greedy, ready to read. */
export interface Decision {
  readonly order: number;
  readonly candidate: string;
  readonly name: string;
  /** `91.90`, `+0.24`, `below`. */
  readonly change: string;
  readonly outcome: 'start' | 'kept' | 'left out';
  /** `stopped after 1,250 of 5,000`; empty where every example ran. */
  readonly detail: string;
}

export function decisions(facts: Facts, soup: Row | undefined): readonly Decision[] {
  const steps = soup?.steps ?? [];
  let correct = 0;
  return steps.map((step, index) => {
    const before = correct;
    if (step.accepted) correct = step.correct;
    const whole = step.accuracy !== undefined;
    const difference = (step.correct - before) / step.examplesTotal;
    return {
      order: index + 1,
      candidate: step.candidate,
      name: nameOf(facts, step.candidate),
      change: index === 0 ? percent(step.correct / step.examplesTotal) : whole ? points(difference) : 'below',
      outcome: index === 0 ? 'start' : step.accepted ? 'kept' : 'left out',
      detail: whole ? '' : `stopped after ${thousands(step.examplesRun)} of ${thousands(step.examplesTotal)}`,
    };
  });
}

/** Examples that stopping early spared: those not run, and those a run without it would have needed. */
export function spared(soup: Row | undefined): { readonly spared: number; readonly total: number } {
  const steps = soup?.steps ?? [];
  return {
    spared: steps.reduce((sum, step) => sum + step.examplesTotal - step.examplesRun, 0),
    total: steps.reduce((sum, step) => sum + step.examplesTotal, 0),
  };
}

/** Why greedy left out what it left out, in one sentence derived from its decisions. */
export function whyGreedy(facts: Facts, soup: Row | undefined): string | undefined {
  if (soup === undefined || soup.cooking) return undefined;
  const steps = soup.steps ?? [];
  const first = steps[0];
  if (first === undefined) return undefined;
  const kept = steps.filter((step) => step.accepted).length;
  const left = steps.length - kept;
  if (left === 0) return `Every checkpoint kept or raised the accuracy on select, so all ${kept} are in.`;
  const refused = steps.filter((step) => !step.accepted && step.accuracy !== undefined);
  const nearest = refused.reduce<(typeof steps)[number] | undefined>(
    (best, step) => (best === undefined || step.correct - step.needed > best.correct - best.needed ? step : best),
    undefined,
  );
  const close =
    nearest === undefined
      ? ''
      : ` The nearest, ${nameOf(facts, nearest.candidate)}, missed by ${thousands(nearest.needed - nearest.correct)} of ${thousands(nearest.examplesTotal)} examples.`;
  if (kept === 1) {
    const reach = percent(first.correct / first.examplesTotal);
    return `Only ${nameOf(facts, first.candidate)} is kept: averaged with any other, it gets fewer than its ${reach} % right on select.${close}`;
  }
  return `${left} of ${steps.length} left out: with ${left === 1 ? 'it' : 'any of them'} in, fewer examples of select come out right.${close}`;
}

/** What exactly went in: weights by name, and what became of the tensors. */
export function whatWentIn(facts: Facts, soup: Row | undefined): string | undefined {
  if (soup === undefined) return undefined;
  const parts = members(facts, soup);
  if (parts.length === 0) return undefined;
  const equal = parts.every((part) => Math.abs(part.weight - (parts[0]?.weight ?? 0)) < 1e-9);
  const sum =
    parts.length === 1
      ? `${parts[0]?.name ?? ''} alone`
      : equal
        ? `(${parts.map((part) => part.name).join(' + ')}) ÷ ${parts.length}`
        : parts.map((part) => `${part.weight.toFixed(3)} × ${part.name}`).join(' + ');
  const averaged = facts.tensors.filter((tensor) => tensor.fate === 'averaged').length;
  const rest = facts.tensors.length - averaged;
  const parameters = ingredientsOf(facts)[0]?.parameters;
  const tensors =
    averaged === 0
      ? ''
      : `; ${thousands(averaged)} tensors averaged${parameters === undefined ? '' : ` of a network with ${thousands(parameters)} parameters`}${rest === 0 ? '' : `, ${thousands(rest)} the same in all and kept`}`;
  return `${sum}${tensors}.`;
}
