import { type Problem, ProblemError, type ProblemKind } from '../problem/index.ts';

/** `12,345,678`: numbers of bytes are long, and two of them are to be compared by eye. */
export function grouped(value: number): string {
  return Number.isSafeInteger(value) ? value.toLocaleString('en-US') : String(value);
}

const REMEDIES: Partial<Record<ProblemKind, string>> = {
  'empty-file': 'Export or copy the checkpoint again; the file has no bytes.',
  'not-onnx': 'Export the model to ONNX (torch.onnx.export) and drop the .onnx file.',
  truncated: 'Copy or download the file again; its end is missing.',
  'bad-dims': 'Export the checkpoint again; the file is damaged.',
  overrun: 'Export or copy the checkpoint again; the file is damaged.',
  'data-length': 'Export or copy the checkpoint again; the tensor does not hold what its dims promise.',
  'external-escape': 'Save the model again with its data file beside it, in the same folder.',
  'external-missing': 'Drop the data file together with the .onnx file, or drop the whole folder.',
  quantised: 'Soup the float checkpoints, then quantise the soup.',
  limit: 'Export the model without metadata or stack traces; beyond this size it is not read.',
};

const LONGEST = 1000;

/** A problem with one model file. `what` goes on from the file's name; the remedy is the usual one of its kind unless given. */
export function fileProblem(kind: ProblemKind, file: string, what: string, more: Partial<Problem> = {}): ProblemError {
  return new ProblemError({
    kind,
    file,
    // Names come from the file and may be of any length.
    text: `${file}: ${what.length > LONGEST ? `${what.slice(0, LONGEST)}…` : what}`,
    remedy: REMEDIES[kind] ?? 'Export the checkpoint again.',
    ...more,
  });
}
