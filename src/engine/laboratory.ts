import type { Preprocessing } from '../data/index.ts';
import { type Provider, warmWasmWorkers } from '../evaluate/index.ts';
import { type Problem, ProblemError, problemOf } from '../problem/index.ts';
import { applyEvent, emptyFacts, type Facts, idle, type LabEvent, type Progress, type SetRole } from '../results/index.ts';
import { soupMetadata } from '../share/index.ts';
import { type Bench, buildBench } from './bench.ts';
import { openScoreCache } from './cache.ts';
import { type Verification, verifySoup, writeSoup } from './exporting.ts';
import { Machine } from './machine.ts';
import { Meter } from './meter.ts';
import { Mutex } from './mutex.ts';
import { Pantry } from './pantry.ts';
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
  #bench: Bench | undefined;
  #urgent: Urgent[] = [];
  #serving = false;
  /** What the last run scored with. */
  #kit: Kit | undefined;
  /** Files are taken in and benches built one at a time. */
  readonly #intake = new Mutex();
  #running: { readonly abort: AbortController; readonly ended: Promise<Outcome> } | undefined;
  readonly #rows = new Rows((event) => this.#emit(event));
  readonly #pantry = new Pantry(
    this.#meter,
    (event) => this.#emit(event),
    () => this.#dropBench(),
  );

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
      await this.#pantry.take(sorted);
      this.#settleDown();
    });
  }

  async reset(kit?: Facts['kit']): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      this.#dropBench();
      await this.#machine?.closeScorers(undefined);
      this.#rows.clear();
      this.#pantry.clear();
      this.#meter.reset();
      this.#emit(kit === undefined ? { type: 'reset' } : { type: 'reset', kit });
    });
  }

  async removeCheckpoint(id: string): Promise<void> {
    await this.#change(() => {
      this.#pantry.removeCheckpoint(id);
      this.#rows.remove(id);
    });
  }

  async setStanding(id: string, standing: 'ingredient' | 'base' | 'excluded'): Promise<void> {
    await this.#change(() => {
      this.#pantry.setStanding(id, standing);
      if (standing !== 'ingredient') this.#rows.remove(id);
    });
  }

  async removeSet(id: string): Promise<void> {
    await this.#change(() => {
      this.#pantry.removeSet(id);
      this.#rows.restart();
    });
  }

  async setRole(id: string, role: SetRole): Promise<void> {
    await this.#change(() => this.#pantry.setRole(id, role));
  }

  async setPreprocessing(id: string, preprocessing: Preprocessing): Promise<void> {
    await this.#change(() => {
      this.#pantry.setPreprocessing(id, preprocessing);
      this.#rows.restart();
    });
  }

  /** Stops the run, changes what is there, and fits the rest to it. */
  async #change(change: () => void): Promise<void> {
    await this.#stop();
    await this.#intake.run(async () => {
      change();
      await this.#pantry.refit();
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
    const soup = this.#facts.rows.find((one) => one.id === row && one.kind === 'soup');
    if (soup === undefined || soup.cooking) {
      throw new ProblemError({ kind: 'usage', text: `There is no soup "${row}" to export`, remedy: 'Cook it first.' });
    }
    return this.#intake.run(async () => {
      this.#say('exporting', `Writing the ${soup.name} soup`);
      try {
        return await writeSoup(await this.#openBench(true), soup.weighting, soupMetadata(this.#facts, soup));
      } finally {
        this.#emit({ type: 'cost', cost: this.#meter.snapshot() });
        this.#settleDown();
      }
    });
  }

  async verifyExport(row: string, set: string): Promise<Verification> {
    const files = await this.exportSoup(row);
    const held = this.#pantry.held(set);
    const weighting = this.#rows.get(row)?.weighting;
    if (held === undefined || weighting === undefined || this.#kit === undefined) throw new Error(`Nothing to verify: ${row} on ${set}`);
    return verifySoup(files, held, await openEntry(this.#kit, weighting, held));
  }

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
        const refused = problem?.kind === 'not-finite' ? this.#pantry.refuse(problem) : undefined;
        if (refused !== undefined) {
          this.#rows.remove(refused);
          continue;
        }
        if (!(this.#machine?.lost === true || problem?.kind === 'device-lost') || losses >= RECOVERIES) throw thrown;
        losses += 1;
        this.#say('opening', 'The GPU device was lost; opening it again and going on from what is known');
        await this.#closeAll();
      }
    }
  }

  /** Everything that a run needs, opened; `undefined` when there is nothing to run yet. */
  async #plan(signal: AbortSignal, requests: readonly SoupRequest[]): Promise<RunPlan | undefined> {
    await this.#pantry.refit();
    const rows = this.#rows;
    const { select, reports } = this.#pantry;
    const { names, ingredients, base } = this.#pantry.standing();
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

  /** The bench of the checkpoints as they are, built if need be. */
  async #openBench(greedy: boolean): Promise<Bench> {
    const machine = this.#machine;
    if (machine === undefined) throw new Error('The engine is not connected');
    if (machine.lost) await this.#closeAll();
    const kitchen = await machine.openKitchen();
    if (this.#bench !== undefined) return this.#bench;
    const { aligned } = this.#pantry;
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
    return { machine, larder: bench.larder, scorer, book: this.#book, meter: this.#meter, identity: (id) => this.#pantry.identity(id) };
  }

  async #measureProviders(bench: Bench, ingredients: readonly string[], first: Held | undefined): Promise<boolean> {
    const machine = this.#machine;
    const [one] = ingredients;
    if (machine === undefined || one === undefined || first === undefined || !machine.checkPending) return false;
    this.#say('opening', 'Running the same examples through WebGPU and wasm, to take the faster one');
    return machine.measureProviders({ larder: bench.larder, weighting: { [one]: 1 }, set: first.keyed });
  }

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
