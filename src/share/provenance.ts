import { z } from 'zod';
import type { Problem } from '../problem/index.ts';
import type { Facts, Row } from '../results/index.ts';
import { firstIssue } from './explain.ts';
import { tool } from './tool.ts';

/** Key in a soup's `metadata_props` under which its recipe stands. */
export const recipeKey = 'soup_lab.recipe';

/** A soup's recipe as it travels with the soup: enough to cook it again from the same files. */
export const recipeSchema = z.object({
  version: z.literal(1),
  tool: z.object({ name: z.string(), version: z.string() }),
  date: z.string().optional(),
  recipe: z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) }),
  ingredients: z.array(z.object({ name: z.string(), weight: z.number(), fingerprint: z.string(), sha256: z.string().optional() })).min(1),
});

export type RecipeDocument = z.infer<typeof recipeSchema>;

/** The recipe of one soup. `weight` is the share of each file in every averaged tensor. */
export function recipeDocument(facts: Facts, row: Row, date?: Date): RecipeDocument {
  const ingredients = facts.checkpoints.flatMap(({ id, name, fingerprint, sha256 }) => {
    const weight = row.weighting[id] ?? 0;
    return weight === 0 ? [] : [{ name, weight, fingerprint, ...(sha256 === undefined ? {} : { sha256 }) }];
  });
  // Weights by hand name checkpoints by the lab's ids, which mean nothing outside; `ingredients` has them by file.
  const { weights: _, ...options } = row.options ?? {};
  return {
    version: 1,
    tool: { ...tool },
    ...(date === undefined ? {} : { date: date.toISOString() }),
    recipe: { name: row.recipe ?? row.name, options },
    ingredients,
  };
}

/** What a soup's `metadata_props` say of where it comes from. Without a date the same soup is the same file. */
export function soupMetadata(facts: Facts, row: Row, date?: Date): Record<string, string> {
  return { [recipeKey]: JSON.stringify(recipeDocument(facts, row, date)) };
}

/** Reads a recipe back from a file's metadata; a Problem where it isn't one. */
export function parseRecipe(text: string, fileName: string): RecipeDocument | Problem {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return problem(fileName, 'it is not JSON');
  }
  const parsed = recipeSchema.safeParse(json);
  return parsed.success ? parsed.data : problem(fileName, firstIssue(parsed.error));
}

function problem(file: string, why: string): Problem {
  return {
    kind: 'usage',
    file,
    text: `${file}: its recipe can't be read: ${why}`,
    remedy: 'Use a file that this version of Soup Lab wrote.',
  };
}
