import { refuse } from './limits.ts';
import type { Dataset } from './types.ts';

/**
 * Labels from the folders that pictures lie in. With `classNames`, a folder's place among them; folders named by whole numbers
 * say the class index themselves; otherwise the place among the sorted folder names, as torchvision's ImageFolder has it.
 * Pictures in no folder, or all in one that is no known class, are unlabelled.
 */
export function classesOf(
  paths: readonly string[],
  name: string,
  classNames: readonly string[] | undefined,
): Pick<Dataset, 'labels' | 'classNames'> {
  const named = classNames && { classNames };
  const folders = paths.map((path) => path.split('/').at(-2));
  const distinct = [...new Set(folders)];
  const [only] = distinct;
  if (distinct.length === 1 && (only === undefined || !classNames?.includes(only))) return { ...named };
  const loose = folders.indexOf(undefined);
  if (loose >= 0) {
    refuse('no-labels', paths[loose] ?? name, 'lies in no class folder, others do', 'Put every image into the folder of its class.');
  }
  const folderNames = distinct.filter((folder) => folder !== undefined).sort((a, b) => (a < b ? -1 : 1));
  const byNumber = !classNames && folderNames.every((folder) => /^(0|[1-9]\d{0,5})$/.test(folder));
  const known = classNames ?? folderNames;
  const index = new Map(known.map((folder, place) => [folder, place]));
  const labels = Int32Array.from(folders, (folder = '', example) => {
    const label = byNumber ? Number(folder) : index.get(folder);
    if (label !== undefined) return label;
    return refuse(
      'label-range',
      paths[example] ?? name,
      `lies in the folder "${folder}", which is none of the ${known.length} classes`,
      'Rename the folder, or correct the class names.',
      {
        expected: known.slice(0, 10).join(', '),
        found: folder,
      },
    );
  });
  return { labels, ...(byNumber ? {} : { classNames: known }) };
}
