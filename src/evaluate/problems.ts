import { type Problem, ProblemError } from '../problem/index.ts';

/** A ProblemError of kind `evaluation`: what the runtime said, in a sentence a person can act on. */
export function evaluationProblem(
  text: string,
  details: Partial<Pick<Problem, 'initializer' | 'expected' | 'found' | 'remedy' | 'kind' | 'file'>> = {},
  cause?: unknown,
): ProblemError {
  const remedy = 'Check that the checkpoint runs in ONNX Runtime by itself, or force the other provider.';
  return new ProblemError({ kind: 'evaluation', remedy, ...details, text }, cause === undefined ? undefined : { cause });
}

/** Our own problems pass as they are; anything a runtime throws becomes an `evaluation` problem that carries it as its cause. */
export function asEvaluationProblem(thrown: unknown, doing: string): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  return evaluationProblem(`${doing}: ${messageOf(thrown)}`, {}, thrown);
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function deviceLostProblem(reason: string): ProblemError {
  return new ProblemError({
    kind: 'device-lost',
    text: `The GPU device was lost while scoring: ${reason}`,
    remedy: 'The lab opens a new device and goes on from the results it has; if it happens again, force the wasm provider.',
  });
}
