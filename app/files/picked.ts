import type { LabFile } from '../lab.ts';

/** A file someone handed over, with the browser's handle to it where there is one (it survives a reload). */
export interface PickedFile {
  readonly path: string;
  readonly file: File;
  readonly handle?: FileSystemFileHandle;
}

export function asLabFile(picked: PickedFile): LabFile {
  return { path: picked.path, blob: picked.file };
}

/** Files that no one means when dropping a folder. */
export function isNoise(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db');
}
