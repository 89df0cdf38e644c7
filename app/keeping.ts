import type { PickedFile } from './files/picked.ts';
import { type KeptFile, keepVisit } from './persist.ts';
import { useLab } from './store.ts';

/** How long the page must be quiet before it is kept, and the longest it waits in a run. */
const quietMilliseconds = 600;
const longestMilliseconds = 4000;

let files: readonly KeptFile[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let waitingSince: number | undefined;

/** Notes which files the lab is made of, so that a reload can find or ask for them. */
export function rememberFiles(picked: readonly PickedFile[], replace: boolean): void {
  const kept = picked.map(({ path, handle }) => (handle === undefined ? { path } : { path, handle }));
  const paths = new Set(kept.map((file) => file.path));
  files = replace ? kept : [...files.filter((file) => !paths.has(file.path)), ...kept];
}

export function rememberKept(kept: readonly KeptFile[]): void {
  files = kept;
}

function save(): void {
  clearTimeout(timer);
  timer = undefined;
  waitingSince = undefined;
  const { facts, restored, recipe, tieRule, weights, reportSet, memoryBytes } = useLab.getState();
  if (restored !== undefined || facts.checkpoints.length === 0) return;
  void keepVisit({
    version: 1,
    savedAt: Date.now(),
    facts: { ...facts, progress: { phase: 'idle', doing: '', done: 0, total: 0 } },
    files,
    view: { recipe, tieRule, weights, reportSet, memoryBytes },
  });
}

/** Keeps facts and view from now on, a little after each change. */
export function startKeeping(): void {
  useLab.subscribe(() => {
    waitingSince ??= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Date.now() - waitingSince > longestMilliseconds ? 0 : quietMilliseconds);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save();
  });
}
