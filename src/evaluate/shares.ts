/** Examples a worker is timed on first, before anything is known of the network's speed. */
const FIRST = 16;
/** A batch should not take longer than this, so that Cancel and running counts are prompt for slow networks too. */
const SECONDS_PER_BATCH = 0.25;
/** Below this the overhead of a run is felt. */
const SMALLEST = 8;

/**
 * How many of the `remaining` examples the next batch takes: the batch size where there is plenty, less towards the end so that all
 * workers finish together (guided self-scheduling, Polychronopoulos and Kuck 1987), less for slow networks.
 * `examplesPerSecond` is one worker's measured speed.
 */
export function nextShare(remaining: number, workers: number, batchSize: number, examplesPerSecond: number | undefined): number {
  const affordable = examplesPerSecond === undefined ? FIRST : Math.max(1, Math.floor(examplesPerSecond * SECONDS_PER_BATCH));
  const largest = Math.min(batchSize, affordable);
  const fair = Math.max(SMALLEST, Math.ceil(remaining / (2 * workers)));
  return Math.min(remaining, largest, fair);
}
