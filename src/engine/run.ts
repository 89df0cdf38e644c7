import { ProblemError } from '../problem/index.ts';
import { parseOptions, recipeNamed, recipes, type Weighting } from '../recipes/index.ts';
import type { Progress } from '../results/index.ts';
import { ensembleEntry } from './ensemble.ts';
import type { RowFact, Rows } from './rows.ts';
import { blocksOf, type Held, type Kit, openEntry, scoreInto } from './score.ts';
import { openTaster } from './taster.ts';
import type { SoupRequest } from './types.ts';
import { members } from './weighting.ts';

/** What one run works on. Lists are in the order the person gave. */
export interface RunPlan {
  readonly kit: Kit;
  readonly rows: Rows;
  readonly ingredients: readonly string[];
  /** Names of files by checkpoint id, ingredients and base. */
  readonly names: ReadonlyMap<string, string>;
  readonly base: string | undefined;
  readonly select: Held | undefined;
  readonly reports: readonly Held[];
  readonly requests: readonly SoupRequest[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Called between blocks: serves what is more urgent. */
  readonly between: () => Promise<void>;
  /** Called once the ingredients are scored on the first set: time to measure the providers. True = start over with another one. */
  readonly measured: () => Promise<boolean>;
}

/** Numbers of the progress line; `total` is an estimate that greedy's early stopping corrects on the way. */
class Pace {
  #done = 0;
  #ran = 0;
  readonly #started = performance.now();
  readonly #report: (progress: Progress) => void;
  total: number;

  constructor(total: number, report: (progress: Progress) => void) {
    this.total = total;
    this.#report = report;
  }

  add(done: number, ran: number, doing: string): void {
    this.#done += done;
    this.#ran += ran;
    const perSecond = this.#ran / ((performance.now() - this.#started) / 1000);
    const left = Math.max(0, this.total - this.#done);
    const estimate = perSecond > 0 ? { secondsLeft: left / perSecond } : {};
    this.#report({ phase: 'evaluating', doing, done: Math.min(this.#done, this.total), total: this.total, ...estimate });
  }

  say(phase: Progress['phase'], doing: string): void {
    this.#report({ phase, doing, done: Math.min(this.#done, this.total), total: this.total });
  }
}

/** Scores and cooks everything a plan wants, most wanted first. Rejects with the signal's reason when cancelled. */
export async function executeRun(plan: RunPlan): Promise<'done' | 'start over'> {
  const { rows, ingredients, base, select, reports, names, requests } = plan;
  for (const id of ingredients) rows.announce(checkpointRow(id, names.get(id) ?? id, 'ingredient'));
  if (base !== undefined) rows.announce(checkpointRow(base, names.get(base) ?? base, 'base'));
  const pace = new Pace(estimateExamples(plan), plan.onProgress);
  const first = select ?? reports[0];
  if (first !== undefined) {
    await pass(plan, pace, ingredients.map((id) => plan.rows.get(id)).filter(present), first);
    if (await plan.measured()) return 'start over';
    await ensembles(plan, first);
  }
  for (const request of requests) await cookSoup(plan, pace, request);
  if (select !== undefined) {
    await pass(
      plan,
      pace,
      plan.rows.all.filter((row) => row.kind === 'soup'),
      select,
    );
    await ensembles(plan, select);
  }
  for (const held of reports) {
    for (const group of mostWantedFirst(plan)) {
      await pass(plan, pace, group, held);
      await ensembles(plan, held);
    }
  }
  if (select !== undefined && base !== undefined) await pass(plan, pace, [plan.rows.get(base)].filter(present), select);
  return 'done';
}

function present<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function checkpointRow(id: string, name: string, kind: 'ingredient' | 'base'): RowFact {
  return { id, kind, name, weighting: { [id]: 1 }, cooking: false };
}

/** Every row once on every set; greedy tries each ingredient but the first. */
function estimateExamples({ ingredients, base, select, reports, requests, rows }: RunPlan): number {
  const checkpoints = ingredients.length + (base === undefined ? 0 : 1);
  const kept = rows.all.filter((row) => row.kind === 'soup' && !requests.some((one) => rowId(one) === row.id)).length;
  const soups = requests.length + kept;
  const trials = requests.reduce((sum, one) => sum + (one.recipe === 'greedy' ? ingredients.length - 1 : 0), 0);
  return (
    (select?.fact.n ?? 0) * (checkpoints + soups + trials) + reports.reduce((sum, held) => sum + held.fact.n * (checkpoints + soups), 0)
  );
}

/** The rows that the verdict needs, then everything else. */
function mostWantedFirst(plan: RunPlan): readonly (readonly RowFact[])[] {
  const all = plan.rows.all.filter((row) => row.kind !== 'ensemble');
  const greedy = all.filter((row) => row.kind === 'soup' && row.recipe === 'greedy');
  const soups = all.filter((row) => row.kind === 'soup');
  const judged = greedy.length > 0 ? greedy : soups;
  const best = greedy[0]?.steps?.[0]?.candidate;
  const wanted = [...judged, ...all.filter((row) => row.id === best)];
  return [wanted, all.filter((row) => !wanted.includes(row) && row.kind !== 'base'), all.filter((row) => row.kind === 'base')];
}

/** Scores rows on a set: block by block through all of them where every set of weights is at hand, else row by row. */
async function pass(plan: RunPlan, pace: Pace, rows: readonly RowFact[], held: Held): Promise<void> {
  const { kit } = plan;
  const entries = new Map<string, Awaited<ReturnType<typeof openEntry>>>();
  for (const row of rows) {
    const entry = await openEntry(kit, row.weighting, held);
    entries.set(row.id, entry);
    plan.rows.tellEntry(row.id, held.fact.id, entry);
    if (entry.done > 0) pace.add(entry.done, 0, `Scoring ${row.name} on ${held.fact.name}`);
  }
  const interleave = kit.larder.capacity >= rows.length;
  const blocks = interleave ? blocksOf(held.fact.n) : blocksOf(held.fact.n, 1000, 1000);
  const work = interleave
    ? blocks.flatMap((block) => rows.map((row) => ({ row, block })))
    : rows.flatMap((row) => blocks.map((block) => ({ row, block })));
  // Two blocks under way keep every worker busy while the first one's last batch ends.
  const depth = interleave ? 2 : 1;
  const underWay: Promise<void>[] = [];
  try {
    for (const { row, block } of work) {
      if (underWay.length >= depth) {
        await underWay.shift();
        await plan.between();
      }
      underWay.push(one(row, block));
      underWay.at(-1)?.catch(() => undefined);
    }
    for (const promise of underWay.splice(0)) await promise;
  } finally {
    await Promise.allSettled(underWay);
  }

  async function one(row: RowFact, block: Uint32Array<ArrayBuffer>): Promise<void> {
    plan.signal.throwIfAborted();
    const entry = entries.get(row.id);
    if (entry === undefined || plan.rows.get(row.id) === undefined) return;
    const ran = await scoreInto(kit, entry, row.weighting, held, block, plan.signal);
    if (ran.length === 0) return;
    plan.rows.tellBlock(row.id, held.fact.id, entry, ran);
    pace.add(ran.length, ran.length, `Scoring ${row.name} on ${held.fact.name}`);
  }
}

/** Row id of a request: the one it names, else its recipe's. */
function rowId(request: SoupRequest): string {
  return request.row ?? request.recipe;
}

/** Cooks one soup: the recipe decides on the select set, the row follows it. */
async function cookSoup(plan: RunPlan, pace: Pace, request: SoupRequest): Promise<void> {
  const recipe = recipeNamed(request.recipe);
  if (recipe === undefined)
    throw refuse(`There is no recipe "${request.recipe}"`, `Choose one of ${recipes.map((one) => one.name).join(', ')}.`);
  const parsed = parseOptions(recipe, request.options);
  if (!parsed.ok) throw new ProblemError(parsed.problem);
  if (recipe.needs.selectSet && plan.select === undefined) {
    throw refuse(`Recipe ${recipe.name} chooses by accuracy, and there is no select set`, 'Add a held-out set with the role "select".');
  }
  const row: RowFact = {
    id: rowId(request),
    kind: 'soup',
    name: request.name ?? recipe.name,
    recipe: recipe.name,
    options: parsed.options as Readonly<Record<string, unknown>>,
    weighting: {},
    cooking: true,
  };
  pace.say('averaging', `Cooking the ${row.name} soup`);
  if (recipe.needs.selectSet) plan.rows.announce({ ...row, steps: [] });
  const kit = plan.kit;
  const between = async (ran: number, spared: number) => {
    pace.add(ran + spared, ran, `${row.name}: tasting candidates on ${plan.select?.fact.name ?? 'select'}`);
    await plan.between();
  };
  const taster =
    plan.select !== undefined && recipe.needs.selectSet
      ? await openTaster(kit, plan.select, plan.ingredients, plan.signal, between)
      : { ingredients: plan.ingredients, taste: () => Promise.reject(new Error(`Recipe ${recipe.name} said that it tastes nothing`)) };
  const { weighting, steps } = await recipe.cook(taster, parsed.options, (event) => {
    if (event.type === 'considered') plan.rows.considered(row.id, event.step, uniformOf(event.step.soup));
  });
  const sha256 = await kit.larder.digest(weighting, plan.signal);
  const digest = sha256 === undefined ? {} : { sha256 };
  plan.rows.announce({ ...row, weighting, ...(recipe.needs.selectSet ? { steps } : {}), ...digest, cooking: false });
  const ensemble = members(weighting);
  const id = `ensemble-${row.id}`;
  if (recipe.name === 'weighted' || ensemble.length < 2) plan.rows.remove(id);
  else
    plan.rows.announce({
      id,
      kind: 'ensemble',
      name: row.recipe === 'uniform' ? 'ensemble' : `ensemble of ${row.name}'s`,
      weighting,
      cooking: false,
    });
  if (plan.select !== undefined) plan.rows.tellEntry(row.id, plan.select.fact.id, await openEntry(kit, weighting, plan.select));
}

function uniformOf(ids: readonly string[]): Weighting {
  return Object.fromEntries(ids.map((id) => [id, 1 / ids.length]));
}

function refuse(text: string, remedy: string): ProblemError {
  return new ProblemError({ kind: 'recipe', text, remedy });
}

/** Tells the ensembles that can be told: those whose every ingredient has been scored on the set. */
async function ensembles(plan: RunPlan, held: Held): Promise<void> {
  for (const row of plan.rows.all.filter((one) => one.kind === 'ensemble')) {
    const entry = await ensembleEntry(plan.kit, members(row.weighting), held);
    if (entry !== undefined) plan.rows.tellEntry(row.id, held.fact.id, entry);
  }
}

/** Cooks one soup by hand and scores it on select and the first report set, ahead of everything else. `overtaken` stops it early. */
export async function cookByHand(plan: RunPlan, request: SoupRequest, overtaken: () => boolean): Promise<boolean> {
  const pace = new Pace((plan.select?.fact.n ?? 0) + (plan.reports[0]?.fact.n ?? 0), plan.onProgress);
  await cookSoup(plan, pace, request);
  for (const held of [plan.select, plan.reports[0]].filter(present)) {
    const row = plan.rows.get(rowId(request));
    if (row === undefined) return false;
    const entry = await openEntry(plan.kit, row.weighting, held);
    plan.rows.tellEntry(row.id, held.fact.id, entry);
    for (const block of blocksOf(held.fact.n, 500)) {
      plan.signal.throwIfAborted();
      if (overtaken()) return false;
      const ran = await scoreInto(plan.kit, entry, row.weighting, held, block, plan.signal);
      if (ran.length === 0) continue;
      plan.rows.tellBlock(row.id, held.fact.id, entry, ran);
      pace.add(ran.length, ran.length, `Scoring ${row.name} on ${held.fact.name}`);
    }
  }
  return true;
}
