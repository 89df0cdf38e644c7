import type { Cost, Facts, Progress } from './types.ts';

export const idle: Progress = { phase: 'idle', doing: '', done: 0, total: 0 };

export const noCost: Cost = {
  bytesRead: 0,
  forwardPasses: 0,
  examplesRun: 0,
  examplesSpared: 0,
  sessionsCreated: 0,
  soupsCooked: 0,
  seconds: { index: 0, read: 0, average: 0, evaluate: 0, total: 0 },
  peakBytes: { js: 0, wasm: 0, gpu: 0 },
};

/** The facts of a lab in which nothing has happened yet. */
export function emptyFacts(): Facts {
  return {
    checkpoints: [],
    sets: [],
    rows: [],
    tensors: [],
    differences: [],
    hardware: undefined,
    memory: undefined,
    progress: idle,
    cost: noCost,
    problems: [],
  };
}
