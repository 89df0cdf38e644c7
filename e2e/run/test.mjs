// `npm test`: installs what is missing, then checks everything.
import { ensureInstalled, runTypeScript } from './install.mjs';

await ensureInstalled();
await runTypeScript('e2e/run/test.ts');
