/** The messages of ONNX that lead to tensors. */
export type MessageKind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'training' | 'function';

/** Which fields of a message are messages that lead to tensors. Everything else is copied as it stands. */
export const CHILDREN: Readonly<Record<MessageKind, Readonly<Record<number, MessageKind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  tensor: {},
  sparse: { 1: 'tensor', 2: 'tensor' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
};

/** Message fields that protobuf would merge if they came twice. No exporter writes that; it is refused rather than merged. */
export const SINGULAR: Readonly<Record<MessageKind, readonly number[]>> = {
  model: [7],
  graph: [],
  node: [],
  attribute: [5, 6, 22],
  tensor: [],
  sparse: [1, 2],
  training: [1, 2],
  function: [],
};

/** Text fields that say where a tensor lies, for messages. */
export const NAMING: Readonly<Record<MessageKind, readonly number[]>> = {
  model: [],
  graph: [2],
  node: [2, 3, 4],
  attribute: [1],
  tensor: [8],
  sparse: [],
  training: [],
  function: [1],
};

/** Fields that may be long and stay as large when decoded: texts, and the plain numbers of attributes. */
export const BULKY: Readonly<Record<MessageKind, readonly number[]>> = {
  model: [2, 3, 4, 6, 14],
  graph: [2, 10, 16],
  node: [6, 9],
  attribute: [4, 7, 8, 9, 13],
  tensor: [12, 16],
  sparse: [],
  training: [],
  function: [8, 14],
};

/** The wire type of every field of ModelProto: what tells an ONNX file from other bytes early. */
export const MODEL_WIRE: Readonly<Record<number, number>> = { 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2 };

export const RAW_DATA = 9;

/** Typed payload fields of TensorProto: the wire type of one unpacked value, and its bytes where they are fixed. */
export const TYPED: Readonly<Record<number, { readonly name: string; readonly wire: number; readonly bytes?: number }>> = {
  4: { name: 'float_data', wire: 5, bytes: 4 },
  5: { name: 'int32_data', wire: 0 },
  6: { name: 'string_data', wire: 2 },
  7: { name: 'int64_data', wire: 0 },
  10: { name: 'double_data', wire: 1, bytes: 8 },
  11: { name: 'uint64_data', wire: 0 },
};
