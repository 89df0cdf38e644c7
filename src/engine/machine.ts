import type { PreparedSet } from '../data/index.ts';
import { checkProviders, openWasmScorer, openWebgpuScorer, type Provider, type ProviderCheck, type Scorer } from '../evaluate/index.ts';
import { checkAveraging, type Gpu, type Kitchen, openGpu, plainKitchen, webgpuKitchen } from '../gpu/index.ts';
import type { Template } from '../onnx/index.ts';
import { type Problem, problemOf } from '../problem/index.ts';
import type { Weighting } from '../recipes/index.ts';
import type { HardwareFact } from '../results/index.ts';
import type { Larder } from './larder.ts';
import type { Meter } from './meter.ts';
import type { LabOptions } from './types.ts';

/** A set as the machine knows it: the key changes with the preprocessing. */
export interface KeyedSet {
  readonly key: string;
  readonly set: PreparedSet;
}

/** What the choice of a provider is measured on. */
interface Measure {
  readonly larder: Larder;
  readonly weighting: Weighting;
  /** Undefined where there is no held-out data to measure with: then the adapter's kind decides. */
  readonly set: KeyedSet | undefined;
}

/** The GPU, the kitchen and the sessions of this tab, opened once and opened again after a loss. */
export class Machine {
  #gpu: Gpu | undefined;
  #kitchen: Kitchen | undefined;
  #template: Template | undefined;
  #sessions = 1;
  readonly #scorers = new Map<Provider, Scorer>();
  readonly #sets = new Map<Scorer, Set<string>>();
  readonly #options: LabOptions;
  readonly #meter: Meter;
  readonly #emit: (hardware: HardwareFact) => void;
  readonly #warn: (problem: Problem) => void;
  #forced: 'auto' | Provider;
  #fact: HardwareFact;
  #lost = false;

  constructor(options: LabOptions, meter: Meter, emit: (hardware: HardwareFact) => void, warn: (problem: Problem) => void) {
    this.#options = options;
    this.#meter = meter;
    this.#emit = emit;
    this.#warn = warn;
    this.#forced = options.provider;
    this.#fact = { averaging: 'plain', forced: options.provider, provider: undefined, checking: false, workers: this.workers };
  }

  get workers(): number {
    return this.#options.workers ?? Math.min(8, Math.max(1, navigator.hardwareConcurrency || 1));
  }

  /** The device was lost since the last `openKitchen`; everything on it is gone. */
  get lost(): boolean {
    return this.#lost;
  }

  get provider(): Provider | undefined {
    return this.#fact.provider;
  }

  /** True while the provider was taken by the adapter's name and has still to be measured. */
  get checkPending(): boolean {
    return this.#fact.checking;
  }

  get adapter(): Gpu['facts'] | undefined {
    return this.#gpu?.facts;
  }

  /** Opens device and kitchen, if they are not open, and checks averaging against float64. */
  async openKitchen(): Promise<Kitchen> {
    if (this.#kitchen !== undefined && !this.#lost) return this.#kitchen;
    this.#kitchen?.close();
    const gpu = await openGpu();
    this.#lost = false;
    this.#gpu = gpu;
    if (gpu !== undefined) void gpu.lost.then(() => this.#onLost(gpu));
    let kitchen = gpu === undefined ? plainKitchen() : webgpuKitchen(gpu);
    let averagingCheck = await checkAveraging(kitchen);
    if (!averagingCheck.ok && gpu !== undefined) {
      // A compiler that breaks compensated sums can't break integers: slower, and right.
      kitchen.close();
      kitchen = webgpuKitchen(gpu, { careful: true });
      averagingCheck = await checkAveraging(kitchen);
    }
    this.#kitchen = kitchen;
    const adapter = gpu === undefined ? {} : { adapter: gpu.facts };
    this.#tell({ ...adapter, averaging: kitchen.backend, averagingCheck });
    return kitchen;
  }

  #onLost(gpu: Gpu): void {
    if (this.#gpu === gpu) this.#lost = true;
  }

  /** Destroys the device, as a driver crash would. */
  loseDevice(): void {
    this.#gpu?.device.destroy();
  }

  /** Which provider to use from now on. Sessions of the other one are closed at the next `openScorer`. */
  force(provider: 'auto' | Provider): void {
    this.#forced = provider;
    this.#tell({ forced: provider, checking: false, provider: undefined });
  }

  /** The scorer for a template: the forced one, or the one that measuring found faster. Reopens after a loss or for another template. */
  async openScorer(template: Template, sessions: number, measure: Measure): Promise<Scorer> {
    if (this.#template !== template) await this.closeScorers(measure.larder);
    this.#template = template;
    this.#sessions = sessions;
    const provider = this.#fact.provider;
    const open = provider === undefined ? undefined : this.#scorers.get(provider);
    if (open !== undefined) return open;
    return this.#choose(measure);
  }

  async #choose(measure: Measure): Promise<Scorer> {
    if (this.#gpu === undefined || this.#forced === 'wasm') return this.#use('wasm');
    if (this.#forced === 'webgpu') return this.#use('webgpu');
    if (this.#gpu.facts.software) {
      // A software adapter has never been the faster one; begin, and let `measureProviders` confirm or overturn it shortly.
      const scorer = await this.#use('wasm');
      this.#tell({ checking: measure.set !== undefined && measure.larder.canCompare });
      return scorer;
    }
    // Streamed weights don't fit twice: then the kind of the adapter decides, and no check is shown.
    if (measure.set === undefined || !measure.larder.canCompare) return this.#use('webgpu');
    return this.#use(await this.#measure(measure));
  }

  /** Runs the same examples through both providers and takes the faster. Told by a `hardware` event. True when the provider changed. */
  async measureProviders(measure: Measure): Promise<boolean> {
    const before = this.#fact.provider;
    const chosen = await this.#measure(measure);
    if (chosen !== before) await this.#use(chosen);
    const other = chosen === 'wasm' ? 'webgpu' : 'wasm';
    await this.#closeScorer(other, measure.larder);
    return chosen !== before;
  }

  async #measure({ larder, weighting, set }: Measure): Promise<Provider> {
    if (set === undefined) return this.#fact.provider ?? 'wasm';
    this.#tell({ checking: true });
    const software = this.#gpu?.facts.software ?? true;
    const never = new AbortController().signal;
    try {
      const wasm = await this.#scorer('wasm');
      const webgpu = await this.#scorer('webgpu');
      const check: ProviderCheck = await larder.bothWays(weighting, never, (weights) =>
        checkProviders({ webgpu, wasm, weights, set: set.set, adapterIsSoftware: software, workers: this.#sessions }),
      );
      this.#tell({ check, checking: false });
      return check.chosen;
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (problem?.kind === 'device-lost') throw thrown;
      this.#tell({ checking: false });
      this.#warn({
        kind: 'evaluation',
        text: `WebGPU can't run this network here: ${problem?.text ?? (thrown instanceof Error ? thrown.message : String(thrown))}`,
        remedy: 'Scores come from the wasm provider instead; nothing is lost but speed.',
      });
      await this.#closeScorer('webgpu', larder);
      return 'wasm';
    }
  }

  async #use(provider: Provider): Promise<Scorer> {
    const scorer = await this.#scorer(provider);
    this.#tell({ provider });
    return scorer;
  }

  async #scorer(provider: Provider): Promise<Scorer> {
    const open = this.#scorers.get(provider);
    if (open !== undefined) return open;
    const template = this.#template;
    if (template === undefined) throw new Error('No template to open a session of');
    const scorer = provider === 'wasm' ? await openWasmScorer({ template, workers: this.#sessions }) : await this.#openWebgpu(template);
    this.#scorers.set(provider, scorer);
    this.#sets.set(scorer, new Set());
    this.#meter.sessions(scorer.sessionsCreated);
    return scorer;
  }

  async #openWebgpu(template: Template): Promise<Scorer> {
    const gpu = this.#gpu;
    if (gpu === undefined) throw new Error('No WebGPU adapter');
    return openWebgpuScorer({ template, device: gpu.device, adapterIsSoftware: gpu.facts.software, takeErrors: () => gpu.takeErrors() });
  }

  async #addSet(scorer: Scorer, { key, set }: KeyedSet): Promise<void> {
    const known = this.#sets.get(scorer);
    if (known === undefined || known.has(key)) return;
    await scorer.addSet(key, set);
    known.add(key);
  }

  /** Makes a set known to a scorer before it is scored. */
  ready(scorer: Scorer, set: KeyedSet): Promise<void> {
    return this.#addSet(scorer, set);
  }

  async #closeScorer(provider: Provider, larder: Larder | undefined): Promise<void> {
    const scorer = this.#scorers.get(provider);
    if (scorer === undefined) return;
    this.#scorers.delete(provider);
    this.#sets.delete(scorer);
    larder?.forget(scorer);
    await scorer.close();
  }

  /** Closes every session; the next `openScorer` chooses anew. */
  async closeScorers(larder: Larder | undefined): Promise<void> {
    for (const provider of [...this.#scorers.keys()]) await this.#closeScorer(provider, larder);
    this.#template = undefined;
    this.#tell({ provider: undefined, checking: false });
  }

  /** Notes how much the sessions hold now. */
  async account(): Promise<void> {
    for (const scorer of this.#scorers.values()) {
      const { wasmBytes, jsBytes } = await scorer.memory();
      this.#meter.peak({ wasm: wasmBytes, js: jsBytes });
    }
  }

  #tell(change: Partial<HardwareFact>): void {
    this.#fact = { ...this.#fact, ...change };
    this.#emit(this.#fact);
  }
}
