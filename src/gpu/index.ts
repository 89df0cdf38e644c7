export { assertFinite } from './assertFinite.ts';
export { type AveragingCheck, checkAveraging } from './checkAveraging.ts';
export { openGpu } from './openGpu.ts';
export { plainKitchen } from './plainKitchen.ts';
export { groupsOf, type MemoryQuestion, planMemory } from './planMemory.ts';
export type * from './types.ts';
export { type KitchenSettings, webgpuKitchen } from './webgpuKitchen.ts';
