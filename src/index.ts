/** The library behind the page: no React, no page state. */

export type { Dataset, Preprocessing } from './data/index.ts';
export type * from './engine/index.ts';
export { openEngine, terminateEngine } from './engine/index.ts';
export type { Provider, ProviderCheck } from './evaluate/index.ts';
export type { AdapterFacts, MemoryPlan } from './gpu/index.ts';
export { wilson } from './metrics/index.ts';
export { type Problem, ProblemError, type ProblemKind, problemOf } from './problem/index.ts';
export { type GreedyStep, recipes, type TieRule, type Weighting } from './recipes/index.ts';
export * from './results/index.ts';
export { buildReport, formatTable, type Kit, parseKit, parseReport, type Report } from './share/index.ts';
