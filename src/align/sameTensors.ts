import type { Initializer } from '../onnx/index.ts';
import { sameBytes } from './sameBytes.ts';
import type { ModelSample } from './sample.ts';

/** Whether the samples of a tensor (the i-th from the i-th checkpoint) are equal; where they are not, the tensors differ for certain. */
export function sameSamples(tensors: readonly Initializer[], samples: readonly ModelSample[]): boolean {
  const digests = tensors.map((tensor, i) => samples[i]?.tensors.get(tensor)?.digest);
  return digests.every((digest) => digest !== undefined && digest === digests[0]);
}

/** Whether a tensor is the same bytes in all: told by samples where they differ or are the whole, else by reading all of it. */
export async function sameTensors(tensors: readonly Initializer[], samples: readonly ModelSample[]): Promise<boolean> {
  if (!sameSamples(tensors, samples)) return false;
  return tensors.every((tensor, i) => samples[i]?.tensors.get(tensor)?.whole === true) || sameBytes(tensors);
}
