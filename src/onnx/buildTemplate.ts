import { create, toBinary } from '@bufbuild/protobuf';
import { dataTypeCode } from './dataTypes.ts';
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts';
import { readTensor } from './readTensor.ts';
import type { ByteSource, FieldSpan, Initializer, ModelIndex, Template, WeightInput } from './types.ts';
import { lengthField, lengthPrefix, varint } from './wire/encode.ts';

/** Constants are embedded up to this many bytes in all; beyond it those above SMALL go beside the model. */
const EMBEDDED = 32 * 1024 * 1024;
const SMALL = 64 * 1024;
const INITIALIZER = 5;
const INPUT = 11;
/** IR version from which an initializer need not be a graph input too. */
const FREE_INITIALIZERS = 4n;

/** ModelProto fields a session needs: ir_version is written anew; documentation, metadata and training graphs stay behind. */
const MODEL_KEPT: ReadonlySet<number> = new Set([2, 3, 5, 8, 25, 4]);
/** GraphProto fields a session needs besides initializers and inputs. Documentation, value_info (ORT infers it) and metadata don't count. */
const GRAPH_KEPT: ReadonlySet<number> = new Set([1, 2, 12, 14, 15]);

/**
 * The model without the promoted initializers, which become graph inputs of static dims after the model's own. All other
 * initializers stay constant: inside the model, or, where they come to more than 32 MB, as external data. Inputs that are also
 * initializers ("overridable") are dropped: they can't be fed from JS, and would keep ORT from folding constants (ORT.md).
 * Throws an Error where a promoted name is no initializer, a ProblemError `read-failed` where a file has gone.
 */
export async function buildTemplate(model: ModelIndex, promote: readonly string[]): Promise<Template> {
  const promoted = new Set(promote);
  const weights = promote.map((name): WeightInput => {
    const found = model.initializers.find((initializer) => initializer.name === name);
    if (found === undefined) throw new Error(`${model.name}: no initializer "${name}" to promote`);
    return { name, dataType: found.dataType, dims: found.dims, elements: found.elements };
  });
  const constants = model.initializers.filter(({ name }) => !promoted.has(name));
  const outside = constants.reduce((sum, { byteLength }) => sum + byteLength, 0) > EMBEDDED;
  const externalData: { path: string; data: Uint8Array<ArrayBuffer> }[] = [];
  const graph: Uint8Array<ArrayBuffer>[] = [
    await readSpans(
      model.source,
      model.layout.graphFields.filter(({ field }) => GRAPH_KEPT.has(field)),
    ),
  ];
  const protos = model.skeleton.graph?.initializer ?? [];
  for (const [i, initializer] of model.initializers.entries()) {
    const proto = protos[i];
    if (promoted.has(initializer.name) || proto === undefined) continue;
    if (initializer.dataType === 'string') {
      graph.push(await readSpans(model.source, model.layout.graphFields.filter(({ field }) => field === INITIALIZER).slice(i, i + 1)));
      continue;
    }
    const data = await readTensor(initializer);
    if (outside && initializer.byteLength > SMALL) {
      const path = `constant-${externalData.length}.bin`;
      externalData.push({ path, data });
      graph.push(lengthField(INITIALIZER, toBinary(TensorProtoSchema, externalTensor(proto, initializer, path))));
    } else {
      graph.push(lengthField(INITIALIZER, toBinary(TensorProtoSchema, rawTensor(proto, data))));
    }
  }
  for (const input of modelInputs(model)) graph.push(lengthField(INPUT, toBinary(ValueInfoProtoSchema, input)));
  for (const weight of weights) graph.push(lengthField(INPUT, toBinary(ValueInfoProtoSchema, weightInput(weight))));

  const version = model.skeleton.irVersion < FREE_INITIALIZERS ? FREE_INITIALIZERS : model.skeleton.irVersion;
  const rest = await readSpans(
    model.source,
    model.layout.model.filter(({ field }) => MODEL_KEPT.has(field)),
  );
  const graphLength = graph.reduce((sum, { length }) => sum + length, 0);
  return {
    model: concat([new Uint8Array([8, ...varint(Number(version))]), rest, lengthPrefix(model.layout.graph.field, graphLength), ...graph]),
    externalData,
    weights,
    inputs: model.inputs,
    outputs: model.outputs,
  };
}

/** The bytes of whole fields, one read for each stretch of neighbours. */
async function readSpans(source: ByteSource, spans: readonly FieldSpan[]): Promise<Uint8Array<ArrayBuffer>> {
  const stretches: { from: number; to: number }[] = [];
  for (const { byteOffset, byteEnd } of spans) {
    const last = stretches.at(-1);
    if (last?.to === byteOffset) last.to = byteEnd;
    else stretches.push({ from: byteOffset, to: byteEnd });
  }
  return concat(await Promise.all(stretches.map(({ from, to }) => source.read(from, to - from))));
}

function modelInputs(model: ModelIndex): readonly ValueInfoProto[] {
  const names = new Set(model.inputs.map(({ name }) => name));
  return (model.skeleton.graph?.input ?? []).filter(({ name }) => names.has(name));
}

function weightInput({ name, dataType, dims }: WeightInput): ValueInfoProto {
  const shape = { dim: dims.map((dim) => ({ value: { case: 'dimValue' as const, value: BigInt(dim) } })) };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypeCode(dataType), shape } } },
  });
}

function rawTensor({ name, dims, dataType }: TensorProto, rawData: Uint8Array<ArrayBuffer>): TensorProto {
  return create(TensorProtoSchema, { name, dims, dataType, rawData });
}

function externalTensor({ name, dims, dataType }: TensorProto, { byteLength }: Initializer, path: string): TensorProto {
  const externalData = [
    { key: 'location', value: path },
    { key: 'offset', value: '0' },
    { key: 'length', value: `${byteLength}` },
  ];
  return create(TensorProtoSchema, { name, dims, dataType, externalData, dataLocation: TensorProto_DataLocation.EXTERNAL });
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}
