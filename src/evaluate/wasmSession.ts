import * as ort from 'onnxruntime-web/wasm';
import { fillBatch } from '../data/index.ts';
import { firstIndices, itemElements } from './batches.ts';
import { classesOf, type Graph, readGraph } from './graph.ts';
import { floatsFromHalves } from './half.ts';
import { oneAtATime } from './lock.ts';
import type { Answers, Request } from './protocol.ts';
import { externalDataOption, quiet, tinyModel } from './sessions.ts';
import { instantiatingFrom } from './sharedModule.ts';
import { imageTensor, weightTensors } from './tensors.ts';
import { watchingMemory } from './wasmMemory.ts';

/** One session of one template on the wasm provider, with the weights it knows. State of a wasm worker. */
let session: ort.InferenceSession | undefined;
let graph: Graph | undefined;
let specs: Extract<Request, { kind: 'open' }>['weights'] = [];
let memory: WebAssembly.Memory | undefined;
const weights = new Map<string, { readonly tensors: Record<string, ort.Tensor>; readonly bytes: number }>();

/** Does what the pool asks. @throws what the runtime throws, and ProblemError */
export async function answer(request: Request): Promise<Answers[Request['kind']]> {
  switch (request.kind) {
    case 'load':
      return oneAtATime(() => load(request.module));
    case 'open':
      return oneAtATime(() => open(request));
    case 'addWeights': {
      const { key, tensors } = request;
      const bytes = [...tensors.values()].reduce((sum, tensor) => sum + tensor.byteLength, 0);
      weights.set(key, { tensors: weightTensors(ort, specs, { kind: 'cpu', tensors }), bytes });
      return undefined;
    }
    case 'removeWeights':
      weights.delete(request.key);
      return undefined;
    case 'score': {
      // Looked up now: a `removeWeights` behind this request in the queue must not take them away from it.
      const feeds = request.weightsKey === undefined ? {} : weights.get(request.weightsKey)?.tensors;
      if (feeds === undefined) throw new Error(`This worker has no weights "${request.weightsKey}"`);
      return oneAtATime(() => score(request.examples, feeds));
    }
    case 'memory': {
      const jsBytes = [...weights.values()].reduce((sum, entry) => sum + entry.bytes, 0);
      return { wasmBytes: memory?.buffer.byteLength, jsBytes };
    }
    default:
      throw new Error(`A wasm worker was asked for ${JSON.stringify(request satisfies never)}`);
  }
}

async function load(module: WebAssembly.Module): Promise<undefined> {
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = 1;
  // Anything: `instantiatingFrom` puts the compiled module in its place, and the runtime fetches nothing.
  ort.env.wasm.wasmBinary = new Uint8Array(8);
  const watched = await watchingMemory(() =>
    instantiatingFrom(module, () => ort.InferenceSession.create(tinyModel(), { ...quiet, executionProviders: ['wasm'] })),
  );
  memory = watched.memory;
  await watched.loaded.release();
  return undefined;
}

async function open({ files, weights: inputs }: Extract<Request, { kind: 'open' }>): Promise<Graph> {
  await session?.release();
  session = undefined;
  weights.clear();
  specs = inputs;
  session = await ort.InferenceSession.create(files.model, { ...quiet, ...externalDataOption(files), executionProviders: ['wasm'] });
  graph = readGraph(session, new Set(specs.map((spec) => spec.name)));
  return graph;
}

async function score(
  examples: Extract<Request, { kind: 'score' }>['examples'],
  feeds: Record<string, ort.Tensor>,
): Promise<Answers['score']> {
  if (session === undefined || graph === undefined) throw new Error('This worker has no session open');
  const start = performance.now();
  const rows = examples.dataset.n;
  const fed = graph.staticBatch ?? rows;
  const values = new Float32Array(fed * itemElements(examples.inputDims));
  fillBatch(examples, firstIndices(rows), 0, rows, values);
  const input = imageTensor(ort, graph.inputType, values, [fed, ...examples.inputDims]);
  const outputs = await session.run({ ...feeds, [graph.inputName]: input }, [graph.outputName]);
  const output = outputs[graph.outputName];
  if (output === undefined) throw new Error(`The session returned no "${graph.outputName}"`);
  const classes = classesOf(output.dims, fed);
  const logits = floatsOf(output.data).slice(0, rows * classes);
  return { values: logits, classes, seconds: (performance.now() - start) / 1000 };
}

function floatsOf(data: ort.Tensor.DataType): Float32Array<ArrayBuffer> {
  if (data instanceof Float32Array) return data as Float32Array<ArrayBuffer>;
  // float16 comes as Uint16Array, or as Float16Array where the browser has one.
  if (data instanceof Uint16Array) return floatsFromHalves(data);
  return Float32Array.from(data as ArrayLike<number>);
}
