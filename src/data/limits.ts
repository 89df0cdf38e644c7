import type { Problem, ProblemKind } from '../problem/index.ts';
import { ProblemError } from '../problem/index.ts';

/** What a file from outside may claim before it is refused. Bytes, and counts where nothing is said. */
export const limits = {
  /** One array, or all images of a folder at the model's size: what one typed array of a tab can hold with room to spare. */
  arrayBytes: 2 ** 31 - 2 ** 16,
  /** One compressed or uncompressed image file. */
  imageBytes: 64 * 2 ** 20,
  /** Decoded size of one image, in pixels: 100 megapixels are 400 MB as RGBA. */
  imagePixels: 100_000_000,
  zipEntries: 1_000_000,
  zipDirectoryBytes: 256 * 2 ** 20,
  /** A .npy header; numpy itself refuses more than 10,000. */
  npyHeaderBytes: 65_536,
  /** Deflate can't do better than 1,032 : 1; an entry that claims more lies. */
  deflateRatio: 1_032,
} as const;

/** A problem with held-out data, thrown. `readDataset` turns it back into data. */
export function refuse(
  kind: ProblemKind,
  file: string,
  text: string,
  remedy: string,
  numbers: { readonly expected?: string; readonly found?: string; readonly cause?: unknown } = {},
): never {
  const { cause, ...rest } = numbers;
  throw new ProblemError(problem(kind, file, text, remedy, rest), { cause });
}

/** A {@link Problem} whose text starts with the file's name. */
export function problem(
  kind: ProblemKind,
  file: string,
  text: string,
  remedy: string,
  numbers: { readonly expected?: string; readonly found?: string } = {},
): Problem {
  return { kind, file, text: `${file}: ${text}`, remedy, ...numbers };
}
