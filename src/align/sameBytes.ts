import { type Initializer, readTensor } from '../onnx/index.ts';

/** Bytes held at a time, of all tensors together, and the most of one that is read in one go. */
const HELD = 32 * 1024 * 1024;
const CHUNK = 4 * 1024 * 1024;

/**
 * Whether tensors of one type and shape hold the same bytes. All are read side by side, each byte once, in chunks up to the first
 * difference. Throws a ProblemError `read-failed`.
 */
export async function sameBytes(tensors: readonly Initializer[]): Promise<boolean> {
  const [first] = tensors;
  if (first === undefined) return true;
  if (tensors.some(({ byteLength }) => byteLength !== first.byteLength)) return false;
  if (tensors.some(({ location }) => location === undefined)) return allEqual(await Promise.all(tensors.map(readTensor)));
  const chunk = Math.max(64 * 1024, Math.min(CHUNK, Math.floor(HELD / tensors.length / 4) * 4));
  for (let at = 0; at < first.byteLength; at += chunk) {
    const length = Math.min(chunk, first.byteLength - at);
    const reads = tensors.map(({ location }) => location?.source.read(location.byteOffset + at, length));
    if (!allEqual(await Promise.all(reads))) return false;
  }
  return true;
}

function allEqual(all: readonly (Uint8Array<ArrayBuffer> | undefined)[]): boolean {
  const [first, ...others] = all;
  return first === undefined || others.every((other) => other !== undefined && equal(first, other));
}

function equal(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  if (a.length !== b.length) return false;
  // Four bytes at a time: what a source reads begins at its buffer's beginning.
  const words = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0 ? Math.floor(a.length / 4) : 0;
  const x = new Uint32Array(a.buffer, a.byteOffset - (a.byteOffset % 4), words);
  const y = new Uint32Array(b.buffer, b.byteOffset - (b.byteOffset % 4), words);
  for (let i = 0; i < words; i++) if (x[i] !== y[i]) return false;
  for (let i = words * 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
