import { connect, engineDoor } from './door.ts';
import type { Engine, ExportedFile, LabFile, LabOptions, Preprocessing, SetRole, SoupRequest, TieRule } from './lab.ts';
import { unfinished } from './selectors/progress.ts';
import { ingredientsOf } from './selectors/soups.ts';
import { goLive, liveFacts, report, settle, show, useLab } from './store.ts';

/** Row ids by which the page knows its soups. */
export const rows = { uniform: 'uniform', greedy: 'greedy', byHand: 'by-hand' } as const;

/** Runs a command and counts it as under way; a rejection becomes a problem on the page, never an unhandled one. */
export async function command<T>(what: string, work: (engine: Engine) => Promise<T>): Promise<T | undefined> {
  useLab.setState((state) => ({ pending: state.pending + 1 }));
  try {
    return await work(await engineDoor());
  } catch (thrown) {
    report({
      kind: 'evaluation',
      text: `${what} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      remedy: 'Try again; if it happens once more, reload the page (finished results are kept).',
    });
    return undefined;
  } finally {
    useLab.setState((state) => ({ pending: state.pending - 1 }));
    settle();
  }
}

/** Weights by hand as a recipe takes them: by checkpoint id, zeros left out. */
export function handWeights(weights: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(weights).filter(([, weight]) => weight > 0);
  const sum = entries.reduce((total, [, weight]) => total + weight, 0);
  return Object.fromEntries(entries.map(([id, weight]) => [id, weight / sum]));
}

function byHand(): SoupRequest | undefined {
  const { weights } = useLab.getState();
  const known = new Set(ingredientsOf(liveFacts()).map((one) => one.id));
  const weighting = handWeights(Object.fromEntries(Object.entries(weights).filter(([id]) => known.has(id))));
  if (Object.keys(weighting).length === 0) return undefined;
  return { recipe: 'weighted', row: rows.byHand, name: 'by hand', options: { weights: weighting } };
}

/** What the page wants cooked: both recipes, and the soup by hand where there is one. */
export function wanted(): readonly SoupRequest[] {
  const hand = byHand();
  return [
    { recipe: 'uniform', row: rows.uniform, name: 'uniform' },
    { recipe: 'greedy', row: rows.greedy, name: 'greedy', options: { tieRule: useLab.getState().tieRule } },
    ...(hand === undefined ? [] : [hand]),
  ];
}

export function cancel(): Promise<unknown> {
  return command('Cancelling', (engine) => engine.cancel());
}

/** Adds files to what is there and goes on. */
export function addFiles(files: readonly LabFile[]): Promise<unknown> {
  if (files.length === 0) return Promise.resolve();
  goLive();
  return command('Adding files', async (engine) => {
    await engine.add(files);
    settle();
    await engine.run(wanted());
  });
}

/** Puts other files in the place of all that is there. */
export function replaceFiles(files: readonly LabFile[], sameLab = false): Promise<unknown> {
  if (files.length === 0) return Promise.resolve();
  goLive();
  // The same files chosen again after a reload are the same lab: weights by hand belong to it.
  if (!sameLab) show({ weights: {}, reportSet: undefined, recipe: 'greedy' });
  return command('Opening the files', async (engine) => {
    await engine.reset();
    await engine.add(files);
    settle();
    await engine.run(wanted());
  });
}

/** Files arrived by drop or button: they replace a sample kit, and join one's own files. */
export function takeFiles(files: readonly LabFile[]): Promise<unknown> {
  const { facts, restored } = useLab.getState();
  if (facts.kit !== undefined) return replaceFiles(files);
  return restored === undefined ? addFiles(files) : replaceFiles(files, true);
}

/** Opening the files of an earlier visit again, while its results are shown. */
let catchingUp: Promise<unknown> | undefined;

export function setCatchingUp(work: Promise<unknown>): void {
  catchingUp = work;
}

/** Waits until the lab behind the results shown is open. False where its files have to be chosen again first. */
async function awake(): Promise<boolean> {
  if (useLab.getState().restored === undefined) return true;
  await catchingUp;
  if (useLab.getState().restored === undefined) return true;
  report({
    kind: 'usage',
    text: 'The results shown are of your last visit; its files are not open in this tab.',
    remedy: 'Choose or drop the same files again: what was computed is found by their contents.',
  });
  return false;
}

/** Changes something and goes on with the run. */
async function change(what: string, work: (engine: Engine) => Promise<void>): Promise<unknown> {
  if (!(await awake())) return;
  return command(what, async (engine) => {
    await work(engine);
    settle();
    await engine.run(wanted());
  });
}

export const removeCheckpoint = (id: string): Promise<unknown> =>
  change('Removing the checkpoint', (engine) => engine.removeCheckpoint(id));

export const setStanding = (id: string, standing: 'ingredient' | 'base' | 'excluded'): Promise<unknown> =>
  change('Changing the ingredients', (engine) => engine.setStanding(id, standing));

export const removeSet = (id: string): Promise<unknown> => change('Removing the set', (engine) => engine.removeSet(id));

export const setRole = (id: string, role: SetRole): Promise<unknown> => change('Changing the role', (engine) => engine.setRole(id, role));

export const setPreprocessing = (id: string, preprocessing: Preprocessing): Promise<unknown> =>
  change('Changing the preprocessing', (engine) => engine.setPreprocessing(id, preprocessing));

export function setTieRule(tieRule: TieRule): Promise<unknown> {
  show({ tieRule });
  return change('Changing the tie rule', () => Promise.resolve());
}

export const forceProvider = (provider: LabOptions['provider']): Promise<unknown> =>
  change('Changing the provider', (engine) => engine.forceProvider(provider));

export function setMemory(memoryBytes: number): Promise<unknown> {
  show({ memoryBytes });
  return change('Changing the memory budget', async () => {
    await connect({ memoryBytes });
  });
}

/** Scores and cooks all that is wanted, going on from what is known: after a cancel or a failure. */
export const goOn = (): Promise<unknown> => change('The run', () => Promise.resolve());

/** The soup as files, read back from the engine and spliced into the first checkpoint. */
export async function exportSoup(row: string): Promise<readonly ExportedFile[] | undefined> {
  if (!(await awake())) return undefined;
  return command('Writing the soup', (engine) => engine.exportSoup(row));
}

/** Cooks the soup by hand and scores it before anything else, then takes up a run that it interrupted. */
export async function cookByHand(weights: Readonly<Record<string, number>>): Promise<unknown> {
  show({ weights });
  if (!(await awake())) return;
  const request = byHand();
  if (request === undefined) return;
  return command('Cooking by hand', async (engine) => {
    const outcome = await engine.cookNow(request);
    settle();
    if (outcome === 'done' && useLab.getState().pending === 1 && unfinished(liveFacts())) await engine.run(wanted());
  });
}

/** Resolves when no command is under way and the engine is idle. */
export function idle(): Promise<void> {
  const quiet = (): boolean => {
    settle();
    const { pending } = useLab.getState();
    return pending === 0 && liveFacts().progress.phase === 'idle';
  };
  return new Promise((resolve) => {
    if (quiet()) {
      resolve();
      return;
    }
    const stop = useLab.subscribe(() => {
      const { pending, facts } = useLab.getState();
      if (pending > 0 || facts.progress.phase !== 'idle') return;
      stop();
      resolve();
    });
  });
}
