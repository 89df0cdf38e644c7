import type { Tensor, TensorConstructor, TensorFactory } from 'onnxruntime-web';
import type { WeightInput } from '../onnx/index.ts';
import type { FloatType } from './graph.ts';
import { floatsFromHalves, halvesFromFloats } from './half.ts';
import { evaluationProblem } from './problems.ts';
import type { ProviderWeights } from './types.ts';

/** The part of the runtime that makes tensors; both builds have it. */
export interface TensorMaker {
  readonly Tensor: TensorConstructor & TensorFactory;
}

const BYTES_PER_ELEMENT = { float32: 4, float16: 2, float64: 8 } as const;
type WeightType = keyof typeof BYTES_PER_ELEMENT;

/**
 * Checks every promoted weight by name: present, of a type the runtime takes, and of the right size. A GPU buffer that is too small
 * gives garbage and no error, and without COPY_SRC an input that a CPU node reads arrives as zeros, so both are refused here.
 * @throws ProblemError `evaluation` naming the initializer and both numbers
 */
export function assertWeights(specs: readonly WeightInput[], weights: ProviderWeights): void {
  for (const spec of specs) {
    const needed = spec.elements * bytesPerElement(spec);
    const held = weights.kind === 'gpu' ? weights.buffers.get(spec.name) : weights.tensors.get(spec.name);
    if (held === undefined) {
      throw wrongWeight(spec, `Initializer "${spec.name}" is missing, expected ${needed} bytes`, `${needed} bytes`, 'nothing');
    }
    if (held instanceof Uint8Array) {
      if (held.byteLength !== needed) throw wrongSize(spec, needed, held.byteLength, 'bytes');
      continue;
    }
    if (held.size < needed) throw wrongSize(spec, needed, held.size, 'bytes of GPU buffer');
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    if ((held.usage & usage) !== usage) throw new Error(`The buffer of "${spec.name}" lacks STORAGE or COPY_SRC usage`);
  }
}

/** One tensor a weight, made once a weights key. CPU tensors are views of the bytes where their alignment allows it. */
export function weightTensors(ort: TensorMaker, specs: readonly WeightInput[], weights: ProviderWeights): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const spec of specs) {
    const type = weightType(spec);
    if (weights.kind === 'cpu') {
      const bytes = weights.tensors.get(spec.name);
      if (bytes !== undefined) tensors[spec.name] = new ort.Tensor(type, elementsOf(type, bytes), [...spec.dims]);
      continue;
    }
    const gpuBuffer = weights.buffers.get(spec.name);
    if (gpuBuffer === undefined) continue;
    if (type === 'float64') throw wrongWeight(spec, `Initializer "${spec.name}" is float64, which WebGPU has no kernels for`);
    // The runtime's own declaration of GPUBuffer is structural; a WebGPU buffer is one.
    tensors[spec.name] = ort.Tensor.fromGpuBuffer(gpuBuffer as Tensor.GpuBufferType, { dataType: type, dims: spec.dims });
  }
  return tensors;
}

/** Examples as the graph's input: float16 graphs get rounded halves. */
export function imageTensor(ort: TensorMaker, type: FloatType, values: Float32Array, dims: readonly number[]): Tensor {
  return type === 'float16' ? new ort.Tensor('float16', halvesFromFloats(values), [...dims]) : new ort.Tensor('float32', values, [...dims]);
}

/** The first `elements` logits as float32, from bytes in the output's own type. */
export function logitsFromBytes(type: FloatType, buffer: ArrayBuffer, byteOffset: number, elements: number): Float32Array<ArrayBuffer> {
  return type === 'float16'
    ? floatsFromHalves(new Uint16Array(buffer, byteOffset, elements))
    : new Float32Array(buffer, byteOffset, elements);
}

function elementsOf(type: WeightType, bytes: Uint8Array<ArrayBuffer>): Float32Array | Uint16Array | Float64Array {
  const size = BYTES_PER_ELEMENT[type];
  // A typed array must start at a multiple of its element size; bytes sliced out of a file may not.
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const length = bytes.byteLength / size;
  if (type === 'float16') return new Uint16Array(aligned.buffer, aligned.byteOffset, length);
  return type === 'float64'
    ? new Float64Array(aligned.buffer, aligned.byteOffset, length)
    : new Float32Array(aligned.buffer, aligned.byteOffset, length);
}

function bytesPerElement(spec: WeightInput): number {
  return BYTES_PER_ELEMENT[weightType(spec)];
}

function weightType(spec: WeightInput): WeightType {
  const { dataType } = spec;
  if (dataType === 'float32' || dataType === 'float16' || dataType === 'float64') return dataType;
  // bfloat16 models fail in `create` on both providers: the template has to widen them.
  throw wrongWeight(spec, `Initializer "${spec.name}" is ${dataType}, expected float32, float16 or float64`, 'float32', dataType);
}

function wrongSize(spec: WeightInput, needed: number, held: number, unit: string) {
  const text = `Initializer "${spec.name}" [${spec.dims.join(',')}] has ${held} ${unit}, expected ${needed}`;
  return wrongWeight(spec, text, `${needed} bytes`, `${held} bytes`);
}

function wrongWeight(spec: WeightInput, text: string, expected?: string, found?: string) {
  return evaluationProblem(text, {
    initializer: spec.name,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    remedy: 'Read the checkpoint again; if it stays, it does not belong to this template.',
  });
}
