/** Who made a document, for whoever reads it years later. A test holds the version equal to package.json's. */
export const tool = { name: 'soup-lab', version: '0.1.0' } as const;
