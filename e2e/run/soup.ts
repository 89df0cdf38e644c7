import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem, ProblemKind } from '../../src/problem/index.ts';
import type { Facts } from '../../src/results/index.ts';
import { buildReport, formatTable, parseReport, type Report } from '../../src/share/index.ts';
import { ensureChromium } from './ensureChromium.ts';
import { type HeadlessLab, openHeadless } from './headless.ts';
import { type Arguments, readArguments } from './soup/arguments.ts';
import { check, describeCheck } from './soup/check.ts';
import { collectFiles } from './soup/files.ts';
import { exit, Stop, usage } from './soup/usage.ts';

/** What the machine is to blame for; everything else is the input's. */
const machineKinds: ReadonlySet<ProblemKind> = new Set(['memory', 'device-lost', 'evaluation', 'no-adapter']);
/** Worth saying, but no reason to stop. */
const warningKinds: ReadonlySet<ProblemKind> = new Set(['duplicate', 'shared-examples', 'preprocessing']);

const row = 'soup';

function describe(problems: readonly Problem[]): string {
  return [...new Set(problems.map((one) => `${one.text}\n  ${one.remedy}`))].join('\n');
}

function problemsOf(facts: Facts): readonly Problem[] {
  return [...facts.checkpoints, ...facts.sets, { problems: facts.differences }, { problems: facts.problems }].flatMap(
    (one) => one.problems,
  );
}

/** A script wants all that it named in the soup, or to know why not: what the page would leave out is an error here. */
function stopForProblems(facts: Facts, args: Arguments, problems = problemsOf(facts)): void {
  const serious = problems.filter((one) => !warningKinds.has(one.kind));
  if (serious.length > 0) throw new Stop(machineKinds.has(serious[0]?.kind ?? 'usage') ? exit.machine : exit.input, describe(serious));
  const ingredients = facts.checkpoints.filter((one) => one.standing === 'ingredient').length;
  if (ingredients < 2) throw new Stop(exit.input, `Only ${ingredients} of ${facts.checkpoints.length} files can be an ingredient.`);
  if ((args.select !== undefined || args.kit !== undefined) && facts.sets.length === 0)
    throw new Stop(exit.input, 'No held-out set could be read.');
}

/** Options name files; the lab knows checkpoints by id. */
function optionsFor(facts: Facts, options: Arguments['options']): Readonly<Record<string, unknown>> {
  const { weights } = options;
  if (typeof weights !== 'object' || weights === null) return options;
  const byId = Object.entries(weights).map(([name, weight]): [string, unknown] => {
    const found = facts.checkpoints.filter((one) => one.name === name || one.name.endsWith(`/${name}`));
    if (found.length !== 1)
      throw new Stop(exit.usage, `--options: ${found.length === 0 ? 'no checkpoint is' : 'several checkpoints are'} called "${name}".`);
    return [found[0]?.id ?? name, weight];
  });
  return { ...options, weights: Object.fromEntries(byId) };
}

/** Says on stderr what happens: over one line on a terminal, a line for each change of phase elsewhere. */
function showProgress(lab: HeadlessLab): () => void {
  let last = '';
  let stopped = false;
  const look = async () => {
    while (!stopped) {
      const { doing, done, total, secondsLeft, phase } = await lab.progress();
      const share = total > 0 ? ` ${Math.round((100 * done) / total)} %` : '';
      const left = secondsLeft === undefined || secondsLeft < 1 ? '' : `, ${Math.ceil(secondsLeft)} s left`;
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${doing}${share}${left}`);
      else if (phase !== last && doing !== '') process.stderr.write(`${doing} …\n`);
      last = phase;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  // The page may close under the last look.
  look().catch(() => undefined);
  return () => {
    stopped = true;
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function cook(args: Arguments): Promise<Report> {
  const files = collectFiles(args);
  try {
    ensureChromium();
  } catch (thrown) {
    throw new Stop(exit.machine, thrown instanceof Error ? thrown.message : String(thrown));
  }
  const { provider, memoryBytes, seed } = args;
  const lab = await openHeadless({
    adapter: args.adapter,
    lab: { provider, memoryBytes, seed, cache: false },
    onConsole: (text) => process.stderr.write(`page: ${text}\n`),
  });
  try {
    const stopProgress = showProgress(lab);
    try {
      await lab.add(files);
      const before = await lab.facts();
      stopForProblems(before, args);
      const outcome = await lab.run([{ recipe: args.recipe, row, name: args.recipe, options: optionsFor(before, args.options) }]);
      const after = await lab.facts();
      if (outcome !== 'done') stopForRun(after, outcome);
      // NaN and Inf show only when the tensors themselves are read. (What the machine said is a note now: the run came to its end.)
      stopForProblems(
        after,
        args,
        [...after.checkpoints, ...after.sets].flatMap((one) => one.problems),
      );
    } finally {
      stopProgress();
    }
    const facts = await lab.facts();
    for (const one of problemsOf(facts)) process.stderr.write(`note: ${one.text}\n`);
    const report = buildReport(facts, { row, seed, date: new Date() });
    return args.out === undefined ? report : await write(lab, report, args.out);
  } finally {
    await lab.close();
  }
}

function stopForRun(facts: Facts, outcome: string): never {
  const problems = problemsOf(facts).filter((one) => !warningKinds.has(one.kind));
  const usageOnly = problems.length > 0 && problems.every((one) => one.kind === 'recipe');
  const code = usageOnly ? exit.usage : problems.some((one) => !machineKinds.has(one.kind)) ? exit.input : exit.machine;
  throw new Stop(code, problems.length === 0 ? `The run was ${outcome}.` : describe(problems));
}

/** soup.onnx (and its data files), report.json and report.png. */
async function write(lab: HeadlessLab, report: Report, folder: string): Promise<Report> {
  mkdirSync(folder, { recursive: true });
  const [first] = await lab.exportSoup(row, folder);
  if (first === undefined) throw new Stop(exit.machine, 'The soup could not be exported.');
  await lab.savePicture(join(folder, 'report.png'));
  // The export reads every ingredient once more, and hashes what it reads.
  const facts = await lab.facts();
  const final = {
    ...buildReport(facts, { row, seed: report.recipe.seed, ...(report.date === undefined ? {} : { date: new Date(report.date) }) }),
  };
  const withFile = { ...final, soup: { ...final.soup, file: { name: first, sha256: await sha256(join(folder, first)) } } };
  const valid = parseReport(withFile);
  if ('kind' in valid) throw new Error(valid.text);
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(valid, null, 2)}\n`);
  return valid;
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(usage);
    return exit.done;
  }
  if (args.check) {
    const { check: found, code } = await check(args);
    process.stdout.write(args.json ? `${JSON.stringify(found, null, 2)}\n` : `${describeCheck(found)}\n`);
    return code;
  }
  const report = await cook(args);
  process.stdout.write(args.json ? `${JSON.stringify(report, null, 2)}\n` : `${formatTable(report)}\n`);
  return exit.done;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  const code = thrown instanceof Stop ? thrown.code : exit.machine;
  process.stderr.write(
    thrown instanceof Stop ? `${thrown.message}\n` : `${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`,
  );
  if (code === exit.usage) process.stderr.write('Try: npm run --silent soup -- --help\n');
  process.exitCode = code;
}
