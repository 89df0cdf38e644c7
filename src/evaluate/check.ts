import type { PreparedSet } from '../data/index.ts';
import { problemOf } from '../problem/index.ts';
import { firstIndices } from './batches.ts';
import { compareLogits, type LogitsComparison } from './compare.ts';
import { messageOf } from './problems.ts';
import type { Logits, ProviderCheck, ProviderWeights, Scorer } from './types.ts';

export interface CheckOptions {
  readonly webgpu: Scorer;
  readonly wasm: Scorer;
  /** The same weights as each provider takes them. */
  readonly weights: { readonly webgpu: ProviderWeights; readonly wasm: ProviderWeights };
  readonly set: PreparedSet;
  readonly adapterIsSoftware: boolean;
  /** For the sentence: how many workers the wasm pool has. */
  readonly workers: number;
  /** Most examples compared. Default 16 on a software adapter, 256 on a GPU. */
  readonly examples?: number;
  /** About how long each provider may be timed; slow networks are compared on fewer examples, four at least. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

const KEY = 'check of the providers';
const FEWEST = 4;

/**
 * Runs the same few examples through both providers, after a warm-up each, and chooses the faster one unless they disagree
 * (DESIGN, decision 7). One provider runs at a time, or they would take each other's cores.
 * @throws ProblemError `device-lost`, `evaluation` where wasm fails, or the signal's reason
 */
export async function checkProviders(options: CheckOptions): Promise<ProviderCheck> {
  const { webgpu, wasm, weights, set, seconds = 0.5 } = options;
  try {
    await wasm.addWeights(KEY, weights.wasm);
    await wasm.addSet(KEY, set);
    const wasmWarm = await timed(wasm, Math.min(FEWEST * options.workers, set.dataset.n), options, 2);
    try {
      await webgpu.addWeights(KEY, weights.webgpu);
      await webgpu.addSet(KEY, set);
      const webgpuWarm = await timed(webgpu, Math.min(FEWEST, set.dataset.n), options, 2);
      const most = Math.min(options.examples ?? (options.adapterIsSoftware ? 16 : 256), set.dataset.n);
      const affordable = Math.floor(Math.min(wasmWarm.imagesPerSecond, webgpuWarm.imagesPerSecond) * seconds);
      const examples = Math.min(most, Math.max(FEWEST, affordable));
      const ours = await timed(webgpu, examples, options, 1);
      const theirs = await timed(wasm, examples, options, 1);
      // A few examples don't fill a pool: time it on as many as it does in the same time.
      const filling = Math.min(set.dataset.n, Math.max(examples, Math.floor(theirs.imagesPerSecond * seconds * 0.5)));
      const full = filling > examples ? await timed(wasm, filling, options, 1) : theirs;
      const imagesPerSecond = { webgpu: ours.imagesPerSecond, wasm: full.imagesPerSecond };
      return { ...judge(options, examples, compareLogits(ours.logits, theirs.logits), imagesPerSecond), imagesPerSecond };
    } catch (error) {
      if (problemOf(error)?.kind !== 'evaluation') throw error;
      return {
        examples: 0,
        maxAbsoluteDifference: 0,
        labelsAgree: 0,
        agree: false,
        imagesPerSecond: { webgpu: 0, wasm: wasmWarm.imagesPerSecond },
        chosen: 'wasm',
        reason: `${pool(options.workers)}: WebGPU can't run this model here (${messageOf(error)})`,
      };
    }
  } finally {
    for (const scorer of [webgpu, wasm]) {
      scorer.removeWeights(KEY);
      scorer.removeSet(KEY);
    }
  }
}

/** The choice and its sentence, from what was measured. */
export function judge(
  { workers, adapterIsSoftware }: Pick<CheckOptions, 'workers' | 'adapterIsSoftware'>,
  examples: number,
  { maxAbsoluteDifference, labelsAgree, agree }: LogitsComparison,
  imagesPerSecond: ProviderCheck['imagesPerSecond'],
): Omit<ProviderCheck, 'imagesPerSecond'> {
  const found = { examples, maxAbsoluteDifference, labelsAgree, agree };
  const difference = small(maxAbsoluteDifference);
  const adapter = adapterIsSoftware ? 'WebGPU on a software adapter' : 'WebGPU';
  if (!agree) {
    const labels = `${examples - labelsAgree} of ${examples} labels differ`;
    const reason = `${pool(workers)}: ${adapter} gives other logits (difference up to ${difference}, ${labels}), so it is not used`;
    return { ...found, chosen: 'wasm', reason };
  }
  const { webgpu, wasm } = imagesPerSecond;
  const agreement = maxAbsoluteDifference === 0 ? 'exactly' : `to ${difference}`;
  return webgpu >= wasm
    ? { ...found, chosen: 'webgpu', reason: `WebGPU agrees with wasm ${agreement}, ${times(webgpu / wasm)} faster` }
    : {
        ...found,
        chosen: 'wasm',
        reason: `${pool(workers)}: ${times(wasm / webgpu)} faster here than ${adapter}, which agrees ${agreement}`,
      };
}

async function timed(scorer: Scorer, examples: number, { signal }: CheckOptions, runs: number) {
  const indices = firstIndices(examples);
  let logits: Logits = { values: new Float32Array(0), classes: 0 };
  let seconds = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    logits = await scorer.score(KEY, KEY, indices, signal === undefined ? {} : { signal });
    seconds = (performance.now() - start) / 1000;
  }
  // The clock has steps of up to 0.1 ms.
  return { logits, imagesPerSecond: examples / Math.max(seconds, 1e-4) };
}

function pool(workers: number): string {
  return `wasm on ${workers} worker${workers === 1 ? '' : 's'}`;
}

/** `2e-6`, `0.3`. */
function small(value: number): string {
  return value < 0.1 ? value.toExponential(0) : value.toPrecision(1);
}

/** `210 ×`, `8.5 ×`, `1.3 ×`. */
function times(ratio: number): string {
  return `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)} ×`;
}
