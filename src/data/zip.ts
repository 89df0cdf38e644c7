import { crc32 } from './crc32.ts';
import { limits, refuse } from './limits.ts';
import { inflateExactly, readBytes } from './stream.ts';

/** One file inside a zip, by position: nothing of it is read until it is asked for. */
export interface ZipEntry {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly headerOffset: number;
}

const damaged = 'Copy or download the file again.';

/**
 * The zip's central directory (APPNOTE 6.3, with ZIP64). Reads the directory only; folders are left out. Throws problems for
 * what is no zip, cut off, encrypted, compressed by anything but deflate, or larger than {@link limits}.
 */
export async function readZipDirectory(blob: Blob, file: string): Promise<readonly ZipEntry[]> {
  const end = await findDirectory(blob, file);
  if (end.bytes > limits.zipDirectoryBytes || end.entries > limits.zipEntries) {
    refuse('limit', file, `has a directory of ${end.entries} files, at most ${limits.zipEntries} expected`, 'Split it into smaller files.');
  }
  if (end.offset + end.bytes > blob.size) {
    refuse('truncated', file, `its directory would end at byte ${end.offset + end.bytes}, the file has ${blob.size}`, damaged);
  }
  const directory = await readBytes(blob, end.offset, end.offset + end.bytes, file);
  const view = new DataView(directory.buffer);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < end.entries; index++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      refuse('truncated', file, `its directory breaks off after ${index} of ${end.entries} files`, damaged);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > view.byteLength) refuse('truncated', file, `its directory breaks off after ${index} of ${end.entries} files`, damaged);
    const entry = readEntryHeader(directory, view, at, nameBytes, extraBytes, file);
    if (!entry.name.endsWith('/')) entries.push(entry);
    at = next;
  }
  return entries;
}

/** The entry's bytes, checked against their CRC-32. Holds at most `maximumBytes`; throws `limit` where the entry claims more. */
export async function readZipEntry(blob: Blob, entry: ZipEntry, file: string, maximumBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const what = `"${entry.name}"`;
  if (entry.bytes > maximumBytes || entry.bytes > entry.compressedBytes * limits.deflateRatio + 64) {
    refuse(
      'limit',
      file,
      `${what} claims ${entry.bytes} bytes from ${entry.compressedBytes} compressed ones`,
      'Split the set into smaller files.',
      {
        expected: `at most ${Math.min(maximumBytes, entry.compressedBytes * limits.deflateRatio + 64)}`,
        found: `${entry.bytes}`,
      },
    );
  }
  const header = new DataView((await readBytes(blob, entry.headerOffset, entry.headerOffset + 30, file)).buffer);
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50) {
    refuse('truncated', file, `${what} is not where the directory says (byte ${entry.headerOffset})`, damaged);
  }
  const from = entry.headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const to = from + entry.compressedBytes;
  if (to > blob.size) refuse('truncated', file, `${what} would end at byte ${to}, the file has ${blob.size}`, damaged);
  if (entry.method === 'stored' && entry.bytes !== entry.compressedBytes) {
    refuse('truncated', file, `${what} is stored as ${entry.compressedBytes} bytes, ${entry.bytes} expected`, damaged);
  }
  const bytes =
    entry.method === 'stored'
      ? await readBytes(blob, from, to, file)
      : await inflateExactly(blob.slice(from, to), 'deflate-raw', entry.bytes, file, what);
  const found = crc32(bytes);
  if (found !== entry.crc32) {
    refuse('truncated', file, `${what} is damaged: its CRC-32 is ${found.toString(16)}, expected ${entry.crc32.toString(16)}`, damaged, {
      expected: entry.crc32.toString(16),
      found: found.toString(16),
    });
  }
  return bytes;
}

/** End-of-central-directory record: in the last 65,557 bytes, its ZIP64 form before it. */
async function findDirectory(
  blob: Blob,
  file: string,
): Promise<{ readonly offset: number; readonly bytes: number; readonly entries: number }> {
  const tailOffset = Math.max(0, blob.size - 65_557 - 20);
  const view = new DataView((await readBytes(blob, tailOffset, blob.size, file)).buffer);
  for (let at = view.byteLength - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + 22 + view.getUint16(at + 20, true) > view.byteLength) continue;
    if (at >= 20 && view.getUint32(at - 20, true) === 0x07064b50) {
      const offset = toNumber(view.getBigUint64(at - 12, true), file);
      const record = new DataView((await readBytes(blob, offset, offset + 56, file)).buffer);
      if (record.byteLength === 56 && record.getUint32(0, true) === 0x06064b50) {
        return {
          entries: toNumber(record.getBigUint64(32, true), file),
          bytes: toNumber(record.getBigUint64(40, true), file),
          offset: toNumber(record.getBigUint64(48, true), file),
        };
      }
    }
    return { entries: view.getUint16(at + 10, true), bytes: view.getUint32(at + 12, true), offset: view.getUint32(at + 16, true) };
  }
  return refuse('truncated', file, `the end of the zip is missing (${blob.size} bytes)`, damaged);
}

function readEntryHeader(directory: Uint8Array, view: DataView, at: number, nameBytes: number, extraBytes: number, file: string): ZipEntry {
  const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameBytes));
  if (view.getUint16(at + 8, true) & 1) refuse('not-a-dataset', file, `"${name}" is encrypted`, 'Pack the files without a password.');
  const method = view.getUint16(at + 10, true);
  if (method !== 0 && method !== 8) {
    refuse(
      'not-a-dataset',
      file,
      `"${name}" is compressed by method ${method}, 0 (stored) or 8 (deflate) expected`,
      'Pack the files with plain zip.',
    );
  }
  let compressedBytes = view.getUint32(at + 20, true);
  let bytes = view.getUint32(at + 24, true);
  let headerOffset = view.getUint32(at + 42, true);
  // ZIP64: the fields that read 0xffffffff stand, in this order, in extra field 1.
  let extra = at + 46 + nameBytes;
  const extraEnd = extra + extraBytes;
  while (extra + 4 <= extraEnd) {
    const id = view.getUint16(extra, true);
    const fieldEnd = Math.min(extra + 4 + view.getUint16(extra + 2, true), extraEnd);
    let field = extra + 4;
    const take = (now: number): number => {
      if (id !== 1 || now !== 0xffffffff || field + 8 > fieldEnd) return now;
      field += 8;
      return toNumber(view.getBigUint64(field - 8, true), file);
    };
    bytes = take(bytes);
    compressedBytes = take(compressedBytes);
    headerOffset = take(headerOffset);
    extra = fieldEnd;
  }
  return { name, method: method === 0 ? 'stored' : 'deflated', compressedBytes, bytes, crc32: view.getUint32(at + 16, true), headerOffset };
}

function toNumber(value: bigint, file: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) refuse('limit', file, `names a position or size of ${value} bytes`, damaged);
  return Number(value);
}
