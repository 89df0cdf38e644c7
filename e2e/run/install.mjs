// What every command needs before anything else can be imported: runs on bare Node, built-in modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {string} text @returns {never} */
function stop(text) {
  say(text);
  process.exit(4);
}

/** @param {string} path @returns {Record<string, {version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean}>} */
function lockedPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/** Whether node_modules holds what package-lock.json says. By content, so that file times (a checkout, a copy) don't matter. */
function isInstalled() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  if (!existsSync(lock)) return true;
  const found = lockedPackages(installed);
  return Object.entries(lockedPackages(lock)).every(
    ([path, wanted]) => path === '' || wanted.optional || wanted.devOptional || found[path]?.version === wanted.version,
  );
}

/** Installs the dependencies where they are missing or others than package-lock.json says. Output goes to stderr. */
export async function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Soup Lab needs Node 20.19 or newer; this is ${process.versions.node}.`);
  if (isInstalled()) return;
  say('Installing dependencies (this once) …');
  const args = [existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  // A parent `npm run --silent` must not silence what npm says if this fails, nor a production setting leave Vite out.
  const env = { ...process.env, npm_config_loglevel: 'error', npm_config_production: '', NODE_ENV: 'development' };
  const done =
    npm?.endsWith('.js') === true
      ? spawnSync(process.execPath, [npm, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] })
      : spawnSync('npm', args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status !== 0) stop('npm could not install the dependencies: see above. Is a registry reachable?');
}

/**
 * Time of the newest file or folder (a folder changes when something in it is removed), in milliseconds.
 * @param {string} path @returns {number}
 */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return /\.(test\.tsx?|py)$/.test(path) ? 0 : stat.mtimeMs;
  return readdirSync(path)
    .filter((name) => name !== '__pycache__')
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

/** Builds the page into dist/ where its sources are newer than the last build. */
export async function ensureBuilt() {
  const built = join(root, 'dist', 'index.html');
  const sources = ['index.html', 'vite.config.ts', 'package-lock.json', 'app', 'src', 'public'];
  const latest = Math.max(...sources.map((name) => newest(join(root, name))));
  if (existsSync(built) && statSync(built).mtimeMs >= latest) return;
  say('Building the page …');
  const { build } = await import('vite');
  try {
    await build({ root, logLevel: 'silent' });
  } catch (thrown) {
    stop(`The page could not be built: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/**
 * Runs `e2e/run/NAME.ts` or `e2e/bench/NAME.ts`. Node 20 can't read TypeScript, so Vite, which is here anyway, bundles our own
 * modules into one file; packages stay where they are. The bundle lies as deep as the source, so `../..` is the root in both.
 * @param {string} entry path from the root
 */
export async function runTypeScript(entry) {
  const { build } = await import('vite');
  const name = entry.replace(/^.*\/|\.ts$/g, '');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: entry,
      outDir: '.cache/run',
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      sourcemap: 'inline',
      rolldownOptions: { output: { entryFileNames: `${name}.mjs`, chunkFileNames: `${name}-[name].mjs` } },
    },
  });
  await import(pathToFileURL(join(root, '.cache', 'run', `${name}.mjs`)).href);
}
