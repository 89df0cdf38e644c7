import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * A writer of plain ONNX multilayer perceptrons for the benchmark: by hand, so that nothing of the code that is measured takes
 * part, and streaming, so that a file of any size needs one tensor in memory.
 */

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** Tag and length of a length-delimited field whose content follows. */
function head(field: number, byteLength: number): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(byteLength)]);
}

function message(field: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([head(field, content.length), content]);
}

const text = (field: number, value: string) => message(field, Buffer.from(value));

/** ValueInfoProto of a float tensor; a string is a symbolic dim. */
function value(field: number, name: string, dims: readonly (number | string)[]): Buffer {
  const shape = message(2, ...dims.map((dim) => message(1, typeof dim === 'number' ? number(1, dim) : text(2, dim))));
  return message(field, text(1, name), message(2, message(1, number(1, 1), shape)));
}

function node(operator: string, inputs: readonly string[], output: string): Buffer {
  return message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, operator));
}

interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** widths [784, 2048, …, 10]: y = W·relu(…)+b, layer by layer. */
export function layersOf(widths: readonly number[]): readonly Layer[] {
  return widths.slice(1).map((outputs, i) => ({ name: `layer${i}`, inputs: widths[i] ?? 0, outputs }));
}

/** xorshift32: fast, and the same numbers everywhere. Values are uniform in [−1, 1). */
function fill(into: Float32Array, seed: number, scale: number): void {
  let state = seed | 1;
  for (let i = 0; i < into.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    into[i] = (state / 2 ** 31) * scale;
  }
}

/** One tensor's seed: all checkpoints start from the same values (`base`), as fine-tunes of one model do. */
function seedOf(name: string, run: number): number {
  return createHash('sha256').update(`${name} ${run}`).digest().readUInt32LE();
}

/** Writes checkpoint number `run` of a network; returns its size in bytes. Holds two tensors in memory, never the file. */
export function writeCheckpoint(path: string, widths: readonly number[], run: number): number {
  const layers = layersOf(widths);
  const graphParts: Buffer[] = [];
  let input = 'flat';
  graphParts.push(node('Flatten', ['input'], input));
  for (const [i, layer] of layers.entries()) {
    const last = i === layers.length - 1;
    graphParts.push(node('MatMul', [input, `${layer.name}.weight`], `${layer.name}.product`));
    graphParts.push(node('Add', [`${layer.name}.product`, `${layer.name}.bias`], last ? 'logits' : `${layer.name}.sum`));
    if (!last) graphParts.push(node('Relu', [`${layer.name}.sum`], `${layer.name}.out`));
    input = `${layer.name}.out`;
  }
  graphParts.push(
    text(2, 'benchmark'),
    value(11, 'input', ['batch', 1, 28, 28]),
    value(12, 'logits', ['batch', layers.at(-1)?.outputs ?? 0]),
  );
  const tensors = layers.flatMap(({ name, inputs, outputs }) => [
    { name: `${name}.weight`, dims: [inputs, outputs], scale: Math.sqrt(3 / inputs) },
    { name: `${name}.bias`, dims: [outputs], scale: 0.01 },
  ]);
  const headers = tensors.map(({ name, dims }) => {
    const byteLength = 4 * dims.reduce((product, dim) => product * dim, 1);
    const start = Buffer.concat([...dims.map((dim) => number(1, dim)), number(2, 1), text(8, name), head(9, byteLength)]);
    return { start: Buffer.concat([head(5, start.length + byteLength), start]), byteLength };
  });
  const rest = Buffer.concat(graphParts);
  const graphLength = headers.reduce((sum, { start, byteLength }) => sum + start.length + byteLength, rest.length);
  const model = Buffer.concat([number(1, 8), text(2, 'soup-lab benchmark'), message(8, number(2, 17)), head(7, graphLength), rest]);
  const file = openSync(path, 'w');
  try {
    let size = writeSync(file, model);
    for (const [i, { name, scale }] of tensors.entries()) {
      const header = headers[i];
      if (header === undefined) throw new Error(`no header for ${name}`);
      const values = new Float32Array(header.byteLength / 4);
      const drift = new Float32Array(values.length);
      fill(values, seedOf(name, 0), scale);
      fill(drift, seedOf(name, run), scale / 50);
      for (let k = 0; k < values.length; k += 1) values[k] = (values[k] ?? 0) + (drift[k] ?? 0);
      size += writeSync(file, header.start);
      size += writeSync(file, Buffer.from(values.buffer));
    }
    return size;
  } finally {
    closeSync(file);
  }
}
