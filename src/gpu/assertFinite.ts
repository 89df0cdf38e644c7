import { notFinite } from './notFinite.ts';
import type { StorageType, TensorSpec } from './types.ts';

/** Bits of the exponent, all set in NaN and Inf, by storage type; of the high word for float64. */
const EXPONENT: Readonly<Record<StorageType, number>> = { float32: 0x7f800000, float16: 0x7c00, bfloat16: 0x7f80, float64: 0x7ff00000 };

/** The first element (counted from 0) that is NaN or infinite, or −1. `bytes` are little-endian and start at a multiple of 4. */
export function firstNotFinite(dataType: StorageType, bytes: Uint8Array<ArrayBuffer>): number {
  const mask = EXPONENT[dataType];
  if (dataType === 'float16' || dataType === 'bfloat16') {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
    for (let i = 0; i < halves.length; i++) if (((halves[i] ?? 0) & mask) === mask) return i;
    return -1;
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const stride = dataType === 'float64' ? 2 : 1;
  for (let i = stride - 1; i < words.length; i += stride) if (((words[i] ?? 0) & mask) === mask) return (i - stride + 1) / stride;
  return -1;
}

/** @throws ProblemError `not-finite`, naming file, tensor and element */
export function assertFinite(file: string, spec: TensorSpec, bytes: Uint8Array<ArrayBuffer>): void {
  const element = firstNotFinite(spec.dataType, bytes);
  if (element >= 0) throw notFinite(file, spec.name, element);
}
