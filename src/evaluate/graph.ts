import type { InferenceSession } from 'onnxruntime-web';
import type { PreparedSet } from '../data/index.ts';
import { itemElements } from './batches.ts';
import { evaluationProblem } from './problems.ts';

/** Element types of images and logits this room converts from and to float32. */
export type FloatType = 'float32' | 'float16';

/** How a session wants its examples and where it puts its logits. Structured-cloneable. */
export interface Graph {
  readonly inputName: string;
  readonly inputType: FloatType;
  /** Dims of the input with the batch first; undefined where the graph leaves it open. */
  readonly inputDims: readonly (number | undefined)[];
  /** Examples a run must have, where the exporter wrote a number; undefined when any count will do. */
  readonly staticBatch: number | undefined;
  readonly outputName: string;
  readonly outputType: FloatType;
}

/**
 * Reads the one input that is not a weight and the first float output of rank 2 `[batch, classes]` or 4 `[batch, classes, 1, 1]`.
 * @throws ProblemError `unsupported-model`
 */
export function readGraph(session: InferenceSession, weightNames: ReadonlySet<string>): Graph {
  const inputs = session.inputMetadata.filter((input) => !weightNames.has(input.name));
  const input = inputs[0];
  if (input === undefined || inputs.length > 1 || !input.isTensor) {
    throw unsupported(`The model has ${inputs.length} inputs (${inputs.map((i) => i.name).join(', ')}), expected 1 tensor`);
  }
  if (!isFloatType(input.type)) throw unsupported(`Input "${input.name}" is ${input.type}, expected float32 or float16`);
  const output = session.outputMetadata.find((o) => o.isTensor && isFloatType(o.type) && holdsLogits(o.shape));
  if (output?.isTensor !== true || !isFloatType(output.type)) {
    const names = session.outputMetadata.map((o) => (o.isTensor ? `${o.name}: ${o.type} [${o.shape.join(',')}]` : o.name));
    throw unsupported(`No output is float [batch, classes]; the model gives ${names.join('; ')}`);
  }
  const inputDims = input.shape.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : undefined));
  return {
    inputName: input.name,
    inputType: input.type,
    inputDims,
    staticBatch: inputDims[0],
    outputName: output.name,
    outputType: output.type,
  };
}

/** Throws ProblemError `dataset-shape` where the prepared examples can't be this graph's input. */
export function assertSetFits(graph: Graph, set: PreparedSet): void {
  const expected = graph.inputDims.slice(1);
  const fits =
    set.inputName === graph.inputName &&
    // An input of unknown rank takes anything; the run itself then decides.
    (graph.inputDims.length === 0 ||
      (expected.length === set.inputDims.length && expected.every((dim, i) => dim === undefined || dim === set.inputDims[i])));
  if (fits) return;
  const wanted = `"${graph.inputName}" [batch,${expected.map((dim) => dim ?? '?').join(',')}]`;
  const found = `"${set.inputName}" [batch,${set.inputDims.join(',')}]`;
  throw evaluationProblem(`${set.dataset.name}: examples are for ${found}, the model's input is ${wanted}`, {
    kind: 'dataset-shape',
    file: set.dataset.name,
    expected: wanted,
    found,
    remedy: "Change the preprocessing so that it makes the model's input size.",
  });
}

/** Classes of an output, from the dims a run came back with. */
export function classesOf(dims: readonly number[], rows: number): number {
  const classes = dims[1];
  if (!holdsLogits(dims) || dims.length === 0 || dims[0] !== rows || classes === undefined) {
    throw evaluationProblem(`The model gave an output [${dims.join(',')}] for ${rows} examples, expected [${rows}, classes]`, {
      expected: `[${rows}, classes]`,
      found: `[${dims.join(',')}]`,
    });
  }
  return itemElements(dims.slice(1));
}

function holdsLogits(dims: readonly (number | string)[]): boolean {
  // Rank 0 means that the exporter wrote no shape; `classesOf` looks at the result then.
  return dims.length === 0 || dims.length === 2 || (dims.length === 4 && dims[2] === 1 && dims[3] === 1);
}

function isFloatType(type: string): type is FloatType {
  return type === 'float32' || type === 'float16';
}

function unsupported(text: string) {
  return evaluationProblem(text, {
    kind: 'unsupported-model',
    remedy: 'Export a classifier with one image input and logits as its output.',
  });
}
