// `npm start`: installs and builds what is missing, then serves the page.
import { ensureBuilt, ensureInstalled, runTypeScript } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
await runTypeScript('e2e/run/start.ts');
