import {
  checkLabels,
  type Dataset,
  guessPreprocessing,
  type Preprocessing,
  prepareSet,
  preview,
  readDataset,
  resizeDataset,
  sharedExamples,
} from '../data/index.ts';
import type { ModelIndex } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';
import type { SetFact, SetRole } from '../results/index.ts';
import type { Held } from './score.ts';
import { setName } from './shelf.ts';
import type { LabFile } from './types.ts';

/** Pictures shown of what the model sees. */
const PREVIEWS = 8;

/** One held-out set as the engine holds it. */
export interface HeldOut {
  readonly id: string;
  readonly name: string;
  role: SetRole;
  /** False while the role is only a placeholder: it is guessed when the set has been read. */
  roleKnown: boolean;
  /** It became `unlabelled` for want of labels, and nobody has said yet that it should be. */
  lacksLabels: boolean;
  readonly files: readonly LabFile[];
  dataset: Dataset | undefined;
  preprocessing: { readonly value: Preprocessing; readonly source: NonNullable<SetFact['preprocessingSource']> } | undefined;
  held: Held | undefined;
  /** The model it was last fitted to; a set that doesn't fit is tried again only with another one. */
  triedWith: { readonly model: ModelIndex | undefined } | undefined;
  fact: SetFact;
}

/** Begins a set; nothing is read yet, because pictures are decoded at the model's size. */
export function beginSet(files: readonly LabFile[], config: Preprocessing | undefined, taken: ReadonlySet<string>): HeldOut {
  const name = setName(files);
  const asked = files[0]?.as;
  const roleKnown = asked === 'select' || asked === 'report' || asked === 'unlabelled';
  const role = roleKnown ? asked : 'report';
  let id = `set-${name}`;
  for (let i = 2; taken.has(id); i++) id = `set-${name}-${i}`;
  const kit = files[0]?.preprocessing;
  const preprocessing =
    kit !== undefined
      ? { value: kit, source: 'kit' as const }
      : config !== undefined
        ? { value: config, source: 'preprocessor_config.json' as const }
        : undefined;
  const fact: SetFact = { id, name, role, n: 0, classes: 0, sha256: '', itemDims: [], problems: [] };
  return {
    id,
    name,
    role,
    roleKnown,
    lacksLabels: false,
    files,
    dataset: undefined,
    preprocessing,
    held: undefined,
    triedWith: undefined,
    fact,
  };
}

/** Reads a set, if that was not done, and fits it to the model's input. What is wrong is in `fact.problems`; `held` is then undefined. */
export async function fitSet(set: HeldOut, model: ModelIndex | undefined, others: readonly HeldOut[]): Promise<void> {
  set.held = undefined;
  const problems = await fit(set, model, others);
  set.fact = { ...set.fact, role: set.role, problems };
  if (set.held !== undefined) set.held = { ...(set.held as Held), fact: set.fact };
}

async function fit(set: HeldOut, model: ModelIndex | undefined, others: readonly HeldOut[]): Promise<readonly Problem[]> {
  const names = set.files[0]?.classNames;
  let dataset = set.dataset;
  if (dataset === undefined) {
    const [first, ...more] = set.files;
    const options = {
      // What problems call it: the file where it is one, as the person knows it.
      name: first !== undefined && more.length === 0 ? first.path : set.name,
      ...(names === undefined ? {} : { classNames: names }),
      ...(set.preprocessing === undefined ? sizeOf(model) : { preprocessing: set.preprocessing.value }),
    };
    const result = await readDataset(set.files, options);
    if (!result.ok) return [result.problem];
    dataset = result.dataset;
    set.dataset = dataset;
  }
  // A placeholder until the set is known to fit: a set that doesn't must not take the role of one that does.
  if (!set.roleKnown) {
    set.lacksLabels = dataset.labels === undefined;
    set.role = set.lacksLabels ? 'unlabelled' : model === undefined ? guessRole(set.name, others) : 'report';
  }
  const { n, labels, classNames, sha256, itemDims } = dataset;
  const highest = labels?.reduce((most, label) => Math.max(most, label), 0) ?? 0;
  const known = { n, sha256, itemDims, ...(labels === undefined ? {} : { labels }), ...(classNames === undefined ? {} : { classNames }) };
  set.fact = { ...set.fact, ...known, classes: classNames?.length ?? highest + 1 };
  const input = model?.inputs[0];
  if (input === undefined) return [];
  if (set.preprocessing === undefined && dataset.kind === 'pixels') {
    const guess = guessPreprocessing(input.dims, dataset);
    if ('text' in guess) return [{ ...guess, file: set.name }];
    set.preprocessing = { value: guess.preprocessing, source: 'guessed' };
  }
  const wanted = set.preprocessing;
  if (wanted !== undefined && wanted.source !== 'guessed' && wanted.value.resize !== 'none' && differsInSize(dataset, wanted.value)) {
    dataset = await resizeDataset(dataset, wanted.value);
  }
  const prepared = prepareSet(dataset, input, dataset.kind === 'pixels' ? set.preprocessing?.value : undefined);
  if ('text' in prepared) return [prepared];
  if (prepared.preprocessing !== undefined && set.preprocessing !== undefined) {
    const first = Uint32Array.from({ length: Math.min(PREVIEWS, n) }, (_, i) => i);
    const { width, height } = set.preprocessing.value;
    const picture = { width, height, images: preview(prepared, first) };
    set.fact = { ...set.fact, preprocessing: prepared.preprocessing, preprocessingSource: set.preprocessing.source, preview: picture };
  }
  const classes = model?.outputs[0]?.dims.at(-1);
  if (typeof classes === 'number') set.fact = { ...set.fact, classes };
  if (set.role !== 'unlabelled' || set.lacksLabels) {
    const wrong = checkLabels(dataset, set.fact.classes);
    if (wrong !== undefined) return [wrong];
    if (!set.roleKnown) set.role = guessRole(set.name, others);
    set.roleKnown = true;
    set.held = { fact: set.fact, keyed: { key: `${sha256}|${JSON.stringify(prepared.preprocessing ?? null)}`, set: prepared } };
  }
  return [];
}

function differsInSize({ kind, itemDims }: Dataset, { width, height }: Preprocessing): boolean {
  return kind === 'pixels' && (itemDims[0] !== height || itemDims[1] !== width);
}

/** For pictures without a preprocessing: the size that the model's input says, so that they can be decoded. */
function sizeOf(model: ModelIndex | undefined): { preprocessing?: Preprocessing } {
  const input = model?.inputs[0];
  if (input === undefined) return {};
  const guess = guessPreprocessing(input.dims, undefined);
  return 'text' in guess ? {} : { preprocessing: guess.preprocessing };
}

/** Says where choosing and reporting would use the same examples. */
export function sharedProblem(select: HeldOut, report: HeldOut): Problem | undefined {
  if (select.dataset === undefined || report.dataset === undefined) return undefined;
  const shared = sharedExamples(select.dataset, report.dataset);
  if (shared === 0) return undefined;
  return {
    kind: 'shared-examples',
    file: report.name,
    expected: '0 shared examples',
    found: `${shared}`,
    text: `${report.name}: ${shared} of its ${report.dataset.n} examples are also in ${select.name}, which chooses`,
    remedy: 'Report on examples that chose nothing, or the soup will look better than it is.',
  };
}

/** The role of a set that nobody gave one: the first chooses, unless a name says otherwise; what follows reports. */
function guessRole(name: string, others: readonly HeldOut[]): SetRole {
  const chooses = /(^|[^a-z])(select|val|valid|validation|dev|held)([^a-z]|$)/i.test(name);
  const reports = /(^|[^a-z])(test|report|shift|ood)([^a-z]|$)/i.test(name);
  const haveSelect = others.some((set) => set.role === 'select' && set.dataset !== undefined && set.fact.problems.length === 0);
  if (chooses && !haveSelect) return 'select';
  if (reports) return 'report';
  return haveSelect ? 'report' : 'select';
}
