export { buildTemplate } from './buildTemplate.ts';
export { type CountingSource, countingSource } from './countingSource.ts';
export { elementBytes, isFloat, isInteger } from './dataTypes.ts';
export { graphSignature } from './graphSignature.ts';
export { readModel } from './readModel.ts';
export { readTensor } from './readTensor.ts';
export { fromBlob } from './source.ts';
export { type SplicedFile, spliceModel } from './spliceModel.ts';
export type * from './types.ts';
