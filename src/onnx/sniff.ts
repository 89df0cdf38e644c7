/** What other files begin with. `at` is where the mark lies. */
const MARKS: readonly { readonly at: number; readonly mark: string; readonly is: string }[] = [
  { at: 0, mark: '\x89PNG', is: 'a PNG image' },
  { at: 0, mark: '\xff\xd8\xff', is: 'a JPEG image' },
  { at: 0, mark: 'GIF8', is: 'a GIF image' },
  { at: 0, mark: '%PDF', is: 'a PDF document' },
  { at: 0, mark: 'PK\x03\x04', is: 'a zip archive (PyTorch .pt files, .npz and .keras are)' },
  { at: 0, mark: '\x1f\x8b', is: 'a gzip archive' },
  { at: 0, mark: '\x28\xb5\x2f\xfd', is: 'a zstd archive' },
  { at: 0, mark: '\x89HDF', is: 'an HDF5 file (Keras .h5)' },
  { at: 0, mark: '\x93NUMPY', is: 'a NumPy array (.npy)' },
  { at: 0, mark: 'GGUF', is: 'a GGUF model' },
  { at: 4, mark: 'TFL3', is: 'a TensorFlow Lite model' },
  { at: 4, mark: 'ORTM', is: 'an ONNX Runtime .ort model' },
  { at: 0, mark: 'version https://git-lfs', is: 'a Git LFS pointer, not the file itself' },
  { at: 0, mark: '<!DOCTYPE', is: 'an HTML page' },
  { at: 0, mark: '<html', is: 'an HTML page' },
];

/** What a file that is no ONNX model looks like by its first bytes (16 are enough); undefined where nothing is recognised. */
export function looksLike(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 64));
  const found = MARKS.find(({ at, mark }) => text.startsWith(mark, at));
  if (found !== undefined) return found.is;
  // pickle: its PROTO opcode and a protocol of 2 … 5; no ONNX file begins with 0x80.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return 'a Python pickle (PyTorch checkpoints of old are)';
  // safetensors: the header's length as 8 little-endian bytes, then JSON.
  if (head[8] === 0x7b && head[5] === 0 && head[6] === 0 && head[7] === 0) return 'a safetensors file';
  if (/^\s*[{[]\s*["{[\]}\d]/.test(text)) return 'a JSON document';
  return undefined;
}
