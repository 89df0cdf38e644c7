// `npm run bench`: the lab against the plain read and against numpy, on this machine.
import { ensureBuilt, ensureInstalled, runTypeScript } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
await runTypeScript('e2e/bench/bench.ts');
