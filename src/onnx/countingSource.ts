import type { ByteSource } from './types.ts';

/** A source that counts what is read of it. */
export interface CountingSource extends ByteSource {
  readonly counts: { bytes: number; reads: number; largest: number };
}

/** Wraps a source and counts reads, bytes, and the largest single read. Bytes taken through `blob` are not counted: nothing is read then. */
export function countingSource(inner: ByteSource): CountingSource {
  const counts = { bytes: 0, reads: 0, largest: 0 };
  return {
    name: inner.name,
    size: inner.size,
    counts,
    blob: (byteOffset, byteLength) => inner.blob(byteOffset, byteLength),
    read(byteOffset, byteLength) {
      counts.bytes += byteLength;
      counts.reads += 1;
      counts.largest = Math.max(counts.largest, byteLength);
      return inner.read(byteOffset, byteLength);
    },
  };
}
