import type { LabFile } from './types.ts';

/** Files of one drop, sorted by what they are. */
export interface Sorted {
  readonly models: readonly LabFile[];
  /** One entry a set: an .npz alone, an IDX pair, the images of one folder, a zip. */
  readonly sets: readonly (readonly LabFile[])[];
  readonly preprocessors: readonly LabFile[];
  /** Everything else: external data if a model asks for it by name. */
  readonly others: readonly LabFile[];
}

const IMAGE = /\.(png|jpe?g|webp)$/i;
const IDX = /(^|[-./])(images|labels)[-.]?idx[13][-.]ubyte(\.gz)?$/i;

/** What a file is, by its name and by what the kit or the command line says of it. */
function kindOf(file: LabFile): 'model' | 'set' | 'image' | 'preprocessor' | 'other' {
  if (file.as === 'checkpoint' || file.as === 'base') return 'model';
  if (file.as !== undefined) return IMAGE.test(file.path) ? 'image' : 'set';
  if (/\.onnx$/i.test(file.path)) return 'model';
  if (/(^|\/)(preprocessor|image_processor)_config\.json$/i.test(file.path)) return 'preprocessor';
  if (IMAGE.test(file.path)) return 'image';
  if (/\.(npz|npy|zip)$/i.test(file.path) || /idx[13][-.]ubyte(\.gz)?$/i.test(file.path)) return 'set';
  return 'other';
}

/** `val/cats/1.png` → `val`: the images of one dropped folder are one set. */
function topFolder(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length > 2 ? (parts[0] ?? '') : '';
}

/** `fashion/t10k-images-idx3-ubyte.gz` → `fashion/t10k`: what the two files of an IDX pair share. */
function pairName(path: string): string {
  return path.replace(IDX, '').replace(/\.gz$/i, '');
}

/** Groups by a key, keeping the order of first appearance. */
function grouped(files: readonly LabFile[], key: (file: LabFile) => string): readonly (readonly LabFile[])[] {
  const groups = new Map<string, LabFile[]>();
  for (const file of files) groups.set(key(file), [...(groups.get(key(file)) ?? []), file]);
  return [...groups.values()];
}

/** Sorts the files of one drop. Nothing is read. */
export function sortFiles(files: readonly LabFile[]): Sorted {
  const of = (kind: ReturnType<typeof kindOf>) => files.filter((file) => kindOf(file) === kind);
  const sets = of('set');
  return {
    models: of('model'),
    sets: [
      ...grouped(
        sets.filter((file) => IDX.test(file.path)),
        (file) => pairName(file.path),
      ),
      ...sets.filter((file) => !IDX.test(file.path)).map((file) => [file]),
      ...grouped(of('image'), (file) => topFolder(file.path)),
    ],
    preprocessors: of('preprocessor'),
    others: of('other'),
  };
}

/** Name of a set where nobody gave one: the file's name without ending, or the folder's. */
export function setName(files: readonly LabFile[]): string {
  const [first] = files;
  if (first === undefined) return 'set';
  if (first.name !== undefined) return first.name;
  if (IMAGE.test(first.path)) return topFolder(first.path) || 'images';
  const file = (IDX.test(first.path) ? pairName(first.path) : first.path).split('/').at(-1) ?? 'set';
  return file.replace(/\.(npz|npy|zip|gz)$/i, '') || 'set';
}
