import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { PreparedSet } from '../data/index.ts';
import { fillBatch } from '../data/index.ts';
import { assertIndices, itemElements } from './batches.ts';
import { assertSetFits, classesOf, type Graph, readGraph } from './graph.ts';
import { oneAtATime } from './lock.ts';
import { loadWebgpuRuntime, type WebgpuRuntime } from './ortWebgpu.ts';
import { asEvaluationProblem, deviceLostProblem, evaluationProblem } from './problems.ts';
import { JobQueue } from './queue.ts';
import { Readback } from './readback.ts';
import { externalDataOption, quiet } from './sessions.ts';
import { assertWeights, imageTensor, weightTensors } from './tensors.ts';
import type { Logits, ProviderWeights, Scorer, ScorerMemory, ScorerOptions } from './types.ts';
import { SMALLEST_HEAP } from './wasmMemory.ts';

export interface WebgpuScorerOptions extends ScorerOptions {
  /** The engine's own device; it outlives the scorer. */
  readonly device: GPUDevice;
  readonly adapterIsSoftware: boolean;
  /** Errors seen outside any error scope since the last call. Any during an evaluation makes its logits invalid. */
  readonly takeErrors?: () => readonly string[];
}

/** Batches whose GPU work may be queued at once: enough to keep the GPU busy, few enough that Cancel is prompt. */
const BATCHES_IN_FLIGHT = 2;

/**
 * Opens the one WebGPU session of a template. Weights are graph inputs bound to the caller's GPU buffers: a hot swap copies nothing.
 * @throws ProblemError `device-lost`, `unsupported-model`, `evaluation`
 */
export async function openWebgpuScorer(options: WebgpuScorerOptions): Promise<Scorer> {
  const scorer = new WebgpuScorer(options);
  await scorer.open(options);
  return scorer;
}

class WebgpuScorer implements Scorer {
  readonly provider = 'webgpu';
  sessionsCreated = 0;
  readonly #device: GPUDevice;
  readonly #batchSize: number;
  readonly #specs: ScorerOptions['template']['weights'];
  readonly #takeErrors: () => readonly string[];
  readonly #queue = new JobQueue();
  readonly #sets = new Map<string, PreparedSet>();
  readonly #weights = new Map<string, { readonly tensors: Record<string, Tensor>; readonly jsBytes: number }>();
  #runtime: WebgpuRuntime | undefined;
  #session: InferenceSession | undefined;
  #graph: Graph | undefined;
  #lostReason: string | undefined;
  /** Rejections of what is waited for now. (Racing a long-lived promise instead would keep every result it was raced with.) */
  readonly #waiting = new Set<(problem: Error) => void>();

  constructor(options: WebgpuScorerOptions) {
    this.#device = options.device;
    this.#batchSize = options.batchSize ?? (options.adapterIsSoftware ? 16 : 256);
    this.#specs = options.template.weights;
    this.#takeErrors = options.takeErrors ?? (() => []);
    options.device.lost.then((info) => {
      this.#lostReason = info.message || info.reason;
      for (const reject of this.#waiting) reject(deviceLostProblem(this.#lostReason));
    });
  }

  async open({ template }: WebgpuScorerOptions): Promise<void> {
    try {
      const runtime = await this.#unlessLost(loadWebgpuRuntime(this.#device));
      const session = await this.#unlessLost(
        oneAtATime(() =>
          runtime.ort.InferenceSession.create(template.model, {
            ...quiet,
            ...externalDataOption(template),
            executionProviders: [{ name: 'webgpu', device: this.#device }],
            preferredOutputLocation: 'gpu-buffer',
          }),
        ),
      );
      this.sessionsCreated++;
      this.#runtime = runtime;
      this.#session = session;
      this.#graph = readGraph(session, new Set(this.#specs.map((spec) => spec.name)));
    } catch (error) {
      await this.close();
      throw asEvaluationProblem(error, 'WebGPU could not open the model');
    }
  }

  async memory(): Promise<ScorerMemory> {
    const weights = [...this.#weights.values()].reduce((sum, entry) => sum + entry.jsBytes, 0);
    const sets = [...this.#sets.values()].reduce((sum, set) => sum + set.dataset.values.byteLength, 0);
    const heap = this.#runtime?.heapBytes();
    return { wasmBytes: heap ?? SMALLEST_HEAP, jsBytes: weights + sets, ...(heap === undefined ? { estimated: true } : {}) };
  }

  async addSet(key: string, set: PreparedSet): Promise<void> {
    assertSetFits(this.#opened().graph, set);
    this.#sets.set(key, set);
  }

  removeSet(key: string): void {
    this.#sets.delete(key);
  }

  async addWeights(key: string, weights: ProviderWeights): Promise<void> {
    const { runtime } = this.#opened();
    assertWeights(this.#specs, weights);
    const jsBytes = weights.kind === 'gpu' ? 0 : [...weights.tensors.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
    this.#weights.set(key, { tensors: weightTensors(runtime.ort, this.#specs, weights), jsBytes });
  }

  removeWeights(key: string): void {
    // Tensors made from GPU buffers own nothing; the buffers are the caller's.
    this.#weights.delete(key);
  }

  async score(weightsKey: string, setKey: string, indices: Uint32Array, options: { signal?: AbortSignal } = {}): Promise<Logits> {
    const set = this.#sets.get(setKey);
    const weights = this.#weights.get(weightsKey);
    if (set === undefined) throw new Error(`No set "${setKey}" was added to the WebGPU scorer`);
    if (weights === undefined) throw new Error(`No weights "${weightsKey}" were added to the WebGPU scorer`);
    assertIndices(set, indices);
    return this.#queue.run(async () => {
      try {
        return await this.#scoreNow(weights.tensors, set, indices, options.signal);
      } catch (error) {
        if (options.signal?.aborted && error === options.signal.reason) throw error;
        await this.#settleErrors();
        if (this.#lostReason !== undefined) throw deviceLostProblem(this.#lostReason);
        throw asEvaluationProblem(error, `WebGPU failed on ${set.dataset.name}`);
      }
    }, options.signal);
  }

  async #scoreNow(weights: Record<string, Tensor>, set: PreparedSet, indices: Uint32Array, signal?: AbortSignal): Promise<Logits> {
    const { graph } = this.#opened();
    const batch = graph.staticBatch ?? Math.min(this.#batchSize, Math.max(1, indices.length));
    const batches = Math.ceil(indices.length / batch);
    const size = itemElements(set.inputDims);
    // Two arrays in turn: the next batch is prepared while the GPU works on this one.
    const inputs = [new Float32Array(batch * size), new Float32Array(batch * size)];
    const prepare = (index: number) => {
      const values = inputs[index % 2] ?? new Float32Array(batch * size);
      const from = index * batch;
      const rows = Math.min(batch, indices.length - from);
      fillBatch(set, indices, from, rows, values);
      // Where the graph fixes the batch the tail is padded: what lies there from before is scored and thrown away.
      const fed = graph.staticBatch ?? rows;
      return { rows, fed, values: values.subarray(0, fed * size) };
    };
    const fences: Promise<unknown>[] = [];
    let readback: Readback | undefined;
    try {
      if (batches === 0) return { values: new Float32Array(0), classes: 0 };
      let next = prepare(0);
      for (let index = 0; index < batches; index++) {
        signal?.throwIfAborted();
        const { rows, fed, values } = next;
        const running = this.#run(weights, values, [fed, ...set.inputDims]);
        running.catch(() => undefined);
        if (index + 1 < batches) {
          // A macrotask, so that the run has been submitted before this thread is busy with the next batch.
          await macrotask();
          next = prepare(index + 1);
        }
        const output = await running;
        const classes = classesOf(output.dims, fed);
        readback ??= new Readback(this.#device, batches, batch, classes);
        readback.add(output.gpuBuffer as GPUBuffer, graph.outputType, rows);
        await oneAtATime(async () => output.dispose());
        fences.push(this.#device.queue.onSubmittedWorkDone());
        await this.#unlessLost(fences[index - BATCHES_IN_FLIGHT + 1] ?? Promise.resolve());
        this.#assertNoErrors();
      }
      if (readback === undefined) throw new Error('No batch was run');
      const logits = await this.#unlessLost(readback.read());
      this.#assertNoErrors();
      signal?.throwIfAborted();
      return logits;
    } finally {
      readback?.destroy();
    }
  }

  async #run(weights: Record<string, Tensor>, values: Float32Array, dims: readonly number[]): Promise<Tensor> {
    const { runtime, session, graph } = this.#opened();
    const outputs = await this.#unlessLost(
      oneAtATime(() => {
        // The runtime would not notice: a run on a lost device must not start.
        if (this.#lostReason !== undefined) throw deviceLostProblem(this.#lostReason);
        const feeds = { ...weights, [graph.inputName]: imageTensor(runtime.ort, graph.inputType, values, dims) };
        return session.run(feeds, [graph.outputName]);
      }),
    );
    const output = outputs[graph.outputName];
    if (output === undefined) throw new Error(`The session returned no "${graph.outputName}"`);
    return output;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#weights.clear();
    this.#sets.clear();
    if (session !== undefined) await this.#queue.run(() => oneAtATime(() => session.release()));
  }

  #opened(): { readonly runtime: WebgpuRuntime; readonly session: InferenceSession; readonly graph: Graph } {
    if (this.#lostReason !== undefined) throw deviceLostProblem(this.#lostReason);
    if (this.#runtime === undefined || this.#session === undefined || this.#graph === undefined) {
      throw new Error('The WebGPU scorer is closed');
    }
    return { runtime: this.#runtime, session: this.#session, graph: this.#graph };
  }

  #assertNoErrors(): void {
    const errors = this.#takeErrors();
    if (errors.length > 0)
      throw evaluationProblem(`The GPU reported an error while scoring, so the result is not used: ${errors.join('; ')}`);
  }

  /** One fault often raises several errors: those still on their way belong to the failed evaluation, not to the next. */
  async #settleErrors(): Promise<void> {
    await this.#unlessLost(this.#device.queue.onSubmittedWorkDone()).catch(() => undefined);
    this.#takeErrors();
  }

  #unlessLost<T>(work: Promise<T>): Promise<T> {
    if (this.#lostReason !== undefined) return Promise.reject(deviceLostProblem(this.#lostReason));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
