import type { PreparedSet } from '../data/index.ts';
import { assertIndices, sliceOfSet } from './batches.ts';
import { assertSetFits, type Graph } from './graph.ts';
import type { PoolWorker } from './poolWorker.ts';
import { asEvaluationProblem } from './problems.ts';
import type { ModelFiles } from './sessions.ts';
import { nextShare } from './shares.ts';
import { assertWeights } from './tensors.ts';
import type { Logits, ProviderWeights, Scorer, ScorerMemory, ScorerOptions } from './types.ts';
import { type SpawnWorker, spawnWasmWorker, takeWorker } from './warmWorkers.ts';
import { SMALLEST_HEAP } from './wasmMemory.ts';

/** Batches a worker holds: the one it works on and the next, so that it never waits for a message. */
const BATCHES_PER_WORKER = 2;

export interface WasmScorerOptions extends ScorerOptions {
  /** How a worker is made; tests watch it. */
  readonly spawn?: SpawnWorker;
}

/**
 * Opens a pool of workers with a wasm session each of the template. Each holds its own copy of the weights; examples travel with
 * each batch, as they are stored.
 * @throws ProblemError `unsupported-model`, `evaluation`
 */
export async function openWasmScorer(options: WasmScorerOptions): Promise<Scorer> {
  const pool = new WasmPool(options);
  await pool.open();
  return pool;
}

export function defaultWorkers(): number {
  return Math.min(8, Math.max(1, navigator.hardwareConcurrency || 1));
}

/** Weights that were added once. Workers know them by `id`, so that a key used again never meets older weights. */
interface Weights {
  readonly id: string;
  readonly tensors: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Their buffers move to the one worker there is. */
  readonly moves: boolean;
  /** Jobs under way that use them; workers forget removed weights with the last of these. */
  jobs: number;
  removed: boolean;
}

interface Job {
  readonly weights: Weights;
  readonly set: PreparedSet;
  readonly indices: Uint32Array;
  /** Examples handed out, and examples whose logits are there. */
  handedOut: number;
  done: number;
  logits: Logits | undefined;
  settled: boolean;
  readonly resolve: (logits: Logits) => void;
  readonly reject: (reason: unknown) => void;
}

interface Seat {
  worker: PoolWorker;
  ready: boolean;
  holding: number;
  /** Ids of the weights this worker has. They are sent with the first batch that needs them. */
  readonly weights: Set<string>;
}

class WasmPool implements Scorer {
  readonly provider = 'wasm';
  sessionsCreated = 0;
  readonly #files: ModelFiles;
  readonly #specs: ScorerOptions['template']['weights'];
  readonly #workers: number;
  readonly #batchSize: number;
  readonly #spawn: SpawnWorker;
  readonly #seats: Seat[] = [];
  readonly #sets = new Map<string, PreparedSet>();
  readonly #weights = new Map<string, Weights>();
  #weightsAdded = 0;
  readonly #jobs: Job[] = [];
  #graph: Graph | undefined;
  /** Examples a second of one worker, the latest batches counting most. */
  #speed: number | undefined;
  #closed = false;

  constructor({ template, workers, batchSize, spawn }: WasmScorerOptions) {
    this.#files = { model: template.model, externalData: template.externalData };
    this.#specs = template.weights;
    this.#workers = workers ?? defaultWorkers();
    this.#batchSize = batchSize ?? 64;
    this.#spawn = spawn ?? spawnWasmWorker;
  }

  /** Resolves as soon as one worker is ready; the others join when they are. */
  async open(): Promise<void> {
    const opening = Array.from({ length: this.#workers }, () => this.#seat());
    try {
      await Promise.any(opening);
    } catch (error) {
      await this.close();
      throw asEvaluationProblem(error instanceof AggregateError ? error.errors[0] : error, 'wasm could not open the model');
    }
  }

  async memory(): Promise<ScorerMemory> {
    const answers = await Promise.all(this.#seats.filter((seat) => seat.ready).map((seat) => seat.worker.ask({ kind: 'memory' })));
    const ownWeights = [...this.#weights.values()].flatMap(({ tensors }) => [...tensors.values()]);
    const own = ownWeights.reduce((sum, bytes) => sum + bytes.byteLength, 0);
    const sets = [...this.#sets.values()].reduce((sum, set) => sum + set.dataset.values.byteLength, 0);
    return {
      wasmBytes: answers.reduce((sum, answer) => sum + (answer.wasmBytes ?? SMALLEST_HEAP), 0),
      jsBytes: answers.reduce((sum, answer) => sum + answer.jsBytes, own + sets),
      ...(answers.some((answer) => answer.wasmBytes === undefined) ? { estimated: true } : {}),
    };
  }

  async addSet(key: string, set: PreparedSet): Promise<void> {
    assertSetFits(this.#opened(), set);
    this.#sets.set(key, set);
  }

  removeSet(key: string): void {
    this.#sets.delete(key);
  }

  async addWeights(key: string, weights: ProviderWeights): Promise<void> {
    this.#opened();
    if (weights.kind === 'gpu') throw new Error('The wasm scorer takes bytes: read the GPU buffers back first');
    assertWeights(this.#specs, weights);
    this.removeWeights(key);
    this.#weights.set(key, {
      id: `${key} ${this.#weightsAdded++}`,
      tensors: weights.tensors,
      moves: weights.owned === true && this.#workers === 1,
      jobs: 0,
      removed: false,
    });
  }

  removeWeights(key: string): void {
    const weights = this.#weights.get(key);
    if (weights === undefined) return;
    this.#weights.delete(key);
    weights.removed = true;
    this.#forgetUnused(weights);
  }

  score(weightsKey: string, setKey: string, indices: Uint32Array, { signal }: { signal?: AbortSignal } = {}): Promise<Logits> {
    return new Promise<Logits>((resolve, reject) => {
      signal?.throwIfAborted();
      this.#opened();
      const set = this.#sets.get(setKey);
      const weights = this.#weights.get(weightsKey);
      if (set === undefined) throw new Error(`No set "${setKey}" was added to the wasm scorer`);
      if (weights === undefined) throw new Error(`No weights "${weightsKey}" were added to the wasm scorer`);
      assertIndices(set, indices);
      if (indices.length === 0) {
        resolve({ values: new Float32Array(0), classes: 0 });
        return;
      }
      const abort = () => this.#fail(job, signal?.reason);
      const settle = () => signal?.removeEventListener('abort', abort);
      const job: Job = {
        weights,
        set,
        indices,
        handedOut: 0,
        done: 0,
        logits: undefined,
        settled: false,
        resolve: (logits) => {
          settle();
          resolve(logits);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      weights.jobs++;
      this.#jobs.push(job);
      // All workers gone, and none could be started then: try once more.
      if (this.#seats.length === 0) this.#seat().catch(() => undefined);
      this.#handOut();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const seat of this.#seats) seat.worker.terminate();
    for (const job of [...this.#jobs]) this.#fail(job, new Error('The wasm scorer was closed'));
    this.#weights.clear();
    this.#sets.clear();
  }

  /** Starts a worker, opens its session and lets it take part. */
  async #seat(): Promise<void> {
    const { worker, loaded } = takeWorker(this.#spawn);
    const seat: Seat = { worker, ready: false, holding: 0, weights: new Set() };
    this.#seats.push(seat);
    this.sessionsCreated++;
    worker.onCrash = (reason) => this.#respawn(seat, reason);
    try {
      await loaded;
      this.#graph = await worker.ask({ kind: 'open', files: this.#files, weights: this.#specs });
    } catch (error) {
      worker.terminate();
      this.#vacate(seat, error);
      throw error;
    }
    seat.ready = true;
    this.#handOut();
  }

  /** A worker that had been at work is replaced; one that never got ready is not, or a model it can't open would be tried for ever. */
  #respawn(seat: Seat, reason: Error): void {
    if (!seat.ready || this.#closed) return;
    this.#vacate(seat, reason, this.#seat());
  }

  /** Takes a seat away. Where that leaves none, nobody is going to do the jobs that wait. */
  #vacate(seat: Seat, reason: unknown, successor?: Promise<void>): void {
    const place = this.#seats.indexOf(seat);
    if (place >= 0) this.#seats.splice(place, 1);
    successor?.catch(() => undefined);
    if (this.#seats.length > 0) return;
    for (const job of [...this.#jobs]) this.#fail(job, asEvaluationProblem(reason, 'No wasm worker could be started'));
  }

  /** Gives every worker that has room a batch of the oldest job that has any left; first one each, then the second. */
  #handOut(): void {
    for (let holding = 0; holding < BATCHES_PER_WORKER; holding++) {
      for (const seat of this.#seats) {
        if (!seat.ready || seat.holding > holding) continue;
        const job = this.#jobs.find((candidate) => candidate.handedOut < candidate.indices.length);
        if (job === undefined) return;
        this.#giveBatch(seat, job);
      }
    }
  }

  #giveBatch(seat: Seat, job: Job): void {
    const from = job.handedOut;
    const remaining = job.indices.length - from;
    const fixed = this.#graph?.staticBatch;
    const count = fixed === undefined ? nextShare(remaining, this.#workers, this.#batchSize, this.#speed) : Math.min(fixed, remaining);
    job.handedOut += count;
    seat.holding++;
    this.#equip(seat, job);
    const examples = sliceOfSet(job.set, job.indices, from, count);
    seat.worker.ask({ kind: 'score', weightsKey: job.weights.id, examples }, [examples.dataset.values.buffer]).then(
      ({ values, classes, seconds }) => {
        seat.holding--;
        this.#speed = this.#speed === undefined ? count / seconds : 0.7 * this.#speed + (0.3 * count) / seconds;
        this.#keep(job, from, count, values, classes);
        this.#handOut();
      },
      (error) => {
        seat.holding--;
        this.#fail(job, asEvaluationProblem(error, `wasm failed on ${job.set.dataset.name}`));
        this.#handOut();
      },
    );
  }

  /** Messages keep their order, so nothing has to be awaited. What goes wrong here, the batch behind it reports. */
  #equip(seat: Seat, { weights: { id, tensors, moves } }: Job): void {
    if (seat.weights.has(id)) return;
    seat.weights.add(id);
    const transfer = moves ? [...new Set([...tensors.values()].map((bytes) => bytes.buffer))] : [];
    seat.worker.ask({ kind: 'addWeights', key: id, tensors }, transfer).catch(() => undefined);
  }

  #forgetUnused(weights: Weights): void {
    if (!weights.removed || weights.jobs > 0) return;
    for (const seat of this.#seats) {
      if (seat.weights.delete(weights.id)) seat.worker.ask({ kind: 'removeWeights', key: weights.id }).catch(() => undefined);
    }
  }

  #keep(job: Job, from: number, count: number, values: Float32Array, classes: number): void {
    if (job.settled) return;
    job.logits ??= { values: new Float32Array(job.indices.length * classes), classes };
    job.logits.values.set(values, from * classes);
    job.done += count;
    if (job.done < job.indices.length) return;
    this.#leave(job);
    job.resolve(job.logits);
  }

  #fail(job: Job, reason: unknown): void {
    if (job.settled) return;
    this.#leave(job);
    job.reject(reason);
  }

  #leave(job: Job): void {
    job.settled = true;
    const place = this.#jobs.indexOf(job);
    if (place >= 0) this.#jobs.splice(place, 1);
    job.weights.jobs--;
    this.#forgetUnused(job.weights);
  }

  #opened(): Graph {
    if (this.#closed || this.#graph === undefined) throw new Error('The wasm scorer is closed');
    return this.#graph;
  }
}
