import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { writeCheckpoint } from './onnxFile.ts';

/** 85.6 million parameters, 343 MB a file: as many as a ViT-B. */
const widths = [784, ...new Array<number>(21).fill(2048), 10];

export interface Synthetic {
  readonly checkpoints: readonly string[];
  readonly bytes: number;
  readonly set: string;
  readonly examples: number;
}

/** A .npy array: magic, header padded to 64 bytes, values. */
function npy(descr: '|u1' | '<i8', shape: readonly number[], values: Uint8Array): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const header = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, padded.length % 256, padded.length >> 8])]);
  return Buffer.concat([header, Buffer.from(padded), values]);
}

function writeSet(path: string, examples: number): void {
  const pixels = Uint8Array.from({ length: examples * 784 }, (_, i) => (i * 2654435761) >>> 24);
  const labels = new Uint8Array(new BigInt64Array(examples).map((_, i) => BigInt(i % 10)).buffer);
  writeFileSync(path, zipSync({ 'x.npy': npy('|u1', [examples, 28, 28], pixels), 'y.npy': npy('<i8', [examples], labels) }, { level: 0 }));
}

/** Four checkpoints of 343 MB and a small held-out set, written once and kept in `folder`. */
export function makeSynthetic(folder: string, say: (text: string) => void): Synthetic {
  mkdirSync(folder, { recursive: true });
  const checkpoints = [1, 2, 3, 4].map((run) => join(folder, `big-${run}.onnx`));
  for (const [i, path] of checkpoints.entries()) {
    if (existsSync(path)) continue;
    say(`writing ${path}`);
    // Renamed when whole, so that an interrupted run leaves no half of a file behind.
    writeCheckpoint(`${path}.part`, widths, i + 1);
    renameSync(`${path}.part`, path);
  }
  const set = join(folder, 'select.npz');
  // So few because a software adapter takes a second an example for a network of this size.
  const examples = 4;
  writeSet(set, examples);
  return { checkpoints, bytes: checkpoints.reduce((sum, path) => sum + statSync(path).size, 0), set, examples };
}
