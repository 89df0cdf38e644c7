export const usage = `Usage: npm run --silent soup -- CHECKPOINT… --select SET [options]
       npm run --silent soup -- --kit DIR [options]
       npm run --silent soup -- --check CHECKPOINT… [--json]

Averages fine-tuned ONNX checkpoints of one architecture and scores every one of them and the soup.

  CHECKPOINT          an .onnx file (external data beside it is found)
  --select SET        held-out examples that choose; SET = PATH or NAME=PATH (.npz, IDX images, zip or folder of class folders)
  --report SET        held-out examples that only report; may be given more than once
  --base FILE         the pretrained start of all checkpoints
  --kit DIR           checkpoints and sets as DIR/kit.json lists them
  --recipe NAME       greedy (default), uniform, weighted, …
  --options JSON      options of the recipe, e.g. '{"tieRule":">"}' or '{"weights":{"run-1.onnx":0.5,"run-2.onnx":0.5}}'
  --provider NAME     webgpu or wasm; default: the faster one, measured
  --memory-mb N       memory budget for weights, soups and staging (default 2048)
  --seed N            for every choice that is random (default 0)
  --out DIR           write soup.onnx, report.json and report.png there
  --json              print report.json instead of the table
  --check             read and compare only, without cooking
  --adapter NAME      any (default: the machine's GPU, else a software one) or software
  --help              this text

Exit 0 done · 2 wrong usage · 3 the input can't be souped · 4 the GPU or the evaluation failed.
`;

export const exit = { done: 0, usage: 2, input: 3, machine: 4 } as const;

/** Ends the command with one of the exit codes and a message for stderr. */
export class Stop extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
