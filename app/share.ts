import { exportSoup } from './commands.ts';
import { buildReport, verdict } from './lab.ts';
import { shownSoup } from './selectors/soups.ts';
import { settle, useLab } from './store.ts';

/** Hands a file to the browser's downloads. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has taken its own hold of the blob by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function downloadSoup(): Promise<void> {
  const { facts, recipe } = useLab.getState();
  const soup = shownSoup(facts, recipe);
  if (soup === undefined) return;
  for (const file of (await exportSoup(soup.id)) ?? []) download(file.name, file.blob);
}

export function downloadReport(): void {
  settle();
  const { facts, recipe } = useLab.getState();
  const soup = shownSoup(facts, recipe);
  const report = buildReport(facts, { ...(soup === undefined ? {} : { row: soup.id }), date: new Date() });
  download('report.json', new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' }));
}

/** The result picture of the soup on show, as PNG. */
export async function picture(): Promise<Blob> {
  settle();
  const { facts, recipe, reportSet } = useLab.getState();
  const { pictureOf } = await import('./picture/index.ts');
  return pictureOf(facts, verdict(facts, shownSoup(facts, recipe)?.id, reportSet), new Date(), { recipe, reportSet });
}

export async function downloadPicture(): Promise<void> {
  download('soup.png', await picture());
}
