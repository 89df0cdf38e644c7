import type { ByteSource } from '../onnx/index.ts';
import type { Cost } from '../results/index.ts';

type Stage = 'index' | 'read' | 'average' | 'evaluate';

/** How much work of a stage is under way, and since when. */
function clock(): { running: number; since: number } {
  return { running: 0, since: 0 };
}

/** Keeps account of what the lab does: the `cost` of a report. Seconds are wall-clock; stages may overlap, so they need not add up. */
export class Meter {
  #bytesRead = 0;
  #forwardPasses = 0;
  #examplesRun = 0;
  #examplesSpared = 0;
  #sessionsCreated = 0;
  #soupsCooked = 0;
  #seconds: Record<Stage | 'total', number> = { index: 0, read: 0, average: 0, evaluate: 0, total: 0 };
  #peak = { js: 0, wasm: 0, gpu: 0 };
  readonly #clocks = { index: clock(), read: clock(), average: clock(), evaluate: clock(), total: clock() };

  /** Runs `work`, adding the time it takes to a stage. Work of one stage that overlaps is counted once. */
  async time<T>(stage: Stage | 'total', work: () => Promise<T>): Promise<T> {
    const clock = this.#clocks[stage];
    if (clock.running === 0) clock.since = performance.now();
    clock.running += 1;
    try {
      return await work();
    } finally {
      clock.running -= 1;
      if (clock.running === 0) this.#seconds[stage] += (performance.now() - clock.since) / 1000;
    }
  }

  /** The same source, its reads counted. */
  counted(source: ByteSource): ByteSource {
    return {
      name: source.name,
      size: source.size,
      blob: (byteOffset, byteLength) => source.blob(byteOffset, byteLength),
      read: async (byteOffset, byteLength) => {
        this.#bytesRead += byteLength;
        return source.read(byteOffset, byteLength);
      },
    };
  }

  ran(examples: number): void {
    this.#examplesRun += examples;
  }

  spared(examples: number): void {
    this.#examplesSpared += examples;
  }

  /** A whole set went through a set of weights. */
  passed(): void {
    this.#forwardPasses += 1;
  }

  cooked(): void {
    this.#soupsCooked += 1;
  }

  /** Sessions are counted by who makes them; this keeps the sum over all scorers so far. */
  sessions(created: number): void {
    this.#sessionsCreated += created;
  }

  peak(bytes: Partial<Cost['peakBytes']>): void {
    for (const kind of ['js', 'wasm', 'gpu'] as const) this.#peak[kind] = Math.max(this.#peak[kind], bytes[kind] ?? 0);
  }

  get examplesRun(): number {
    return this.#examplesRun;
  }

  /** Starts a new account: other files are on the bench. */
  reset(): void {
    this.#bytesRead = this.#forwardPasses = this.#examplesRun = this.#examplesSpared = this.#sessionsCreated = this.#soupsCooked = 0;
    this.#seconds = { index: 0, read: 0, average: 0, evaluate: 0, total: 0 };
    this.#peak = { js: 0, wasm: 0, gpu: 0 };
  }

  snapshot(): Cost {
    return {
      bytesRead: this.#bytesRead,
      forwardPasses: this.#forwardPasses,
      examplesRun: this.#examplesRun,
      examplesSpared: this.#examplesSpared,
      sessionsCreated: this.#sessionsCreated,
      soupsCooked: this.#soupsCooked,
      seconds: { ...this.#seconds },
      peakBytes: { ...this.#peak },
    };
  }
}
