import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder: two above this file, and two above `.cache/run`, where the tools run from (see install.mjs). */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const dist = join(root, 'dist');
export const cache = join(root, '.cache');
export const kitFolder = join(root, 'public', 'samples', 'fashion');
export const fixtures = join(root, 'e2e', 'fixtures');
