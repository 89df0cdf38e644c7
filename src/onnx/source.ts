import { ProblemError } from '../problem/index.ts';
import type { ByteSource } from './types.ts';

/**
 * A Blob, or a `File` from a drop, as a source. `name` is the path as the person knows it.
 * `read` throws a ProblemError `read-failed` where the file has gone or changed since it was chosen, and a RangeError where the
 * range is not in the file (the caller's bug: ranges are checked while indexing).
 */
export function fromBlob(name: string, blob: Blob): ByteSource {
  const slice = (byteOffset: number, byteLength: number): Blob => {
    if (byteOffset < 0 || byteLength < 0 || byteOffset + byteLength > blob.size) {
      throw new RangeError(`${name}: bytes ${byteOffset} to ${byteOffset + byteLength} asked of a file of ${blob.size}`);
    }
    return blob.slice(byteOffset, byteOffset + byteLength);
  };
  return {
    name,
    size: blob.size,
    blob: slice,
    async read(byteOffset, byteLength) {
      const part = slice(byteOffset, byteLength);
      let buffer: ArrayBuffer;
      try {
        buffer = await part.arrayBuffer();
      } catch (cause) {
        throw readFailed(name, `it could not be read (${cause instanceof Error ? cause.message : String(cause)})`, cause);
      }
      if (buffer.byteLength !== byteLength) throw readFailed(name, `it gave ${buffer.byteLength} bytes where ${byteLength} were expected`);
      return new Uint8Array(buffer);
    },
  };
}

function readFailed(file: string, what: string, cause?: unknown): ProblemError {
  return new ProblemError(
    {
      kind: 'read-failed',
      file,
      text: `${file}: ${what}; it was moved, deleted or changed since it was chosen`,
      remedy: 'Drop the file again.',
    },
    { cause },
  );
}
