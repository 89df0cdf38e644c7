export { openEngine, terminateEngine } from './openEngine.ts';
export type * from './types.ts';
