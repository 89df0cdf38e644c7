import { needsDecoding, type Preprocessing, parsePreprocessorConfig } from '../data/index.ts';
import { type Provider, scoreOrdinary, warmWasmWorkers } from '../evaluate/index.ts';
import { spliceModel } from '../onnx/index.ts';
import { type Problem, ProblemError, problemOf } from '../problem/index.ts';
import { applyEvent, emptyFacts, type Facts, idle, type LabEvent, type Progress, type SetRole, type TensorFact } from '../results/index.ts';
import { soupMetadata } from '../share/index.ts';
import { type Bench, buildBench } from './bench.ts';
import { openScoreCache } from './cache.ts';
import { type AlignedCheckpoints, alignAll, type Checkpoint, readCheckpoint } from './checkpoints.ts';
import { beginSet, fitSet, type HeldOut, sharedProblem } from './heldOut.ts';
import { Machine } from './machine.ts';
import { Meter } from './meter.ts';
import { Mutex } from './mutex.ts';
import { Rows } from './rows.ts';
import { cookByHand, executeRun, type RunPlan } from './run.ts';
import { type Held, type Kit, openEntry } from './score.ts';
import { Scorebook } from './scorebook.ts';
import { sortFiles } from './shelf.ts';
import type { Engine, ExportedFile, LabFile, LabOptions, SoupRequest } from './types.ts';
import { members } from './weighting.ts';

/** How often a lost device is opened again within one run before the run gives up. */
const RECOVERIES = 3;

type Outcome = 'done' | 'cancelled' | 'failed';

interface Urgent {
  readonly request: SoupRequest;
  readonly settle: (outcome: Outcome) => void;
}

/** The engine itself, inside the worker: files, sets, the machine and the run now under way. */
export class Laboratory implements Engine {
  #options: LabOptions = { provider: 'auto', memoryBytes: 2e9, seed: 0, cache: true };
  #onEvent: (event: LabEvent) => unknown = () => undefined;
  #delivery: Promise<unknown> = Promise.resolve();
  #facts: Facts = emptyFacts();
  #machine: Machine | undefined;
  #meter = new Meter();
  #book = new Scorebook(undefined);
  #checkpoints: Checkpoint[] = [];
  /** The files behind the checkpoints, for reading one again when its missing part arrives. */
  #modelFiles: readonly LabFile[] = [];
  #aligned: AlignedCheckpoints | undefined;
  #bench: Bench | undefined;
  #sets: HeldOut[] = [];
  /** Files that are neither: external data of a model that may come later. */
  #loose: LabFile[] = [];
  #config: Preprocessing | undefined;
  readonly #allowedCopies = new Set<string>();
  #urgent: Urgent[] = [];
  /** Files are taken in and benches built one at a time. */
  readonly #intake = new Mutex();
  #running: { readonly abort: AbortController; readonly ended: Promise<Outcome> } | undefined;
  readonly #rows = new Rows((event) => this.#emit(event));

  async connect(onEvent: (event: LabEvent) => void, options: LabOptions): Promise<void> {
    this.#onEvent = onEvent;
    const first = this.#machine === undefined;
    const provider = this.#options.provider;
    this.#options = options;
    if (first) {
      this.#book = new Scorebook(options.cache ? await openScoreCache() : undefined);
      this.#machine = new Machine(
        options,
        this.#meter,
        (hardware) => this.#emit({ type: 'hardware', hardware }),
        (problem) => this.#emit({ type: 'problem', problem }),
      );
      // The runtime loads while the files are still being read.
      if (options.provider !== 'webgpu') warmWasmWorkers(this.#machine.workers);
      // Opened early because it takes a while; whoever needs it first hears of a failure.
      void this.#machine.openKitchen().catch(() => undefined);
      return;
    }
    await this.#stop();
    this.#dropBench();
    if (provider !== options.provider) this.#machine?.force(options.provider);
  }

  async add(files: readonly LabFile[]): Promise<void> {
    const sorted = sortFiles(files);
    if (sorted.models.length > 0 || sorted.others.length > 0) await this.#stop();
    await this.#intake.run(async () => {
      this.#say('reading', 'Reading the files');
      for (const file of sorted.preprocessors) await this.#takeConfig(file);
      this.#loose.push(...sorted.others);
      const before = this.#checkpoints.length;
      await this.#takeModels(sorted.models);
      this.#explainLoose(sorted.others, before);
      for (const group of sorted.sets) this.#takeSet(group);
      await this.#refit();
      this.#settleDown();
    });
  }

  /** Problems that have no place in the table (a file that is nothing we know) go to the list. */
  #explainLoose(files: readonly LabFile[], before: number): void {
    const models = this.#checkpoints.slice(before);
    const wanted = this.#checkpoints.some((one) => one.fact.problems.some((problem) => problem.kind === 'external-missing'));
    if (wanted || models.length > 0) return;
    for (const file of files) {
      this.#warn({
        kind: 'not-a-dataset',
        file: file.path,
        text: `${file.path} is neither an ONNX model nor held-out data that the lab reads`,
        remedy:
          'Drop .onnx checkpoints with their external data, and data as .npz, a pair of IDX files, or class folders of images (or a zip of them).',
      });
    }
  }

  async #takeConfig(file: LabFile): Promise<void> {
    let json: unknown;
    try {
      json = JSON.parse(await file.blob.text());
    } catch (error) {
      this.#warn({
        kind: 'preprocessing',
        file: file.path,
        text: `${file.path} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
        remedy: 'Drop the preprocessor_config.json that came with the model.',
      });
      return;
    }
    const parsed = parsePreprocessorConfig(json);
    if ('text' in parsed) {
      this.#warn({ ...parsed, file: file.path });
      return;
    }
    this.#config = parsed;
    for (const set of this.#sets) {
      if (set.preprocessing?.source === 'kit' || set.preprocessing?.source === 'edited') continue;
      set.preprocessing = { value: parsed, source: 'preprocessor_config.json' };
    }
  }

  async #takeModels(files: readonly LabFile[]): Promise<void> {
    // A missing part may have come now: such a model is read again.
    const again = this.#checkpoints.filter((one) => one.fact.problems.some((problem) => problem.kind === 'external-missing'));
    const pending = this.#modelFiles.filter((file) => again.some((one) => one.fact.name === file.path));
    this.#checkpoints = this.#checkpoints.filter((one) => !again.includes(one));
    for (const one of again) this.#emit({ type: 'checkpoint-removed', id: one.fact.id });
    const taken = new Set(this.#checkpoints.map((one) => one.fact.id));
    for (const file of [...pending, ...files]) {
      const checkpoint = await readCheckpoint(file, this.#loose, this.#meter, taken);
      taken.add(checkpoint.fact.id);
      this.#checkpoints.push(checkpoint);
      this.#emit({ type: 'checkpoint', checkpoint: checkpoint.fact });
    }
    this.#modelFiles = [...this.#modelFiles, ...files];
    if (files.length + pending.length > 0) this.#aligned = undefined;
  }

  #takeSet(files: readonly LabFile[]): void {
    const set = beginSet(files, this.#config, new Set(this.#sets.map((one) => one.id)));
    this.#sets.push(set);
    this.#emit({ type: 'set', set: set.fact });
  }

  /** Aligns what is new and fits every set to the model's input. */
  async #refit(): Promise<void> {
    if (this.#aligned === undefined && this.#checkpoints.length > 0) {
      this.#dropBench();
      this.#aligned = await alignAll(this.#checkpoints, this.#meter, this.#allowedCopies);
      for (const one of this.#checkpoints) this.#emit({ type: 'checkpoint', checkpoint: one.fact });
      const { tensors, differences } = this.#aligned.alignment;
      const facts = tensors.map(({ name, dataType, dims, fate }): TensorFact => ({ name, dataType, dims, fate }));
      this.#emit({ type: 'aligned', tensors: facts, differences });
      for (const set of this.#sets) set.held = set.triedWith = undefined;
    }
    const model = this.#aligned?.group[0]?.model;
    const fresh = this.#sets.filter((set) => set.held === undefined && (set.triedWith === undefined || set.triedWith.model !== model));
    for (const set of fresh) {
      const others = this.#sets.filter((one) => one !== set);
      await fitSet(set, model, others);
      set.triedWith = { model };
    }
    const select = this.#sets.find((set) => set.role === 'select' && set.dataset !== undefined);
    for (const set of this.#sets) {
      if (!fresh.includes(set) && (select === undefined || !fresh.includes(select))) continue;
      const shared = select !== undefined && set.role === 'report' ? sharedProblem(select, set) : undefined;
      const others = set.fact.problems.filter((one) => one.kind !== 'shared-examples');
      set.fact = { ...set.fact, problems: shared === undefined ? others : [...others, shared] };
      this.#emit({ type: 'set', set: set.fact });
    }
    this.#emit({ type: 'cost', cost: this.#meter.snapshot() });
  }

  async reset(kit?: Facts['kit']): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      this.#dropBench();
      await this.#machine?.closeScorers(undefined);
      this.#rows.clear();
      this.#checkpoints = [];
      this.#modelFiles = [];
      this.#sets = [];
      this.#loose = [];
      this.#config = undefined;
      this.#aligned = undefined;
      this.#allowedCopies.clear();
      this.#meter.reset();
      this.#emit(kit === undefined ? { type: 'reset' } : { type: 'reset', kit });
    });
  }

  async removeCheckpoint(id: string): Promise<void> {
    await this.#changeCheckpoints(() => {
      const gone = this.#checkpoints.find((one) => one.fact.id === id);
      this.#checkpoints = this.#checkpoints.filter((one) => one !== gone);
      this.#modelFiles = this.#modelFiles.filter((file) => file.path !== gone?.fact.name);
      this.#aligned = undefined;
      this.#rows.remove(id);
      this.#emit({ type: 'checkpoint-removed', id });
    });
  }

  async setStanding(id: string, standing: 'ingredient' | 'base' | 'excluded'): Promise<void> {
    await this.#changeCheckpoints(() => {
      for (const one of this.#checkpoints) {
        if (one.fact.id === id && one.fact.standing !== 'refused') one.fact = { ...one.fact, standing };
        else if (standing === 'base' && one.fact.standing === 'base') one.fact = { ...one.fact, standing: 'ingredient' };
        else continue;
        this.#emit({ type: 'checkpoint', checkpoint: one.fact });
      }
      if (standing === 'ingredient') this.#allowedCopies.add(id);
      if (standing !== 'ingredient') this.#rows.remove(id);
    });
  }

  async #changeCheckpoints(change: () => void): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      change();
      await this.#refit();
    });
  }

  async removeSet(id: string): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      this.#sets = this.#sets.filter((set) => set.id !== id);
      this.#emit({ type: 'set-removed', id });
      this.#rows.restart();
    });
  }

  async setRole(id: string, role: SetRole): Promise<void> {
    await this.#changeSet(id, (set) => {
      for (const other of this.#sets) {
        // One set chooses; the one that did now reports.
        if (role !== 'select' || other === set || other.role !== 'select') continue;
        other.role = 'report';
        other.held = undefined;
        other.triedWith = undefined;
      }
      set.role = role;
      set.roleKnown = true;
      set.lacksLabels = false;
    });
  }

  async setPreprocessing(id: string, preprocessing: Preprocessing): Promise<void> {
    await this.#changeSet(id, (set) => {
      // Pictures were decoded at the old size.
      if (set.dataset !== undefined && needsDecoding(set.dataset, preprocessing)) set.dataset = undefined;
      set.preprocessing = { value: preprocessing, source: 'edited' };
      this.#rows.restart();
    });
  }

  async #changeSet(id: string, change: (set: HeldOut) => void): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      const set = this.#sets.find((one) => one.id === id);
      if (set === undefined) return;
      change(set);
      set.held = undefined;
      set.triedWith = undefined;
      await this.#refit();
    });
  }

  async run(requests: readonly SoupRequest[]): Promise<Outcome> {
    await this.#stop();
    return this.#start((signal) => this.#recovering(signal, (plan) => executeRun(plan), requests));
  }

  async cookNow(request: SoupRequest): Promise<Outcome> {
    for (const older of this.#urgent.filter((one) => one.request.row === request.row)) older.settle('cancelled');
    this.#urgent = this.#urgent.filter((one) => one.request.row !== request.row);
    const promise = new Promise<Outcome>((settle) => this.#urgent.push({ request, settle }));
    if (this.#running === undefined) {
      void this.#start((signal) =>
        this.#recovering(
          signal,
          async (plan) => {
            await this.#serveUrgent(plan);
            return 'done';
          },
          [],
        ),
      );
    }
    return promise;
  }

  async cancel(): Promise<void> {
    if (this.#running !== undefined) this.#say('cancelling', 'Stopping after this batch');
    await this.#stop();
    this.#settleDown();
  }

  async forceProvider(provider: 'auto' | Provider): Promise<void> {
    await this.#stop();
    this.#options = { ...this.#options, provider };
    this.#dropBench();
    await this.#machine?.closeScorers(undefined);
    this.#machine?.force(provider);
    this.#rows.restart();
  }

  async loseDevice(): Promise<void> {
    this.#machine?.loseDevice();
  }

  async exportSoup(row: string): Promise<readonly ExportedFile[]> {
    const fact = this.#rows.get(row);
    const told = this.#facts.rows.find((one) => one.id === row);
    if (fact === undefined || told === undefined || fact.kind !== 'soup') {
      throw new ProblemError({ kind: 'usage', text: `There is no soup "${row}" to export`, remedy: 'Cook it first.' });
    }
    return this.#intake.run(async () => {
      this.#say('exporting', `Writing the ${fact.name} soup`);
      try {
        const bench = await this.#openBench(true);
        const never = new AbortController().signal;
        const { tensors } = bench.aligned.alignment;
        // Each tensor is read back once and handed to the browser's blob store at once.
        const parts = await bench.larder.tensors(fact.weighting, never, (name, bytes) => ({ name, blob: new Blob([bytes]) }));
        const first = bench.aligned.group.findIndex((one) => members(fact.weighting).includes(one.fact.id));
        const model = bench.aligned.group[Math.max(0, first)]?.model ?? bench.reference;
        const replacements = new Map(
          parts.map(({ name, blob }) => [tensors.find((one) => one.name === name)?.perCheckpoint[Math.max(0, first)]?.name ?? name, blob]),
        );
        return spliceModel(model, replacements, soupMetadata(this.#facts, told), { fileName: 'soup.onnx' });
      } finally {
        this.#emit({ type: 'cost', cost: this.#meter.snapshot() });
        this.#settleDown();
      }
    });
  }

  async verifyExport(
    row: string,
    set: string,
  ): Promise<{ readonly correct: number; readonly n: number; readonly maxLogitDifference: number }> {
    const [model, ...external] = await this.exportSoup(row);
    const held = this.#sets.find((one) => one.id === set)?.held;
    const weighting = this.#rows.get(row)?.weighting;
    const kit = this.#kit;
    if (model === undefined || held === undefined || weighting === undefined || kit === undefined)
      throw new Error(`Nothing to verify: ${row} on ${set}`);
    const bytes = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
    const externalData = await Promise.all(external.map(async ({ name, blob }) => ({ path: name, data: await bytes(blob) })));
    const logits = await scoreOrdinary({ model: await bytes(model.blob), externalData }, held.keyed.set);
    const entry = await openEntry(kit, weighting, held);
    let correct = 0;
    let maxLogitDifference = 0;
    const { classes, values } = logits;
    for (let i = 0; i < held.fact.n; i++) {
      let best = 0;
      for (let c = 0; c < classes; c++) {
        const value = values[i * classes + c] ?? Number.NaN;
        if (value > (values[i * classes + best] ?? 0)) best = c;
        if (entry.logits !== undefined && entry.predicted[i] !== -1)
          maxLogitDifference = Math.max(maxLogitDifference, Math.abs(value - (entry.logits[i * classes + c] ?? 0)));
      }
      if (best === held.fact.labels?.[i]) correct += 1;
    }
    return { correct, n: held.fact.n, maxLogitDifference };
  }

  // ------------------------------------------------------------------------------------------------- the run

  #kit: Kit | undefined;

  /** Starts work as the run now under way and tells how it ended. Never rejects. */
  #start(work: (signal: AbortSignal) => Promise<unknown>): Promise<Outcome> {
    const abort = new AbortController();
    const ended = (async (): Promise<Outcome> => {
      try {
        await this.#meter.time('total', () => work(abort.signal));
        return 'done';
      } catch (thrown) {
        if (abort.signal.aborted) return 'cancelled';
        const problem = problemOf(thrown) ?? unexpected(thrown);
        this.#warn(problem);
        // What failed to score may have left a session half alive: the next run opens everything anew.
        if (problem.kind === 'evaluation' || problem.kind === 'device-lost') await this.#closeAll().catch(() => undefined);
        return 'failed';
      }
    })().then(async (outcome) => {
      // What could not be measured (a session that has just gone) is left out of the account.
      await this.#machine?.account().catch(() => undefined);
      this.#emit({ type: 'cost', cost: this.#meter.snapshot() });
      if (this.#running?.abort === abort) this.#running = undefined;
      for (const urgent of this.#urgent.splice(0)) urgent.settle(outcome === 'done' ? 'cancelled' : outcome);
      this.#settleDown();
      return outcome;
    });
    this.#running = { abort, ended };
    return ended;
  }

  /** Stops the run now under way, between batches; what it found stays. */
  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.abort.abort(new DOMException('Cancelled', 'AbortError'));
    await running.ended;
  }

  /** Works on a fresh plan; begins again after a lost device, a measured provider, or a checkpoint that had to be refused. */
  async #recovering(
    signal: AbortSignal,
    work: (plan: RunPlan) => Promise<'done' | 'start over'>,
    requests: readonly SoupRequest[],
  ): Promise<void> {
    for (let losses = 0; ; ) {
      try {
        const plan = await this.#intake.run(() => this.#plan(signal, requests));
        if (plan === undefined || (await work(plan)) === 'done') return;
        this.#rows.restart();
      } catch (thrown) {
        signal.throwIfAborted();
        const problem = problemOf(thrown);
        if (problem?.kind === 'not-finite' && this.#refuse(problem)) continue;
        if (!(this.#machine?.lost === true || problem?.kind === 'device-lost') || losses >= RECOVERIES) throw thrown;
        losses += 1;
        this.#say('opening', 'The GPU device was lost; opening it again and going on from what is known');
        await this.#closeAll();
      }
    }
  }

  /** Takes a checkpoint out that turned out to be broken. True if one was found. */
  #refuse(problem: Problem): boolean {
    const broken = this.#checkpoints.find((one) => one.fact.name === problem.file);
    if (broken === undefined || broken.fact.standing === 'refused') return false;
    broken.fact = { ...broken.fact, standing: 'refused', problems: [...broken.fact.problems, problem] };
    this.#emit({ type: 'checkpoint', checkpoint: broken.fact });
    this.#rows.remove(broken.fact.id);
    this.#aligned = undefined;
    this.#dropBench();
    return true;
  }

  /** Everything that a run needs, opened; `undefined` when there is nothing to run yet. */
  async #plan(signal: AbortSignal, requests: readonly SoupRequest[]): Promise<RunPlan | undefined> {
    await this.#refit();
    const { rows, names, ingredients, base } = this.#standing();
    const select = this.#sets.find((set) => set.role === 'select')?.held;
    const reports = this.#sets.filter((set) => set.role === 'report').flatMap((set) => (set.held === undefined ? [] : [set.held]));
    if (ingredients.length < 2) {
      for (const row of rows.all) rows.remove(row.id);
      return undefined;
    }
    this.#say('opening', 'Opening the GPU and the sessions');
    const bench = await this.#openBench(requests.some((one) => one.recipe === 'greedy'));
    for (const id of [...ingredients, ...(base === undefined ? [] : [base])]) await bench.larder.stock(id, signal);
    const kit = await this.#openKit(bench, ingredients, select ?? reports[0]);
    this.#kit = kit;
    const known = new Set([...ingredients, ...(base === undefined ? [] : [base])]);
    for (const row of rows.all) if (!members(row.weighting).every((id) => known.has(id))) rows.remove(row.id);
    const plan: RunPlan = {
      kit,
      rows,
      ingredients,
      names,
      base,
      select,
      reports,
      requests,
      signal,
      onProgress: (progress) => this.#emit({ type: 'progress', progress }),
      between: () => this.#serveUrgent(plan),
      measured: () => this.#measureProviders(bench, ingredients, select ?? reports[0]),
    };
    return plan;
  }

  #standing() {
    const group = this.#aligned?.group ?? [];
    const names = new Map(this.#checkpoints.map((one) => [one.fact.id, one.fact.name]));
    const ingredients = group.filter((one) => one.fact.standing === 'ingredient').map((one) => one.fact.id);
    const base = group.find((one) => one.fact.standing === 'base')?.fact.id;
    return { rows: this.#rows, names, ingredients, base };
  }

  /** The bench of the checkpoints as they are, built if need be. */
  async #openBench(greedy: boolean): Promise<Bench> {
    const machine = this.#machine;
    if (machine === undefined) throw new Error('The engine is not connected');
    if (machine.lost) await this.#closeAll();
    const kitchen = await machine.openKitchen();
    if (this.#bench !== undefined) return this.#bench;
    const aligned = this.#aligned;
    if (aligned === undefined) throw new Error('There are no checkpoints to average');
    const { provider: forced, memoryBytes, streamed = false } = this.#options;
    const provider = forced === 'auto' ? (machine.adapter === undefined || machine.adapter.software ? 'wasm' : 'webgpu') : forced;
    this.#bench = await buildBench(
      aligned,
      kitchen,
      { budgetBytes: memoryBytes, provider, workers: machine.workers, greedy, streamed },
      this.#meter,
    );
    this.#emit({ type: 'memory', memory: this.#bench.plan });
    return this.#bench;
  }

  async #openKit(bench: Bench, ingredients: readonly string[], first: Held | undefined): Promise<Kit> {
    const machine = this.#machine;
    const [one] = ingredients;
    if (machine === undefined || one === undefined) throw new Error('The engine is not connected');
    const scorer = await machine.openScorer(bench.template, bench.sessions, {
      larder: bench.larder,
      weighting: { [one]: 1 },
      set: first?.keyed,
    });
    const identities = new Map(this.#checkpoints.map(({ fact }) => [fact.id, fact.sha256 ?? fact.fingerprint]));
    return { machine, larder: bench.larder, scorer, book: this.#book, meter: this.#meter, identity: (id) => identities.get(id) ?? id };
  }

  async #measureProviders(bench: Bench, ingredients: readonly string[], first: Held | undefined): Promise<boolean> {
    const machine = this.#machine;
    const [one] = ingredients;
    if (machine === undefined || one === undefined || first === undefined || !machine.checkPending) return false;
    this.#say('opening', 'Running the same examples through WebGPU and wasm, to take the faster one');
    return machine.measureProviders({ larder: bench.larder, weighting: { [one]: 1 }, set: first.keyed });
  }

  #serving = false;

  /** Serves soups by hand between blocks; a newer wish for the same row overtakes an older one. */
  async #serveUrgent(plan: RunPlan): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    try {
      for (let urgent = this.#urgent.shift(); urgent !== undefined; urgent = this.#urgent.shift()) {
        const { request, settle } = urgent;
        try {
          const done = await cookByHand(plan, request, () => this.#urgent.some((one) => one.request.row === request.row));
          settle(done ? 'done' : 'cancelled');
        } catch (thrown) {
          if (problemOf(thrown)?.kind !== 'recipe') {
            this.#urgent.unshift(urgent);
            throw thrown;
          }
          this.#warn(problemOf(thrown) ?? unexpected(thrown));
          settle('failed');
        }
      }
    } finally {
      this.#serving = false;
    }
  }

  // ------------------------------------------------------------------------------------------------- small things

  #dropBench(): void {
    this.#bench?.larder.close();
    this.#bench = undefined;
  }

  /** After a loss: nothing on the device can be used or freed any more. */
  async #closeAll(): Promise<void> {
    await this.#machine?.closeScorers(this.#bench?.larder);
    this.#dropBench();
  }

  #emit(event: LabEvent): void {
    this.#facts = applyEvent(this.#facts, event);
    // Behind Comlink's proxy this is a promise: resolved when the page has taken the event in.
    this.#delivery = Promise.all([this.#delivery, this.#onEvent(event)]);
  }

  /** Resolves when every event so far has reached the page. */
  async delivered(): Promise<void> {
    await this.#delivery;
  }

  #warn(problem: Problem): void {
    this.#emit({ type: 'problem', problem });
  }

  #say(phase: Progress['phase'], doing: string): void {
    this.#emit({ type: 'progress', progress: { ...this.#facts.progress, phase, doing } });
  }

  #settleDown(): void {
    if (this.#running === undefined) this.#emit({ type: 'progress', progress: idle });
  }
}

function unexpected(thrown: unknown): Problem {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    kind: 'evaluation',
    text: `The run stopped: ${text}`,
    remedy: 'Run it again; results so far are kept. If it happens again, force the other provider in the header.',
  };
}
