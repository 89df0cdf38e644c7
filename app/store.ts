import { create } from 'zustand';
import { applyEvent, emptyFacts, type Facts, type LabEvent, type Problem, type TieRule } from './lab.ts';

/** The recipes the page offers. The one chosen makes *the soup*: the verdict, the accent and the weights shown are its. */
export type RecipeChoice = 'uniform' | 'greedy' | 'weighted';
export type ChartSort = 'report' | 'select' | 'name' | 'weight';
export type TableColumn = 'name' | 'weight' | 'select' | 'report' | 'bytes';

/** Results shown from an earlier visit while the lab behind them opens again. */
export interface Restored {
  readonly savedAt: number;
  /** Paths of files that the browser could not keep. */
  readonly missing: readonly string[];
  /** The browser kept handles and asks before it reads them again. */
  readonly permission: boolean;
}

export interface LabStore {
  /** What is known. Only events change it. */
  readonly facts: Facts;
  readonly restored: Restored | undefined;
  /** Commands under way; the engine is asked to be idle when this is 0. */
  readonly pending: number;
  readonly recipe: RecipeChoice;
  readonly tieRule: TieRule;
  /** Weights by hand as they stand on the sliders: any numbers ≥ 0, by checkpoint id. */
  readonly weights: Readonly<Record<string, number>>;
  /** Report set the person chose to look at. */
  readonly reportSet: string | undefined;
  readonly chartSort: ChartSort;
  readonly chartAs: 'chart' | 'table';
  readonly tableSort: { readonly column: TableColumn; readonly descending: boolean };
  readonly memoryBytes: number;
}

export const defaultMemoryBytes = 2e9;

export const useLab = create<LabStore>()(() => ({
  facts: emptyFacts(),
  restored: undefined,
  pending: 0,
  recipe: 'greedy',
  tieRule: '>=',
  weights: {},
  reportSet: undefined,
  chartSort: 'report',
  chartAs: 'chart',
  tableSort: { column: 'name', descending: false },
  memoryBytes: defaultMemoryBytes,
}));

/** Changes view state. */
export function show(change: Partial<Omit<LabStore, 'facts'>>): void {
  useLab.setState(change);
}

/**
 * What the open engine has told so far. Equal to the facts shown, except while results of an earlier visit are shown: then the
 * engine catches up here, behind them.
 */
let live = emptyFacts();
let queue: LabEvent[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** How long events are gathered before the page draws again. */
const drawEveryMilliseconds = 40;

/** Takes in one event of the engine. Many blocks may arrive between two frames; they are shown together. */
export function receive(event: LabEvent): void {
  queue.push(event);
  timer ??= setTimeout(settle, drawEveryMilliseconds);
}

/** Applies every event that has arrived. Called by itself soon after an event, and by whoever must see facts now. */
export function settle(): void {
  clearTimeout(timer);
  timer = undefined;
  if (queue.length === 0) return;
  const events = queue;
  queue = [];
  live = events.reduce(applyEvent, live);
  const { restored, facts } = useLab.getState();
  if (restored === undefined) {
    useLab.setState({ facts: live });
    return;
  }
  // Problems and the machine's state belong on the page at once, whatever else is still being caught up.
  const problems = events.flatMap((event) => (event.type === 'problem' ? [event.problem] : []));
  useLab.setState({
    facts: {
      ...facts,
      problems: [...facts.problems, ...problems],
      ...(live.hardware === undefined ? {} : { hardware: live.hardware }),
      ...(live.memory === undefined ? {} : { memory: live.memory }),
    },
  });
}

/** Shows what the engine knows from now on, instead of the results of an earlier visit. */
export function goLive(): void {
  settle();
  if (useLab.getState().restored === undefined) return;
  useLab.setState({ restored: undefined, facts: { ...live, problems: useLab.getState().facts.problems } });
  live = useLab.getState().facts;
}

/** Shows the results of an earlier visit. */
export function showRestored(facts: Facts, restored: Restored): void {
  useLab.setState({ facts, restored });
}

export function liveFacts(): Facts {
  settle();
  return live;
}

/** A problem of the page's own (a kit that can't be fetched, a file that can't be read again). */
export function report(problem: Problem): void {
  receive({ type: 'problem', problem });
  settle();
}

/** Takes a problem off the list; the fact behind it (a refused file) stays where it is. */
export function dismiss(problem: Problem): void {
  settle();
  const without = (facts: Facts): Facts => ({ ...facts, problems: facts.problems.filter((one) => one !== problem) });
  live = without(live);
  useLab.setState((state) => ({ facts: without(state.facts) }));
}

export function dismissAll(): void {
  settle();
  live = { ...live, problems: [] };
  useLab.setState((state) => ({ facts: { ...state.facts, problems: [] } }));
}
