export { type CheckOptions, checkProviders } from './check.ts';
export { type OrdinaryOptions, scoreOrdinary } from './ordinary.ts';
export type { ModelFiles } from './sessions.ts';
export type * from './types.ts';
export { warmWasmWorkers } from './warmWorkers.ts';
export { openWasmScorer, type WasmScorerOptions } from './wasmPool.ts';
export { openWebgpuScorer, type WebgpuScorerOptions } from './webgpu.ts';
