import { command, replaceFiles, setCatchingUp, wanted } from './commands.ts';
import { connect, engineDoor } from './door.ts';
import { fetchEntries, fetchKit, type KitPlan, labFiles } from './files/kit.ts';
import type { PickedFile } from './files/picked.ts';
import { rememberKept, startKeeping } from './keeping.ts';
import { problemOf } from './lab.ts';
import { type KeptFile, lastVisit, type Visit } from './persist.ts';
import { goLive, liveFacts, report, settle, show, showRestored, useLab } from './store.ts';

/** The kit that is shown before anything was dropped. */
const defaultSample = 'fashion';

export function sampleUrl(name: string): string {
  return `./samples/${encodeURIComponent(name)}/kit.json`;
}

function tellFetchProblem(url: string, thrown: unknown): void {
  report(
    problemOf(thrown) ?? {
      kind: 'read-failed',
      file: url,
      text: `The sample kit could not be fetched: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      remedy: 'Drop files of your own, or reload the page to try again.',
    },
  );
}

/** The checkpoints and the set that chooses come first and start; what reports is added while they run. */
async function runKit(plan: KitPlan): Promise<void> {
  const later = fetchEntries(plan, plan.later);
  // Waited for below; until then a failure must not count as unhandled.
  later.catch(() => undefined);
  const first = await fetchEntries(plan, plan.first);
  await command('Opening the sample kit', async (engine) => {
    await engine.reset(plan.kit);
    await engine.add(first);
    settle();
    const running = engine.run(wanted());
    await engine.add(await later);
    settle();
    await Promise.all([running, engine.run(wanted())]);
  });
}

/** Shows a sample kit's live run. */
export async function openSample(url: string, fetching = fetchKit(url)): Promise<void> {
  try {
    rememberKept([]);
    goLive();
    await runKit(await fetching);
  } catch (thrown) {
    tellFetchProblem(url, thrown);
  }
}

async function granted(file: KeptFile): Promise<boolean> {
  // Chromium has this; the DOM types don't yet.
  const handle = file.handle as (FileSystemFileHandle & { queryPermission?(how: { mode: 'read' }): Promise<PermissionState> }) | undefined;
  return handle !== undefined && (await handle.queryPermission?.({ mode: 'read' })) === 'granted';
}

async function readKept(files: readonly KeptFile[]): Promise<readonly PickedFile[]> {
  const read = files.map(
    async ({ path, handle }): Promise<PickedFile[]> => (handle === undefined ? [] : [{ path, handle, file: await handle.getFile() }]),
  );
  return (await Promise.all(read)).flat();
}

/** Asks the browser for the kept files again (needs a click) and opens them behind the results shown. */
export async function reopenKept(files: readonly KeptFile[]): Promise<void> {
  try {
    for (const file of files) {
      const handle = file.handle as
        | (FileSystemFileHandle & { requestPermission?(how: { mode: 'read' }): Promise<PermissionState> })
        | undefined;
      if (handle?.requestPermission !== undefined && (await handle.requestPermission({ mode: 'read' })) !== 'granted') return;
    }
    await replaceFiles(await labFiles(await readKept(files)), true);
  } catch (thrown) {
    report({
      kind: 'read-failed',
      text: `The files of the last visit could not be read again: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      remedy: 'Choose or drop them again; finished results are kept and found by their contents.',
    });
  }
}

let keptFiles: readonly KeptFile[] = [];
export const reopenLast = (): Promise<void> => reopenKept(keptFiles);

/** Catches up behind the results shown: opens the files again, and shows the live lab once it knows as much. */
async function catchUp(visit: Visit): Promise<void> {
  if (visit.facts.kit !== undefined) {
    const plan = await fetchKit(visit.facts.kit.url);
    const all = await fetchEntries(plan, [...plan.first, ...plan.later]);
    if (useLab.getState().restored === undefined) return;
    await command('Opening the sample kit again', async (engine) => {
      await engine.reset(plan.kit);
      await engine.add(all);
      settle();
      await engine.run(wanted());
    });
    if (liveFacts().rows.length > 0) goLive();
    return;
  }
  const files = await labFiles(await readKept(visit.files));
  await command('Opening the files again', async (engine) => {
    await engine.reset();
    await engine.add(files);
    settle();
    await engine.run(wanted());
  });
  if (liveFacts().rows.length > 0) goLive();
}

async function restore(visit: Visit): Promise<void> {
  keptFiles = visit.files;
  rememberKept(visit.files);
  const { kit } = visit.facts;
  // A refused file is not worth asking for again.
  const refused = new Set(visit.facts.checkpoints.filter((one) => one.standing === 'refused').map((one) => one.name));
  const wantedFiles = visit.files.filter((file) => !refused.has(file.path));
  const missing = kit === undefined ? wantedFiles.filter((file) => file.handle === undefined).map((file) => file.path) : [];
  const open = kit !== undefined || (missing.length === 0 && (await Promise.all(wantedFiles.map(granted))).every(Boolean));
  show(visit.view);
  showRestored(visit.facts, { savedAt: visit.savedAt, missing, permission: missing.length === 0 && !open });
  await connect({ memoryBytes: visit.view.memoryBytes });
  if (!open) return;
  const catching = catchUp(visit);
  setCatchingUp(catching.catch(() => undefined));
  try {
    await catching;
  } catch (thrown) {
    tellFetchProblem(kit?.url ?? '', thrown);
  }
}

/** Starts the page: the last visit at once where there is one, else the sample kit's live run. */
export async function boot(): Promise<void> {
  const query = new URLSearchParams(location.search);
  if (query.has('headless')) return;
  const asked = query.get('sample');
  const url = sampleUrl(asked ?? defaultSample);
  // Asked for while the last visit is looked up: on a first visit every moment counts.
  const fetching = fetchKit(url);
  fetching.catch(() => undefined);
  const visit = await lastVisit();
  startKeeping();
  if (visit !== undefined && (asked === null || visit.facts.kit?.url === url)) {
    await restore(visit);
    return;
  }
  void engineDoor();
  await openSample(url, fetching);
}
