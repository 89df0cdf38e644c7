/** Held-out examples: one file a format, one {@link Dataset} shape; preprocessing as data. */
export { fillBatch, itemElements } from './batch.ts';
export { guessPreprocessing } from './guess.ts';
export { checkLabels } from './labels.ts';
export { needsDecoding, prepareSet } from './prepare.ts';
export { parsePreprocessorConfig } from './preprocessorConfig.ts';
export { preview } from './preview.ts';
export { type ReadResult, readDataset } from './readDataset.ts';
export { type DatasetFormat, recogniseDataset } from './recognise.ts';
export { resizeDataset } from './resizeDataset.ts';
export { sharedExamples } from './shared.ts';
export { splitSet } from './split.ts';
export type * from './types.ts';
