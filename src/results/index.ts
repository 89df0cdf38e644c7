export { applyEvent } from './apply.ts';
export { emptyFacts, idle, noCost } from './empty.ts';
export { bytes as formatBytes, percent, points, pValue, thousands } from './format.ts';
export type * from './types.ts';
export { bestIngredient, judgingSet, significance, type Verdict, verdict } from './verdict.ts';
