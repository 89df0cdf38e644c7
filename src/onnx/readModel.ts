import { fromBinary } from '@bufbuild/protobuf';
import { type Problem, problemOf } from '../problem/index.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema, TensorProtoSchema } from './generated/onnx_pb.ts';
import { fileProblem } from './problems.ts';
import { findQuantised } from './quantised.ts';
import { looksLike } from './sniff.ts';
import { describeTensor } from './tensor.ts';
import type { ByteSource, ConstantTensor, Initializer, ReadResult } from './types.ts';
import { describeValue } from './valueInfo.ts';
import { type Frame, pathOf, placeOf } from './wire/frame.ts';
import { type WalkedTensor, walkModel } from './wire/walk.ts';

/** protobuf-es counts every message; a graph in a graph is three of them deep. */
const DECODE = { recursionLimit: 200 };

/**
 * Indexes one checkpoint: positions of every tensor's data, and everything else decoded. Reads headers only: at most 1 % of a large
 * file. `siblings` are the other files that were dropped; external data is looked for among them.
 * Never throws for what is in the file: `problem` says what is wrong with it, naming file, tensor and both numbers.
 */
export async function readModel(source: ByteSource, siblings: readonly ByteSource[]): Promise<ReadResult> {
  try {
    return await index(source, siblings);
  } catch (thrown) {
    const problem: Problem | undefined = problemOf(thrown);
    if (problem === undefined) throw new Error(`${source.name}: indexing failed`, { cause: thrown });
    return { ok: false, problem };
  }
}

async function index(source: ByteSource, siblings: readonly ByteSource[]): Promise<ReadResult> {
  if (source.size === 0)
    throw fileProblem('empty-file', source.name, 'is empty (0 bytes)', { expected: 'an ONNX model', found: '0 bytes' });
  const head = await source.read(0, Math.min(64, source.size));
  const other = looksLike(head);
  if (other !== undefined) {
    throw fileProblem('not-onnx', source.name, `is not an ONNX model: it looks like ${other}`, { expected: 'an ONNX model', found: other });
  }
  const walked = await walkModel(source);
  const skeleton = decode(source.name, walked.output.view(0, walked.output.length));
  const { graph } = skeleton;
  if (graph === undefined || (graph.node.length === 0 && graph.output.length === 0)) {
    throw fileProblem('not-onnx', source.name, 'is not a model that can run: its graph has no nodes and no outputs');
  }
  if (skeleton.opsetImport.length === 0 && skeleton.irVersion >= 3n) {
    throw fileProblem('not-onnx', source.name, 'names no operator set (opset_import); its end may be missing');
  }
  const bytesOf = (tensor: WalkedTensor): Uint8Array => walked.output.view(...tensor.skeleton);
  const initializers = walked.initializers.map((tensor): Initializer => {
    const proto = decodeTensor(source.name, bytesOf(tensor));
    return describeTensor({ source, siblings, called: `initializer "${proto.name}"` }, proto, tensor);
  });
  checkNames(source.name, initializers);
  const constants = walked.others.map((tensor): ConstantTensor => {
    const described = describeTensor(
      { source, siblings, called: placeOf(tensor.frame) },
      decodeTensor(source.name, bytesOf(tensor)),
      tensor,
    );
    checkConstant(source.name, tensor.frame, described);
    return { ...described, name: pathOf(tensor.frame), place: placeOf(tensor.frame) };
  });
  const use = findQuantised(graph, skeleton.functions);
  if (use !== undefined) {
    throw fileProblem('quantised', source.name, `is quantised: ${use.operator} takes "${use.initializer}", which is ${use.dataType}`, {
      initializer: use.initializer,
      expected: 'float weights',
      found: use.dataType,
    });
  }
  const overridable = new Set([...initializers.map(({ name }) => name), ...sparseNames(graph)]);
  const external = new Set(
    [...initializers, ...constants].flatMap(({ storage, location }) => (storage === 'external' && location ? [location.source] : [])),
  );
  return {
    ok: true,
    model: {
      name: source.name,
      source,
      bytes: [...external].reduce((sum, sibling) => sum + sibling.size, source.size),
      bytesRead: walked.bytesRead + head.length,
      skeleton,
      initializers,
      constants,
      inputs: graph.input.filter(({ name }) => !overridable.has(name)).map((value) => describeValue(source.name, value)),
      outputs: graph.output.map((value) => describeValue(source.name, value)),
      layout: { model: walked.model, graph: walked.graph, graphFields: walked.graphFields },
    },
  };
}

/** The bytes come from outside: whatever the decoder dislikes is the file's fault. */
function decode(file: string, bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, DECODE);
  } catch (cause) {
    throw fileProblem(
      'not-onnx',
      file,
      `is damaged: its fields can't be decoded (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
}

function decodeTensor(file: string, bytes: Uint8Array): ReturnType<typeof fromBinary<typeof TensorProtoSchema>> {
  try {
    return fromBinary(TensorProtoSchema, bytes, DECODE);
  } catch (cause) {
    throw fileProblem(
      'not-onnx',
      file,
      `is damaged: a tensor can't be decoded (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
}

function checkNames(file: string, initializers: readonly Initializer[]): void {
  const seen = new Set<string>();
  for (const { name } of initializers) {
    if (name === '') throw fileProblem('unsupported-model', file, 'has an initializer without a name');
    if (seen.has(name)) throw fileProblem('unsupported-model', file, `has two initializers named "${name}"`, { initializer: name });
    seen.add(name);
  }
}

/** A constant's bytes go into the template as they lie in the file, so they have to lie there. */
function checkConstant(file: string, frame: Frame, tensor: Initializer): void {
  if (tensor.storage === 'external') {
    throw fileProblem('unsupported-model', file, `${placeOf(frame)} has its data in another file, which only initializers may`, {
      remedy: 'Save the model with only its initializers as external data.',
    });
  }
}

function sparseNames(graph: GraphProto): readonly string[] {
  return graph.sparseInitializer.map((sparse) => sparse.values?.name ?? '');
}
