export { canStillReach, hardestFirst } from './earlyStopping.ts';
export { type GreedyOptions, greedy } from './greedy.ts';
export { parseOptions, recipeNamed, recipes } from './recipes.ts';
export type * from './types.ts';
export { uniform, uniformWeighting } from './uniform.ts';
export { type WeightedOptions, weighted } from './weighted.ts';
