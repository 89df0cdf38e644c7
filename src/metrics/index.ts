/** Accuracy, loss, intervals and paired tests: pure functions of logits, predictions and labels. */
export { type Calibration, expectedCalibrationError } from './calibration.ts';
export { type Contingency, contingency, disagreementRate } from './contingency.ts';
export { addLogits, meanLogits } from './ensemble.ts';
export { mcnemarExact } from './mcnemar.ts';
export { type PairedDifference, pairedDifference } from './paired.ts';
export { mcnemarSampleSize } from './sampleSize.ts';
export { argmax, crossEntropy, type Scored, scoreBlock } from './score.ts';
export { wilson } from './wilson.ts';
