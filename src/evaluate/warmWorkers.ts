import { PoolWorker } from './poolWorker.ts';
import { compiledRuntime } from './sharedModule.ts';

/** A worker that has loaded the runtime, or is about to: `open` may be asked of it at once, messages keep their order. */
export interface WarmWorker {
  readonly worker: PoolWorker;
  /** Settles when the runtime is loaded. */
  readonly loaded: Promise<void>;
}

export type SpawnWorker = () => Worker;

const spare: WarmWorker[] = [];

export const spawnWasmWorker: SpawnWorker = () =>
  new Worker(new URL('./wasm-worker.ts', import.meta.url), { type: 'module', name: 'soup-lab wasm' });

/**
 * Starts workers and lets them load the runtime before a template is known, so that it happens while files are still being read.
 * `openWasmScorer` takes these first.
 */
export function warmWasmWorkers(workers: number): void {
  while (spare.length < workers) spare.push(startWorker(spawnWasmWorker));
}

/** One that was warmed up, or a new one. */
export function takeWorker(spawn: SpawnWorker): WarmWorker {
  if (spawn === spawnWasmWorker) {
    for (let candidate = spare.pop(); candidate !== undefined; candidate = spare.pop()) {
      if (candidate.worker.alive) return candidate;
    }
  }
  return startWorker(spawn);
}

function startWorker(spawn: SpawnWorker): WarmWorker {
  // The module compiles while the worker's own script loads.
  const module = compiledRuntime();
  const worker = new PoolWorker(spawn());
  const loaded = module.then((compiled) => worker.ask({ kind: 'load', module: compiled }));
  loaded.catch(() => undefined);
  return { worker, loaded };
}
