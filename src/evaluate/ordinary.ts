import type { PreparedSet } from '../data/index.ts';
import { firstIndices, sliceOfSet } from './batches.ts';
import { assertSetFits } from './graph.ts';
import { asEvaluationProblem } from './problems.ts';
import type { ModelFiles } from './sessions.ts';
import type { Logits } from './types.ts';
import { spawnWasmWorker, takeWorker } from './warmWorkers.ts';

export interface OrdinaryOptions {
  /** Which examples; all by default. */
  readonly indices?: Uint32Array;
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * Scores a set with an ordinary model that carries its own weights, as any user of ONNX Runtime would: a fresh worker, a fresh wasm
 * session, nothing shared with the pool. What an exported soup is verified with; the worker and its heap are gone afterwards.
 * @throws ProblemError `evaluation`, `unsupported-model`, `dataset-shape`, or the signal's reason
 */
export async function scoreOrdinary(files: ModelFiles, set: PreparedSet, options: OrdinaryOptions = {}): Promise<Logits> {
  const { indices = firstIndices(set.dataset.n), batchSize = 64, signal } = options;
  const { worker, loaded } = takeWorker(spawnWasmWorker);
  try {
    await loaded;
    const graph = await worker.ask({ kind: 'open', files, weights: [] });
    assertSetFits(graph, set);
    const batch = graph.staticBatch ?? batchSize;
    let logits: Logits = { values: new Float32Array(0), classes: 0 };
    for (let from = 0; from < indices.length; from += batch) {
      signal?.throwIfAborted();
      const examples = sliceOfSet(set, indices, from, Math.min(batch, indices.length - from));
      const { values, classes } = await worker.ask({ kind: 'score', weightsKey: undefined, examples }, [examples.dataset.values.buffer]);
      if (from === 0) logits = { values: new Float32Array(indices.length * classes), classes };
      logits.values.set(values, from * classes);
    }
    return logits;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw asEvaluationProblem(error, 'The model could not be scored as an ordinary one');
  } finally {
    worker.terminate();
  }
}
