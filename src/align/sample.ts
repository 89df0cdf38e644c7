import { graphSignature, type Initializer, type ModelIndex, readTensor } from '../onnx/index.ts';
import { type Range, readRanges } from './ranges.ts';

/** Of a tensor three windows of at most this size are read: its beginning, middle and end; the whole where it is no larger. */
const WINDOW = 4096;
const WINDOWS = 3;
/** Of a model's tensor bytes no more than this share is sampled, or FLOOR bytes where that is more. */
const SHARE = 0.006;
const FLOOR = 1024 * 1024;
const SMALLEST_WINDOW = 64;

/** What was seen of one tensor. */
export interface TensorSample {
  /** Different digests are different bytes, for certain; equal digests are equal samples. */
  readonly digest: string;
  /** The sample is the whole tensor: equal digests are equal tensors. */
  readonly whole: boolean;
}

export interface ModelSample {
  /** In the order of `initializers`, then `constants`. */
  readonly tensors: ReadonlyMap<Initializer, TensorSample>;
  readonly fingerprint: string;
}

/** An index never changes, so its sample is taken once however often it is asked for. */
const taken = new WeakMap<ModelIndex, Promise<ModelSample>>();

/** Samples every tensor of a model, at most about 0.6 % of a large one's bytes. Throws a ProblemError `read-failed`. */
export function sampleModel(model: ModelIndex): Promise<ModelSample> {
  const known = taken.get(model);
  if (known !== undefined) return known;
  const sample = takeSample(model);
  taken.set(model, sample);
  // A file that could not be read may be readable later.
  sample.catch(() => taken.delete(model));
  return sample;
}

/**
 * SHA-256 (hex) over the model's size, graph, and of every tensor its name, type, dims and sampled bytes: equal for copies under
 * another name, different for checkpoints that differ in what was sampled.
 */
export async function fingerprint(model: ModelIndex): Promise<string> {
  return (await sampleModel(model)).fingerprint;
}

async function takeSample(model: ModelIndex): Promise<ModelSample> {
  const tensors = [...model.initializers, ...model.constants];
  const window = windowFor(tensors);
  const ranges: Range[] = [];
  const owners: { tensor: Initializer; part: number }[] = [];
  const parts = new Map<Initializer, Uint8Array[]>();
  for (const tensor of tensors) {
    parts.set(tensor, []);
    for (const [part, range] of windowsOf(tensor, window).entries()) {
      ranges.push(range);
      owners.push({ tensor, part });
    }
  }
  await readRanges(ranges, (index, bytes) => {
    const owner = owners[index];
    const of = owner === undefined ? undefined : parts.get(owner.tensor);
    if (owner !== undefined && of !== undefined) of[owner.part] = bytes.slice();
  });
  const samples = new Map<Initializer, TensorSample>();
  for (const tensor of tensors) {
    const seen = tensor.location === undefined ? [await readTensor(tensor)] : (parts.get(tensor) ?? []);
    const bytes = seen.reduce((sum, { length }) => sum + length, 0);
    samples.set(tensor, { digest: await sha256(seen), whole: tensor.location === undefined || bytes >= tensor.byteLength });
    parts.delete(tensor);
  }
  const lines = tensors.map((tensor) => `${tensor.name} ${tensor.dataType} [${tensor.dims.join(',')}] ${samples.get(tensor)?.digest}`);
  const text = [`${model.bytes}`, graphSignature(model), ...lines].join('\n');
  return { tensors: samples, fingerprint: await sha256([new TextEncoder().encode(text)]) };
}

/** The window that keeps the sample within its share. */
function windowFor(tensors: readonly Initializer[]): number {
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const budget = Math.max(FLOOR, total * SHARE);
  let window = WINDOW;
  while (window > SMALLEST_WINDOW && sampledBytes(tensors, window) > budget) window /= 2;
  return window;
}

function sampledBytes(tensors: readonly Initializer[], window: number): number {
  return tensors.reduce((sum, { byteLength }) => sum + Math.min(byteLength, window * WINDOWS), 0);
}

function windowsOf({ location, byteLength }: Initializer, window: number): readonly Range[] {
  if (location === undefined || byteLength === 0) return [];
  const { source, byteOffset } = location;
  if (byteLength <= window * WINDOWS) return [{ source, byteOffset, byteLength }];
  // On whole elements of any type, so that a window shows values rather than halves of them.
  const middle = Math.floor((byteLength - window) / 2 / 16) * 16;
  return [0, middle, byteLength - window].map((at) => ({ source, byteOffset: byteOffset + at, byteLength: window }));
}

async function sha256(parts: readonly Uint8Array[]): Promise<string> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const hash = await crypto.subtle.digest('SHA-256', all);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
