import type { Problem } from '../problem/index.ts';
import type { ModelProto } from './generated/onnx_pb.ts';

/** Random access to the bytes of one file: a `File`, a fetched Blob, or a counting test double. */
export interface ByteSource {
  /** Path as the person knows it: `run-1.onnx`, or `run-1/model.onnx_data` when a folder was dropped. */
  readonly name: string;
  readonly size: number;
  /** The bytes `[byteOffset, byteOffset + byteLength)`; throws a ProblemError `read-failed` where the file has gone or changed. */
  read(byteOffset: number, byteLength: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same range as a Blob, without reading it. */
  blob(byteOffset: number, byteLength: number): Blob;
}

/** ONNX TensorProto.DataType, spelled as ONNX and numpy do. */
export type DataType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'string'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64'
  | 'complex64'
  | 'complex128'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'uint4'
  | 'int4'
  | 'float4e2m1'
  | 'float8e8m0'
  | 'uint2'
  | 'int2'
  | 'float6e2m3'
  | 'float6e3m2'
  | 'undefined';

/** Where the little-endian bytes of a tensor lie. */
export interface TensorLocation {
  readonly source: ByteSource;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A run of bytes of one tensor that holds typed data: the content of a packed field, or unpacked entries with their tags. */
export interface TypedRun {
  /** TensorProto field number: 4 float_data, 5 int32_data, 6 string_data, 7 int64_data, 10 double_data, 11 uint64_data. */
  readonly field: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** True where the run is values only; false where every value has its tag before it. */
  readonly packed: boolean;
}

/** Typed data that is not one run of little-endian elements: `readTensor` decodes it. */
export interface TypedStorage {
  readonly source: ByteSource;
  readonly runs: readonly TypedRun[];
}

/** ONNX's named weight tensor: what is known of it without reading its bytes. */
export interface Initializer {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  /** Product of dims (1 for rank 0). */
  readonly elements: number;
  /**
   * Bytes of the tensor as little-endian elements of its dataType, whatever the storage: what `readTensor` returns. For strings:
   * the bytes of its stored entries.
   */
  readonly byteLength: number;
  /** raw = raw_data; typed = packed float_data / int64_data / …; external = a file beside the model. */
  readonly storage: 'raw' | 'typed' | 'external';
  /**
   * Present where the data is one run of little-endian elements (raw, external, and packed float_data / double_data).
   * Absent for varint-coded fields and strings: read those with `readTensor`.
   */
  readonly location?: TensorLocation;
  /** Present exactly where `location` is absent and there is data. */
  readonly typed?: TypedStorage;
}

/**
 * A tensor that is no initializer of the main graph: a Constant node's value, a weight inside a subgraph or a local function, a
 * sparse initializer. It can't be averaged; it must be equal in every checkpoint, and `readTensor` reads it so that this can be checked.
 */
export interface ConstantTensor extends Initializer {
  /** Where it lies, for messages: `the value of node "Constant_12"`. `name` is a path that is unique in the model. */
  readonly place: string;
}

/** One field of a message, as absolute byte positions in the .onnx. */
export interface FieldSpan {
  /** Field number. */
  readonly field: number;
  /** Where its tag begins. */
  readonly byteOffset: number;
  /** Where its content begins: behind tag and length. */
  readonly contentOffset: number;
  readonly byteEnd: number;
}

/** Where the parts of the file lie: what splicing and the template cut along. */
export interface Layout {
  /** Every field of the ModelProto, in file order. */
  readonly model: readonly FieldSpan[];
  /** The one among them that is the graph. */
  readonly graph: FieldSpan;
  /** Every field of the graph, in file order; the n-th of field 5 is `initializers[n]`, the n-th of field 11 `skeleton.graph.input[n]`. */
  readonly graphFields: readonly FieldSpan[];
}

/** One input or output of the graph. A dim is a number, or the name of a symbolic dim (`''` when unnamed). */
export interface ValueInfo {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly (number | string)[];
}

/** An index of one checkpoint: positions, not parses. */
export interface ModelIndex {
  readonly name: string;
  readonly source: ByteSource;
  /** Size of the .onnx and its external files. */
  readonly bytes: number;
  /** What indexing has read. */
  readonly bytesRead: number;
  /** The whole ModelProto except tensor payloads: nodes, attributes, opsets, inputs, outputs; initializers keep name, dims and type only. */
  readonly skeleton: ModelProto;
  readonly initializers: readonly Initializer[];
  /** Every other tensor of the model: constants that souping leaves alone. */
  readonly constants: readonly ConstantTensor[];
  /** Graph inputs that are not also initializers. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly layout: Layout;
}

/** `readModel`'s answer: an index, or why there is none. */
export type ReadResult = { readonly ok: true; readonly model: ModelIndex } | { readonly ok: false; readonly problem: Problem };

/** A weight-less copy of a checkpoint's graph whose promoted initializers became graph inputs. Structured-cloneable. */
export interface Template {
  /** A serialized ModelProto. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Large constants that stay constant (frozen tensors), handed to ORT as external data instead of inside the model. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array<ArrayBuffer> }[];
  /** The promoted weights in a fixed order. */
  readonly weights: readonly WeightInput[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface WeightInput {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly elements: number;
}
