import type { Initializer, ModelIndex } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';
import { differences } from './differences.ts';
import { matchInitializers } from './matchInitializers.ts';
import { mayDiffer, pinnedPlaces } from './pinned.ts';
import { sameSamples, sameTensors } from './sameTensors.ts';
import { sampleModel } from './sample.ts';
import type { AlignedTensor, Alignment } from './types.ts';

/**
 * How checkpoints fit together: groups that can be souped, why the others can't join the largest (ties: the first), and what
 * happens to each tensor of that group. Reads samples (within 1 % of large files), and whole only tensors whose samples are equal
 * everywhere: a tensor is called equal only when every byte is. Throws a ProblemError `read-failed` where a file has gone.
 */
export async function alignCheckpoints(models: readonly ModelIndex[]): Promise<Alignment> {
  const groups = await groupAlike(models);
  const group = groups.reduce<readonly number[]>((largest, each) => (each.length > largest.length ? each : largest), []);
  const [reference] = pick(models, group);
  const outside: Problem[] = [];
  if (reference !== undefined) {
    for (const [i, model] of models.entries()) if (!group.includes(i)) outside.push(...(await differences(reference, model)));
  }
  const duplicates: (readonly [number, number])[] = [];
  for (const each of groups) duplicates.push(...(await findDuplicates(models, each)));
  return { tensors: await alignTensors(pick(models, group)), differences: outside, group, groups, duplicates };
}

/** Being alike is an equivalence: comparing with the first of each group is enough. */
async function groupAlike(models: readonly ModelIndex[]): Promise<readonly (readonly number[])[]> {
  const groups: { reference: ModelIndex; members: number[] }[] = [];
  for (const [i, model] of models.entries()) {
    let joined = false;
    for (const { reference, members } of groups) {
      if ((await differences(reference, model)).length > 0) continue;
      members.push(i);
      joined = true;
      break;
    }
    if (!joined) groups.push({ reference: model, members: [i] });
  }
  return groups.map(({ members }) => members);
}

async function alignTensors(models: readonly ModelIndex[]): Promise<readonly AlignedTensor[]> {
  const [reference] = models;
  if (reference === undefined) return [];
  const pinned = pinnedPlaces(reference);
  const partners = models.map((model) => new Map(matchInitializers(reference, model).pairs));
  const samples = await Promise.all(models.map(sampleModel));
  const tensors: AlignedTensor[] = [];
  for (const tensor of reference.initializers) {
    const perCheckpoint = partners.map((of) => of.get(tensor)).filter((each): each is Initializer => each !== undefined);
    if (perCheckpoint.length !== models.length) throw new Error(`"${tensor.name}" is not in every checkpoint of a group of alike ones`);
    const { name, dataType, dims, elements, byteLength } = tensor;
    const fate = !mayDiffer(tensor, pinned) ? 'constant' : (await sameTensors(perCheckpoint, samples)) ? 'equal' : 'averaged';
    tensors.push({ name, dataType, dims, elements, byteLength, fate, perCheckpoint });
  }
  return tensors;
}

/** Pairs of checkpoints all of whose tensors are the same bytes; a copy is paired with the first of its kind. */
async function findDuplicates(models: readonly ModelIndex[], group: readonly number[]): Promise<readonly (readonly [number, number])[]> {
  const kept: number[] = [];
  const pairs: (readonly [number, number])[] = [];
  for (const i of group) {
    let original: number | undefined;
    for (const k of kept) {
      const [a, b] = pick(models, [k, i]);
      if (a === undefined || b === undefined || !(await sameWeights(a, b))) continue;
      original = k;
      break;
    }
    if (original === undefined) kept.push(i);
    else pairs.push([original, i]);
  }
  return pairs;
}

async function sameWeights(a: ModelIndex, b: ModelIndex): Promise<boolean> {
  const { pairs } = matchInitializers(a, b);
  const samples = [await sampleModel(a), await sampleModel(b)];
  if (!pairs.every((pair) => sameSamples(pair, samples))) return false;
  for (const pair of pairs) if (!(await sameTensors(pair, samples))) return false;
  return true;
}

function pick(models: readonly ModelIndex[], indices: readonly number[]): readonly ModelIndex[] {
  return indices.map((i) => models[i]).filter((model): model is ModelIndex => model !== undefined);
}
