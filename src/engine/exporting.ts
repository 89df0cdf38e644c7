import { scoreOrdinary } from '../evaluate/index.ts';
import { argmax } from '../metrics/index.ts';
import { spliceModel } from '../onnx/index.ts';
import type { Weighting } from '../recipes/index.ts';
import type { Bench } from './bench.ts';
import type { Held } from './score.ts';
import type { Entry } from './scorebook.ts';
import type { ExportedFile } from './types.ts';
import { members } from './weighting.ts';

/**
 * Writes a soup as ONNX: its first ingredient's file with the averaged tensors' bytes replaced and `metadata` added, everything else byte for
 * byte. Each tensor is read back once and handed to the browser's blob store at once.
 */
export async function writeSoup(
  bench: Bench,
  weighting: Weighting,
  metadata: Readonly<Record<string, string>>,
): Promise<readonly ExportedFile[]> {
  const { group, alignment } = bench.aligned;
  const never = new AbortController().signal;
  const parts = await bench.larder.tensors(weighting, never, (name, bytes) => ({ name, blob: new Blob([bytes]) }));
  const place = Math.max(
    0,
    group.findIndex((one) => members(weighting).includes(one.fact.id)),
  );
  const nameThere = new Map(alignment.tensors.map((tensor) => [tensor.name, tensor.perCheckpoint[place]?.name ?? tensor.name]));
  const replacements = new Map(parts.map(({ name, blob }) => [nameThere.get(name) ?? name, blob]));
  return spliceModel(group[place]?.model ?? bench.reference, replacements, metadata, { fileName: 'soup.onnx' });
}

/** What a fresh, ordinary session says of an exported soup. */
export interface Verification {
  readonly correct: number;
  readonly n: number;
  /** Largest |Δlogit| against the hot-swapped session's logits. */
  readonly maxLogitDifference: number;
}

/** Opens an exported soup as any user would and scores it on a set. Reads the files into memory. */
export async function verifySoup(files: readonly ExportedFile[], held: Held, entry: Entry): Promise<Verification> {
  const [model, ...external] = files;
  if (model === undefined) throw new Error('No file was exported');
  const bytes = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const externalData = await Promise.all(external.map(async ({ name, blob }) => ({ path: name, data: await bytes(blob) })));
  const { values, classes } = await scoreOrdinary({ model: await bytes(model.blob), externalData }, held.keyed.set);
  let correct = 0;
  let maxLogitDifference = 0;
  for (let i = 0; i < held.fact.n; i++) {
    const logits = values.subarray(i * classes, (i + 1) * classes);
    if (argmax(logits, 0, classes) === held.fact.labels?.[i]) correct += 1;
    if (entry.logits === undefined || entry.predicted[i] === -1) continue;
    for (const [c, logit] of logits.entries()) {
      maxLogitDifference = Math.max(maxLogitDifference, Math.abs(logit - (entry.logits[i * classes + c] ?? 0)));
    }
  }
  return { correct, n: held.fact.n, maxLogitDifference };
}
