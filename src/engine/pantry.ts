import { needsDecoding, type Preprocessing, parsePreprocessorConfig } from '../data/index.ts';
import type { Problem } from '../problem/index.ts';
import type { LabEvent, SetRole, TensorFact } from '../results/index.ts';
import { type AlignedCheckpoints, alignAll, type Checkpoint, readCheckpoint } from './checkpoints.ts';
import { beginSet, fitSet, type HeldOut, sharedProblem } from './heldOut.ts';
import type { Meter } from './meter.ts';
import type { Held } from './score.ts';
import type { Sorted } from './shelf.ts';
import type { LabFile } from './types.ts';

/**
 * What was dropped: checkpoints, how they fit together, and held-out sets fitted to their input. Knows nothing of GPUs and runs. Every change
 * is told as events; `onRealign` says that whatever was built on the old alignment is void.
 */
export class Pantry {
  #checkpoints: Checkpoint[] = [];
  /** The files behind the checkpoints, for reading one again when its missing part arrives. */
  #modelFiles: readonly LabFile[] = [];
  #aligned: AlignedCheckpoints | undefined;
  #sets: HeldOut[] = [];
  /** Files that are neither: external data of a model that may come later. */
  #loose: LabFile[] = [];
  #config: Preprocessing | undefined;
  readonly #allowedCopies = new Set<string>();
  readonly #meter: Meter;
  readonly #emit: (event: LabEvent) => void;
  readonly #onRealign: () => void;

  constructor(meter: Meter, emit: (event: LabEvent) => void, onRealign: () => void) {
    this.#meter = meter;
    this.#emit = emit;
    this.#onRealign = onRealign;
  }

  get aligned(): AlignedCheckpoints | undefined {
    return this.#aligned;
  }

  /** The set that chooses, if there is one that can be run. */
  get select(): Held | undefined {
    return this.#sets.find((set) => set.role === 'select')?.held;
  }

  /** The sets that report and can be run. */
  get reports(): readonly Held[] {
    return this.#sets.filter((set) => set.role === 'report').flatMap((set) => (set.held === undefined ? [] : [set.held]));
  }

  held(id: string): Held | undefined {
    return this.#sets.find((set) => set.id === id)?.held;
  }

  /** Hash of a checkpoint's file, or its fingerprint where it was not read whole. */
  identity(id: string): string {
    const fact = this.#checkpoints.find((one) => one.fact.id === id)?.fact;
    return fact?.sha256 ?? fact?.fingerprint ?? id;
  }

  /** Who takes part: ids in the order given, and names by id. */
  standing() {
    const group = this.#aligned?.group ?? [];
    return {
      names: new Map(this.#checkpoints.map((one) => [one.fact.id, one.fact.name])),
      ingredients: group.filter((one) => one.fact.standing === 'ingredient').map((one) => one.fact.id),
      base: group.find((one) => one.fact.standing === 'base')?.fact.id,
    };
  }

  /** Takes in one drop: reads indices and sets, compares, fits. */
  async take(sorted: Sorted): Promise<void> {
    for (const file of sorted.preprocessors) await this.#takeConfig(file);
    this.#loose.push(...sorted.others);
    await this.#takeModels(sorted.models);
    this.#explainLoose(sorted);
    for (const group of sorted.sets) this.#takeSet(group);
    await this.refit();
  }

  clear(): void {
    this.#checkpoints = [];
    this.#modelFiles = [];
    this.#sets = [];
    this.#loose = [];
    this.#config = undefined;
    this.#aligned = undefined;
    this.#allowedCopies.clear();
  }

  removeCheckpoint(id: string): void {
    const gone = this.#checkpoints.find((one) => one.fact.id === id);
    this.#checkpoints = this.#checkpoints.filter((one) => one !== gone);
    this.#modelFiles = this.#modelFiles.filter((file) => file.path !== gone?.fact.name);
    this.#aligned = undefined;
    this.#emit({ type: 'checkpoint-removed', id });
  }

  setStanding(id: string, standing: 'ingredient' | 'base' | 'excluded'): void {
    for (const one of this.#checkpoints) {
      if (one.fact.id === id && one.fact.standing !== 'refused') one.fact = { ...one.fact, standing };
      else if (standing === 'base' && one.fact.standing === 'base') one.fact = { ...one.fact, standing: 'ingredient' };
      else continue;
      this.#emit({ type: 'checkpoint', checkpoint: one.fact });
    }
    if (standing === 'ingredient') this.#allowedCopies.add(id);
  }

  /** Takes a checkpoint out that turned out to be broken; its id, if one was found. */
  refuse(problem: Problem): string | undefined {
    const broken = this.#checkpoints.find((one) => one.fact.name === problem.file);
    if (broken === undefined || broken.fact.standing === 'refused') return undefined;
    broken.fact = { ...broken.fact, standing: 'refused', problems: [...broken.fact.problems, problem] };
    this.#emit({ type: 'checkpoint', checkpoint: broken.fact });
    this.#aligned = undefined;
    this.#onRealign();
    return broken.fact.id;
  }

  removeSet(id: string): void {
    this.#sets = this.#sets.filter((set) => set.id !== id);
    this.#emit({ type: 'set-removed', id });
  }

  setRole(id: string, role: SetRole): void {
    for (const set of this.#sets) {
      if (set.id === id) {
        set.role = role;
        set.roleKnown = true;
        set.lacksLabels = false;
        // One set chooses; the one that did now reports.
      } else if (role === 'select' && set.role === 'select') set.role = 'report';
      else continue;
      set.held = set.triedWith = undefined;
    }
  }

  setPreprocessing(id: string, preprocessing: Preprocessing): void {
    const set = this.#sets.find((one) => one.id === id);
    if (set === undefined) return;
    // Pictures were decoded at the old size.
    if (set.dataset !== undefined && needsDecoding(set.dataset, preprocessing)) set.dataset = undefined;
    set.preprocessing = { value: preprocessing, source: 'edited' };
    set.held = set.triedWith = undefined;
  }

  /** Problems that have no place in the table (a file that is nothing we know) go to the list. */
  #explainLoose({ models, others }: Sorted): void {
    const wanted = this.#checkpoints.some((one) => one.fact.problems.some((problem) => problem.kind === 'external-missing'));
    if (wanted || models.length > 0) return;
    for (const file of others) {
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
  async refit(): Promise<void> {
    if (this.#aligned === undefined && this.#checkpoints.length > 0) {
      this.#onRealign();
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

  #warn(problem: Problem): void {
    this.#emit({ type: 'problem', problem });
  }
}
