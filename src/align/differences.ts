import { graphSignature, type Initializer, type ModelIndex } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';
import { matchInitializers } from './matchInitializers.ts';
import { mayDiffer, pinnedPlaces } from './pinned.ts';
import { sameTensors } from './sameTensors.ts';
import { sampleModel } from './sample.ts';

const SAME_ARCHITECTURE = 'Drop only checkpoints of one architecture, exported in the same way.';
const RENAMED = 'Export both checkpoints with the same code, so that their tensors have the same names.';

/**
 * Everything that keeps `model` from being souped with `reference`, each as one Problem that names the file, the tensor and both
 * values. Shapes first; only where those agree are the bytes compared that must be equal. Throws `read-failed`.
 */
export async function differences(reference: ModelIndex, model: ModelIndex): Promise<readonly Problem[]> {
  const shapes = shapeDifferences(reference, model);
  return shapes.length > 0 ? shapes : valueDifferences(reference, model);
}

/** Differences of names, dims, types and graph: nothing is read. */
export function shapeDifferences(reference: ModelIndex, model: ModelIndex): readonly Problem[] {
  const { pairs, missing, extra } = matchInitializers(reference, model);
  const problems: Problem[] = [];
  const file = model.name;
  for (const { name, dataType, dims } of missing) {
    const expected = `${dataType} [${dims.join(',')}]`;
    problems.push({
      kind: 'missing-initializer',
      file,
      initializer: name,
      expected,
      found: 'none',
      text: `${file}: has no initializer "${name}", which is ${expected} in ${reference.name}`,
      remedy: RENAMED,
    });
  }
  for (const { name, dataType, dims } of extra) {
    const found = `${dataType} [${dims.join(',')}]`;
    problems.push({
      kind: 'extra-initializer',
      file,
      initializer: name,
      expected: 'none',
      found,
      text: `${file}: has an initializer "${name}" (${found}) that ${reference.name} does not have`,
      remedy: RENAMED,
    });
  }
  for (const [a, b] of pairs) {
    const [expected, found] = [`[${a.dims.join(',')}]`, `[${b.dims.join(',')}]`];
    if (expected !== found) problems.push(mismatch('dims', model, b, 'dims', expected, found, SAME_ARCHITECTURE));
    if (a.dataType !== b.dataType) {
      const remedy = `Export all checkpoints in one precision: ${a.dataType} here.`;
      problems.push(mismatch('data-type', model, b, 'data type', a.dataType, b.dataType, remedy));
    }
  }
  const graph = graphDifference(reference, model);
  return graph === undefined ? problems : [...problems, graph];
}

function mismatch(
  kind: 'dims' | 'data-type',
  model: ModelIndex,
  { name }: Initializer,
  what: string,
  expected: string,
  found: string,
  remedy: string,
): Problem {
  const text = `${model.name}: initializer "${name}" has ${what} ${found}, expected ${expected}`;
  return { kind, file: model.name, initializer: name, expected, found, text, remedy };
}

function graphDifference(reference: ModelIndex, model: ModelIndex): Problem | undefined {
  const a = graphSignature(reference);
  const b = graphSignature(model);
  if (a === b) return constantsDifference(reference, model);
  const [x, y] = [a.split('\n'), b.split('\n')];
  const at = x.findIndex((line, i) => line !== y[i]);
  const expected = short(x[at < 0 ? x.length - 1 : at] ?? 'nothing');
  const found = short(y[at < 0 ? x.length : at] ?? 'nothing');
  return {
    kind: 'graph',
    file: model.name,
    expected,
    found,
    text: `${model.name}: has another graph than ${reference.name}; the first difference is ${found}, expected ${expected}`,
    remedy: SAME_ARCHITECTURE,
  };
}

/** Constants can't be renamed apart from their graph: one graph has them in the same places. */
function constantsDifference(reference: ModelIndex, model: ModelIndex): Problem | undefined {
  for (const [i, a] of reference.constants.entries()) {
    const b = model.constants[i];
    const expected = `${a.dataType} [${a.dims.join(',')}]`;
    const found = b === undefined ? 'none' : `${b.dataType} [${b.dims.join(',')}]`;
    if (expected === found && a.name === b?.name) continue;
    const text = `${model.name}: ${a.place} is ${found}, expected ${expected}`;
    return { kind: 'graph', file: model.name, initializer: a.name, expected, found, text, remedy: SAME_ARCHITECTURE };
  }
  return undefined;
}

/** Tensors that can't be averaged and are not the same bytes: integers, bools, strings, scalars, bounds and constants of the graph. */
async function valueDifferences(reference: ModelIndex, model: ModelIndex): Promise<readonly Problem[]> {
  const pinned = pinnedPlaces(reference);
  const problems: Problem[] = [];
  for (const [a, b] of matchInitializers(reference, model).pairs) {
    if (mayDiffer(a, pinned) || (await sameTensor(reference, a, model, b))) continue;
    const place = pinned.get(a.name);
    const because = place === undefined ? `is ${shapeText(a)}` : `(${shapeText(a)}) is given to ${place}`;
    problems.push(unequal(reference, model, b.name, `initializer "${b.name}" ${because}`));
  }
  for (const [i, a] of reference.constants.entries()) {
    const b = model.constants[i];
    if (b === undefined || (await sameTensor(reference, a, model, b))) continue;
    problems.push(unequal(reference, model, a.name, `${a.place} (${shapeText(a)}) is a constant of the graph`));
  }
  return problems;
}

function shapeText({ dataType, dims }: Initializer): string {
  return dims.length === 0 ? `a single ${dataType}` : `${dataType} [${dims.join(',')}]`;
}

function unequal(reference: ModelIndex, model: ModelIndex, initializer: string, what: string): Problem {
  return {
    kind: 'integer-differs',
    file: model.name,
    initializer,
    expected: `as in ${reference.name}`,
    found: 'other values',
    text: `${model.name}: ${what}; it has other values than in ${reference.name} and can't be averaged`,
    remedy: 'Export both checkpoints with the same code and settings; only float tensors with dims are averaged.',
  };
}

/** Whether a tensor is the same bytes in two models, told by samples where they differ or are complete. */
async function sameTensor(modelA: ModelIndex, a: Initializer, modelB: ModelIndex, b: Initializer): Promise<boolean> {
  const [x, y] = await Promise.all([sampleModel(modelA), sampleModel(modelB)]);
  return sameTensors([a, b], [x, y]);
}

function short(line: string): string {
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}
