/** The kinds of file that held-out data come in. `zip` may hold arrays or images; only its directory tells. */
export type DatasetFormat = 'npz' | 'idx' | 'zip' | 'image';

/**
 * What a file seems to be, by its name and its first 16 bytes; undefined for what is no data. A name that promises arrays is
 * believed, so that a damaged .npz is explained by the reader instead of being passed over.
 */
export function recogniseDataset(path: string, firstBytes: Uint8Array): DatasetFormat | undefined {
  const name = path.toLowerCase();
  const starts = (...bytes: readonly number[]) => bytes.every((byte, at) => firstBytes[at] === byte);
  if (/\.(npz|npy)$/.test(name)) return 'npz';
  if (/idx[13][.-]ubyte(\.gz)?$/.test(name)) return 'idx';
  // An IDX file by content: 00 00 08 (uint8), then 1 or 3 dims.
  if (starts(0, 0, 8) && (firstBytes[3] === 1 || firstBytes[3] === 3) && !name.endsWith('.onnx')) return 'idx';
  if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6)) return 'zip';
  if (imageType(firstBytes) && /\.(png|jpe?g|webp)$/.test(name)) return 'image';
  return undefined;
}

/** MIME type of a PNG, JPEG or WebP image, by its first 12 bytes. */
export function imageType(firstBytes: Uint8Array): 'image/png' | 'image/jpeg' | 'image/webp' | undefined {
  const text = String.fromCharCode(...firstBytes.subarray(0, 12));
  if (text.startsWith('\x89PNG')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  return undefined;
}
