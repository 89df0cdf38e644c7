import { limits, refuse } from './limits.ts';

/** An array as numpy wrote it, elements in C order. 64-bit integers become float64 (exact below 2⁵³). */
export interface NpyArray {
  /** numpy's code without byte order: `u1`, `i8`, `f4`, `b1`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: NpyValues;
}

export type NpyValues =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const again = 'Write it with numpy.savez_compressed(name, x=…, y=…).';

/**
 * Reads a .npy (versions 1 to 3, numpy's NEP 1): bool, integers of 1 to 8 bytes, float16, 32, 64, either byte order, C or
 * Fortran order. `what` names the array in messages. Throws problems for everything else, pickled objects foremost.
 */
export function readNpy(bytes: Uint8Array<ArrayBuffer>, file: string, what: string): NpyArray {
  const { header, dataOffset } = readHeader(bytes, file, what);
  const { descr, fortran, shape } = parseHeader(header, file, what);
  const kind = /^([<>|=])([buif])([1248])$/.exec(descr);
  const [, order, letter, size] = kind ?? [];
  const dtype = `${letter}${size}`;
  if (!kind || !known.has(dtype)) {
    refuse('not-a-dataset', file, `${what} holds elements of type ${descr}, numbers expected`, again, {
      expected: 'u1, i1 … i8, f2, f4, f8 or b1',
      found: descr,
    });
  }
  const elements = shape.reduce((product, dim) => product * dim, 1);
  const expected = elements * Number(size);
  const found = bytes.length - dataOffset;
  if (!Number.isSafeInteger(expected) || expected !== found) {
    refuse('truncated', file, `${what} has shape ${shapeText(shape)} of ${dtype}, ${expected} bytes expected, ${found} found`, again, {
      expected: `${expected}`,
      found: `${found}`,
    });
  }
  // Typed arrays want aligned starts; numpy aligns the data to 64 bytes, but others need not.
  const aligned = dataOffset % Number(size) === 0 ? bytes : bytes.slice(dataOffset);
  const start = aligned === bytes ? dataOffset : 0;
  if (order === '>') swapBytes(aligned.subarray(start), Number(size));
  const values = widen(aligned.buffer, aligned.byteOffset + start, elements, dtype);
  return { dtype, shape, values: fortran && shape.length > 1 ? toRowMajor(values, shape) : values };
}

const known = new Set(['b1', 'u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f2', 'f4', 'f8']);

/** `[5000,28,28]`, as messages give shapes. */
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(',')}]`;
}

function readHeader(bytes: Uint8Array<ArrayBuffer>, file: string, what: string): { readonly header: string; readonly dataOffset: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (magic.some((byte, at) => bytes[at] !== byte)) refuse('not-a-dataset', file, `${what} is not a numpy array`, again);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  const start = version === 1 ? 10 : 12;
  if (version < 1 || version > 3) refuse('not-a-dataset', file, `${what} is written in .npy version ${version}, 1 to 3 expected`, again);
  if (bytes.length < start) refuse('truncated', file, `${what} ends inside its header (${bytes.length} bytes)`, again);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > limits.npyHeaderBytes) {
    refuse('limit', file, `${what} has a header of ${length} bytes, at most ${limits.npyHeaderBytes} expected`, again);
  }
  if (start + length > bytes.length) refuse('truncated', file, `${what} ends inside its header (${bytes.length} bytes)`, again);
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  return { header: text, dataOffset: start + length };
}

/** The header is a Python literal: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. */
function parseHeader(
  header: string,
  file: string,
  what: string,
): { readonly descr: string; readonly fortran: boolean; readonly shape: readonly number[] } {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(header);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  if (!descr || !fortran || !shape) return refuse('not-a-dataset', file, `${what} has a header that is not numpy's`, again);
  if (descr[2] !== undefined) refuse('not-a-dataset', file, `${what} holds records, numbers expected`, again);
  const dims = (shape[1] ?? '')
    .split(',')
    .map((dim) => dim.replace('L', '').trim())
    .filter((dim) => dim !== '')
    .map(Number);
  if (dims.length > 32 || dims.some((dim) => !Number.isSafeInteger(dim))) {
    refuse('not-a-dataset', file, `${what} has the impossible shape (${shape[1]})`, again);
  }
  return { descr: descr[1] ?? '', fortran: fortran[1] === 'True', shape: dims };
}

function widen(buffer: ArrayBuffer, at: number, elements: number, dtype: string): NpyValues {
  switch (dtype) {
    case 'b1':
    case 'u1':
      return new Uint8Array(buffer, at, elements);
    case 'i1':
      return new Int8Array(buffer, at, elements);
    case 'u2':
      return new Uint16Array(buffer, at, elements);
    case 'i2':
      return new Int16Array(buffer, at, elements);
    case 'u4':
      return new Uint32Array(buffer, at, elements);
    case 'i4':
      return new Int32Array(buffer, at, elements);
    case 'f4':
      return new Float32Array(buffer, at, elements);
    case 'f8':
      return new Float64Array(buffer, at, elements);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer, at, elements), halfToNumber);
    default:
      // u8 and i8
      return Float64Array.from(dtype === 'u8' ? new BigUint64Array(buffer, at, elements) : new BigInt64Array(buffer, at, elements), Number);
  }
}

/** IEEE 754 binary16 bits to the number they mean. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Fortran order (first index fastest) to C order (last index fastest). */
function toRowMajor<T extends NpyValues>(values: T, shape: readonly number[]): T {
  const out = values.slice() as T;
  const strides: number[] = [];
  let stride = 1;
  for (const dim of shape) {
    strides.push(stride);
    stride *= dim;
  }
  const position = shape.map(() => 0);
  let read = 0;
  for (let write = 0; write < out.length; write++) {
    out[write] = values[read] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const dim = shape[axis] as number;
      const step = strides[axis] as number;
      const now = (position[axis] as number) + 1;
      read += step;
      if (now < dim) {
        position[axis] = now;
        break;
      }
      position[axis] = 0;
      read -= step * dim;
    }
  }
  return out;
}
