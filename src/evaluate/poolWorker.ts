import { ProblemError } from '../problem/index.ts';
import { evaluationProblem } from './problems.ts';
import type { Answer, Answers, Asked, Request } from './protocol.ts';

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: unknown) => void };

/** The pool's end of one wasm worker: requests in order, answers by promise, and one notice when the worker is no more. */
export class PoolWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #crash: Error | undefined;
  /** Called once, before what was asked of the worker rejects. */
  onCrash: (reason: Error) => void = () => undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#receive(data);
    worker.onmessageerror = () => this.#crashed('it sent a message that could not be read');
    worker.onerror = (event) => {
      // Said here once; not again on the console.
      event.preventDefault();
      this.#crashed(event.message || 'its script did not load');
    };
  }

  get alive(): boolean {
    return this.#crash === undefined;
  }

  /** @throws ProblemError `evaluation` where the worker crashed; what the runtime said as an Error otherwise */
  ask<K extends Request['kind']>(request: Extract<Request, { kind: K }>, transfer: Transferable[] = []): Promise<Answers[K]> {
    if (this.#crash !== undefined) return Promise.reject(this.#crash);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request } satisfies Asked, transfer);
    });
  }

  terminate(): void {
    this.#end(new Error('The worker was closed'));
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    if (!answer.ok && answer.fatal) {
      this.#crashed(answer.message);
      return;
    }
    this.#waiting.delete(answer.id);
    // The worker answers a request of kind K with Answers[K]; the map forgets K.
    if (answer.ok) waiting.resolve(answer.value as never);
    else waiting.reject(answer.problem === undefined ? new Error(answer.message) : new ProblemError(answer.problem));
  }

  #crashed(reason: string): void {
    if (this.#crash !== undefined) return;
    const crash = evaluationProblem(`A wasm worker crashed: ${reason}`, {
      remedy: 'It has been started again; run once more. If it crashes again, use fewer workers or a smaller batch.',
    });
    this.#crash = crash;
    this.onCrash(crash);
    this.#end(crash);
  }

  #end(reason: Error): void {
    this.#crash ??= reason;
    this.#worker.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(reason);
  }
}
