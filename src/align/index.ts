export { alignCheckpoints } from './alignCheckpoints.ts';
export { type InitializerMatch, matchInitializers } from './matchInitializers.ts';
export { fingerprint } from './sample.ts';
export type * from './types.ts';
