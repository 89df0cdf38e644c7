import { version } from '../../package.json';

/** Who made a document, for whoever reads it years later. */
export const tool = { name: 'soup-lab', version } as const;
