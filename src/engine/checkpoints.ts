import { type Alignment, alignCheckpoints, fingerprint } from '../align/index.ts';
import { fromBlob, isFloat, type ModelIndex, readModel } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';
import type { CheckpointFact } from '../results/index.ts';
import type { Meter } from './meter.ts';
import type { LabFile } from './types.ts';

/** Files up to this size are read once more than averaging needs, to be known by their SHA-256; larger ones by a sampled fingerprint. */
const WHOLE_HASH_LIMIT_BYTES = 64 * 2 ** 20;

/** One checkpoint as the engine holds it. */
export interface Checkpoint {
  fact: CheckpointFact;
  /** Absent where the file could not be read. */
  readonly model: ModelIndex | undefined;
}

/** Reads one model file's index. What is wrong with it is in `fact.problems`, and the file keeps its place in the table. */
export async function readCheckpoint(
  file: LabFile,
  siblings: readonly LabFile[],
  meter: Meter,
  taken: ReadonlySet<string>,
): Promise<Checkpoint> {
  const source = meter.counted(fromBlob(file.path, file.blob));
  const result = await meter.time('index', () =>
    readModel(
      source,
      siblings.map((one) => meter.counted(fromBlob(one.path, one.blob))),
    ),
  );
  const told = {
    name: file.path,
    ...(file.note === undefined ? {} : { note: file.note }),
    ...(file.hyperparameters === undefined ? {} : { hyperparameters: file.hyperparameters }),
  };
  if (!result.ok) {
    const print = await digest(new TextEncoder().encode(`${file.path} ${file.blob.size}`));
    const id = unused(`file-${print.slice(0, 12)}`, taken);
    const fact: CheckpointFact = {
      ...told,
      id,
      bytes: file.blob.size,
      bytesRead: 0,
      parameters: 0,
      fingerprint: print,
      producer: '',
      standing: 'refused',
      problems: [result.problem],
    };
    return { fact, model: undefined };
  }
  const { model } = result;
  const print = await meter.time('index', () => fingerprint(model));
  const small = file.blob.size <= WHOLE_HASH_LIMIT_BYTES && model.bytes === file.blob.size;
  const sha256 = small ? { sha256: await meter.time('read', async () => digest(await source.read(0, source.size))) } : {};
  const { producerName, producerVersion } = model.skeleton;
  const fact: CheckpointFact = {
    ...told,
    ...sha256,
    id: unused(`checkpoint-${print.slice(0, 12)}`, taken),
    bytes: model.bytes,
    bytesRead: model.bytesRead,
    parameters: model.initializers.filter((one) => isFloat(one.dataType)).reduce((sum, one) => sum + one.elements, 0),
    fingerprint: print,
    producer: `${producerName} ${producerVersion}`.trim(),
    standing: file.as === 'base' ? 'base' : 'ingredient',
    problems: [],
  };
  return { fact, model };
}

/** Ids follow the content, so that a page that is opened again knows its rows; the same content twice gets a number. */
function unused(id: string, taken: ReadonlySet<string>): string {
  let candidate = id;
  for (let i = 2; taken.has(candidate); i++) candidate = `${id}-${i}`;
  return candidate;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The checkpoints that fit together, in the order of the table, and how. */
export interface AlignedCheckpoints {
  readonly alignment: Alignment;
  /** The group's checkpoints; `alignment.tensors[t].perCheckpoint[i]` belongs to `group[i]`. */
  readonly group: readonly Checkpoint[];
}

/**
 * Compares all readable checkpoints. Those outside the largest group become `refused` with their reasons; copies are left out of the
 * recipes until the person wants them counted twice. Facts are changed in place where something new is known.
 */
export async function alignAll(
  checkpoints: readonly Checkpoint[],
  meter: Meter,
  allowedCopies: ReadonlySet<string>,
): Promise<AlignedCheckpoints> {
  const readable = checkpoints.filter((one): one is Checkpoint & { model: ModelIndex } => one.model !== undefined && !hasFatal(one.fact));
  const alignment = await meter.time('index', () => alignCheckpoints(readable.map((one) => one.model)));
  const group = alignment.group.map((i) => readable[i]).filter((one): one is Checkpoint & { model: ModelIndex } => one !== undefined);
  for (const [i, checkpoint] of readable.entries()) {
    const reasons = alignment.group.includes(i) ? [] : alignment.differences.filter((one) => one.file === checkpoint.fact.name);
    const copy = alignment.duplicates.find(([, j]) => j === i);
    const original = copy === undefined ? undefined : readable[copy[0]]?.fact.name;
    const problems = original === undefined ? reasons : [...reasons, duplicate(checkpoint.fact.name, original)];
    checkpoint.fact = {
      ...checkpoint.fact,
      problems,
      standing: standingOf(checkpoint.fact, reasons, original !== undefined && !allowedCopies.has(checkpoint.fact.id)),
    };
  }
  return { alignment, group };
}

/** Problems found while reading the tensors themselves stay, whatever the comparison says. */
function hasFatal(fact: CheckpointFact): boolean {
  return fact.problems.some((problem) => problem.kind === 'not-finite');
}

function standingOf(fact: CheckpointFact, reasons: readonly Problem[], copy: boolean): CheckpointFact['standing'] {
  if (reasons.length > 0) return 'refused';
  if (fact.standing === 'base') return 'base';
  if (copy) return 'excluded';
  return fact.standing === 'excluded' ? 'excluded' : 'ingredient';
}

function duplicate(file: string, original: string): Problem {
  return {
    kind: 'duplicate',
    file,
    text: `${file} has the same tensors as ${original}, byte for byte`,
    remedy: 'It is left out so that it is not counted twice; include it if you want that.',
  };
}
