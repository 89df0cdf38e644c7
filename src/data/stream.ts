import { limits, refuse } from './limits.ts';

/** Bytes of a part of a file. Throws the problem `read-failed` where the file has gone or changed since it was dropped. */
export async function readBytes(blob: Blob, from: number, to: number, file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.slice(from, to).arrayBuffer());
  } catch (cause) {
    return refuse('read-failed', file, 'could not be read; it was moved, changed or locked', 'Drop the file again.', { cause });
  }
}

/**
 * Decompresses with the browser's own inflater into exactly `bytes` bytes: never holds more than that, whatever the stream
 * would grow to. Throws `truncated` for damaged or short data and `limit` for data longer than it claimed.
 */
export async function inflateExactly(
  blob: Blob,
  format: CompressionFormat,
  bytes: number,
  file: string,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of inflate(blob, format, file, what)) {
    if (filled + chunk.byteLength > bytes) {
      refuse(
        'limit',
        file,
        `${what} grows past the ${bytes} bytes it claims to hold`,
        'Write the file again; this one is damaged or hostile.',
        {
          expected: `${bytes}`,
          found: `more than ${bytes}`,
        },
      );
    }
    out.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled < bytes) {
    refuse('truncated', file, `${what} ends after ${filled} bytes, ${bytes} expected`, 'Copy or download the file again.', {
      expected: `${bytes}`,
      found: `${filled}`,
    });
  }
  return out;
}

/** Decompresses data whose size is not told in advance (.gz), up to {@link limits}.arrayBytes. */
export async function inflateAll(blob: Blob, format: CompressionFormat, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of inflate(blob, format, file, 'its data')) {
    total += chunk.byteLength;
    if (total > limits.arrayBytes) {
      refuse('limit', file, `decompresses to more than ${limits.arrayBytes} bytes`, 'Split the set into smaller files.', {
        expected: `at most ${limits.arrayBytes}`,
        found: `more than ${total}`,
      });
    }
    chunks.push(chunk);
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.byteLength;
  }
  return out;
}

async function* inflate(blob: Blob, format: CompressionFormat, file: string, what: string): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().pipeThrough(new DecompressionStream(format)).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        // The inflater says TypeError; a file that went away says NotReadableError.
        if (cause instanceof TypeError) {
          return refuse(
            'truncated',
            file,
            `${what} can't be decompressed: the data is damaged or cut off`,
            'Copy or download the file again.',
            { cause },
          );
        }
        return refuse('read-failed', file, 'could not be read; it was moved, changed or locked', 'Drop the file again.', { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Stops the inflater when the caller has seen enough; an errored stream rejects here and has been told already.
    await reader.cancel().catch(() => undefined);
  }
}
