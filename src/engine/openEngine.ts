import { type Remote, wrap } from 'comlink';
import type { Engine } from './types.ts';

/**
 * Starts the engine's worker. Callbacks handed to `connect` must be wrapped in Comlink's `proxy`. Errors thrown inside arrive as errors
 * of the same message; problems arrive as events.
 */
export function openEngine(): Remote<Engine> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'soup-lab engine' });
  const engine = wrap<Engine>(worker);
  workers.set(engine, worker);
  return engine;
}

const workers = new WeakMap<object, Worker>();

/** Ends an engine at once, whatever it is doing, with everything it holds. The way out when it no longer answers. */
export function terminateEngine(engine: Remote<Engine>): void {
  workers.get(engine)?.terminate();
  workers.delete(engine);
}
