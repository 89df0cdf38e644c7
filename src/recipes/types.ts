import type { z } from 'zod';

/** A soup as arithmetic: one weight a checkpoint id. Weights that are 0 are left out. */
export type Weighting = Readonly<Record<string, number>>;

/** Result of scoring one weighting on the select set, possibly stopped early. */
export interface Tally {
  readonly correct: number;
  readonly examplesRun: number;
  readonly examplesTotal: number;
  /** False when it was stopped because it could no longer reach what it must beat. */
  readonly complete: boolean;
}

/** What a recipe may ask of whoever cooks and scores. Everything is on the select set. */
export interface Taster {
  /** Ingredient ids in the order they were given. */
  readonly ingredients: readonly string[];
  /**
   * Scores a soup. With `needed`, may stop as soon as `correct so far + examples left < needed` (the result then has
   * `complete: false` and its true count is known to be below `needed`).
   */
  taste(weighting: Weighting, needed?: number): Promise<Tally>;
}

/** One candidate that greedy considered. Accuracy is a fraction; undefined where it was stopped before the end. */
export interface GreedyStep {
  readonly candidate: string;
  readonly accepted: boolean;
  readonly accuracy: number | undefined;
  /** Correct count of the trial (a lower bound when stopped early). */
  readonly correct: number;
  /** Count that it had to reach (of the soup so far; +1 under tie rule `>`). 0 for the first. */
  readonly needed: number;
  readonly examplesRun: number;
  readonly examplesTotal: number;
  /** Ids in the soup after this step. */
  readonly soup: readonly string[];
}

export type TieRule = '>=' | '>';

/** What a recipe tells while it works. */
export type RecipeEvent =
  | { readonly type: 'considering'; readonly candidate: string }
  | { readonly type: 'considered'; readonly step: GreedyStep };

export interface RecipeResult {
  readonly weighting: Weighting;
  readonly steps: readonly GreedyStep[];
}

/** A recipe: how ingredients are chosen and weighted. One file each, listed in `recipes`. */
export interface Recipe<Options> {
  readonly name: string;
  readonly title: string;
  /** One plain sentence for the page. */
  readonly about: string;
  readonly needs: { readonly selectSet: boolean; readonly base: boolean };
  /** Validates options from outside; defaults filled in. */
  readonly options: z.ZodType<Options>;
  cook(taster: Taster, options: Options, onEvent: (event: RecipeEvent) => void): Promise<RecipeResult>;
}
