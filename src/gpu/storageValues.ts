import { elementBytes } from './slots.ts';
import type { StorageType } from './types.ts';

/** Reads little-endian bytes in a storage type as float64 values. Exact. */
export function decodeValues(dataType: StorageType, bytes: Uint8Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const count = bytes.byteLength / elementBytes(dataType);
  const values = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < count; i++) {
    if (dataType === 'float32') values[i] = view.getFloat32(i * 4, true);
    else if (dataType === 'float64') values[i] = view.getFloat64(i * 8, true);
    else if (dataType === 'float16') values[i] = halfValue(view.getUint16(i * 2, true));
    else {
      word.setUint32(0, view.getUint16(i * 2, true) << 16);
      values[i] = word.getFloat32(0);
    }
  }
  return values;
}

/** Rounds float64 values to a storage type, once, to nearest even; too large ones become infinite. Little-endian bytes. */
export function encodeValues(dataType: StorageType, values: Float64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * elementBytes(dataType));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (dataType === 'float32') view.setFloat32(i * 4, value, true);
    else if (dataType === 'float64') view.setFloat64(i * 8, value, true);
    else view.setUint16(i * 2, dataType === 'float16' ? roundTo16(value, 10, 15) : roundTo16(value, 7, 127), true);
  }
  return bytes;
}

/** Value of float16 bits. */
function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude =
    exponent === 31
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (fraction + 1024) * 2 ** (exponent - 25);
  return (bits & 0x8000) === 0 ? magnitude : -magnitude;
}

/** Bits of the nearest 16-bit float with that many fraction bits, ties to even, subnormals kept. */
function roundTo16(value: number, fractionBits: number, bias: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const infinity = (2 * bias + 1) << fractionBits;
  if (Number.isNaN(value)) return infinity | 1;
  const magnitude = Math.abs(value);
  if (magnitude >= 2 ** (bias + 1)) return sign | infinity;
  let exponent = Math.max(1 - bias, Math.floor(Math.log2(magnitude)));
  // log2 may round up to the next integer.
  if (2 ** exponent > magnitude && exponent > 1 - bias) exponent -= 1;
  // In units of the last place; scaling by a power of two is exact.
  const scaled = magnitude * 2 ** (fractionBits - exponent);
  let units = Math.floor(scaled);
  const rest = scaled - units;
  if (rest > 0.5 || (rest === 0.5 && units % 2 === 1)) units += 1;
  // A subnormal has exponent 1 - bias and no hidden bit; a carry out of the fraction moves on to the next exponent by itself.
  return sign | (((exponent + bias - 1) << fractionBits) + units);
}
