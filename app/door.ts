import { proxy } from 'comlink';
import { type Engine, type LabOptions, openEngine } from './lab.ts';
import { receive, useLab } from './store.ts';

/** The engine as this thread sees it. It lives outside the store: the store holds facts only. */
let opening: Promise<Engine> | undefined;

/** Options under which this visit's engine runs. */
let options: LabOptions = { provider: 'auto', memoryBytes: useLab.getState().memoryBytes, seed: 0, cache: true };

async function open(): Promise<Engine> {
  const engine = await openEngine();
  await engine.connect(proxy(receive), options);
  return engine;
}

/** The one engine of this page, opened and connected on first use. */
export function engineDoor(): Promise<Engine> {
  opening ??= open();
  return opening;
}

/** Connects again under other options (memory budget, seed, workers); what the engine knows stays. */
export async function connect(change: Partial<LabOptions>): Promise<Engine> {
  options = { ...options, ...change };
  if (opening === undefined) return engineDoor();
  const engine = await opening;
  await engine.connect(proxy(receive), options);
  return engine;
}
