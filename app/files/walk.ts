import { isNoise, type PickedFile } from './picked.ts';

/** What Chromium's items can do and the DOM types don't know yet. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemFileHandle | FileSystemDirectoryHandle | null>;
}

async function walkHandle(handle: FileSystemFileHandle | FileSystemDirectoryHandle, folder: string): Promise<PickedFile[]> {
  const path = folder + handle.name;
  if (isNoise(path)) return [];
  if (handle.kind === 'file') {
    const file = handle as FileSystemFileHandle;
    return [{ path, file: await file.getFile(), handle: file }];
  }
  const found: PickedFile[] = [];
  for await (const child of (handle as FileSystemDirectoryHandle).values()) found.push(...(await walkHandle(child, `${path}/`)));
  return found;
}

function entriesOf(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

async function walkEntry(entry: FileSystemEntry): Promise<PickedFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (isNoise(path)) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: PickedFile[] = [];
  // A reader hands out a directory in portions and ends with an empty one.
  for (let portion = await entriesOf(reader); portion.length > 0; portion = await entriesOf(reader)) {
    for (const child of portion) found.push(...(await walkEntry(child)));
  }
  return found;
}

async function walkItem(item: DataTransferItem): Promise<PickedFile[]> {
  // All three must be asked for before the first await: the list is emptied when the drop event ends.
  const asking = (item as DataTransferItem & HandleItem).getAsFileSystemHandle?.();
  const entry = item.webkitGetAsEntry();
  const file = item.getAsFile();
  const handle = await asking?.catch(() => null);
  if (handle !== undefined && handle !== null) return walkHandle(handle, '');
  if (entry !== null) return walkEntry(entry);
  return file === null ? [] : [{ path: file.name, file }];
}

/** Every file in a drop, folders walked, with paths that keep the folders' names, in a natural order. */
export async function walkDrop(items: readonly DataTransferItem[]): Promise<readonly PickedFile[]> {
  const found = await Promise.all(items.filter((item) => item.kind === 'file').map(walkItem));
  return found.flat().sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
}

/** Files from an `<input type="file">`, of a folder too. */
export function fromInput(files: FileList): readonly PickedFile[] {
  return [...files]
    .map((file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }))
    .filter(({ path }) => !isNoise(path))
    .sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
}
