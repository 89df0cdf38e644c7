import { scoreBlock } from '../metrics/index.ts';
import { type Held, type Kit, openEntry } from './score.ts';
import type { Entry } from './scorebook.ts';

/**
 * The logit ensemble of checkpoints: the mean of their logits, classified (the baseline of Wortsman et al. 2022, table 3). Costs no forward
 * pass: the logits are those of the ingredients' own scores. `undefined` until all of them are there (or where they were too large to keep).
 */
export async function ensembleEntry(kit: Kit, ids: readonly string[], held: Held): Promise<Entry | undefined> {
  const labels = held.fact.labels;
  if (labels === undefined || ids.length === 0) return undefined;
  const entries = await Promise.all(ids.map((id) => openEntry(kit, { [id]: 1 }, held)));
  const n = held.fact.n;
  const classes = entries[0]?.classes ?? 0;
  const sum = new Float64Array(n * classes);
  for (const entry of entries) {
    if (entry.done < n || entry.logits === undefined) return undefined;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (entry.logits[i] ?? 0);
  }
  const mean = Float32Array.from(sum, (value) => value / ids.length);
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const { predicted, correct, lossSum } = scoreBlock(mean, classes, labels, all);
  const fromCache = entries.every((entry) => entry.fromCache);
  return {
    key: `ensemble|${ids.join('+')}`,
    provider: kit.scorer.provider,
    n,
    predicted,
    done: n,
    correct,
    lossSum,
    fromCache,
    representative: true,
    logits: mean,
    classes,
  };
}
