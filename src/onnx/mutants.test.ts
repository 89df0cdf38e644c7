import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../problem/index.ts';
import { bytesOf, fixture } from './fixtures/fixture.ts';
import { buildTemplate, countingSource, fromBlob, graphSignature, readModel, readTensor, spliceModel } from './index.ts';

const MUTANTS = 500;
const SLACK = 16 * 1024 * 1024;

/** What damage does to a file: bytes changed, a piece cut out, a piece doubled, the end lost. */
type Damage =
  | { readonly kind: 'set'; readonly at: readonly (readonly [number, number])[] }
  | { readonly kind: 'cut' | 'double'; readonly from: number; readonly length: number }
  | { readonly kind: 'end'; readonly length: number };

/** A place in the file, as a share of it; everywhere alike, where fast-check would prefer the beginning. */
const place = fc.noBias(fc.integer({ min: 0, max: 99_999 })).map((n) => n / 100_000);
/** Bytes that protobuf cares about, more often than others: 0, 1, 0x7f, 0x80, 0xff. */
const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
const changes = fc.record({ kind: fc.constant('set' as const), at: fc.array(fc.tuple(place, byte), { minLength: 1, maxLength: 2 }) });
const pieces = fc.record({
  kind: fc.constantFrom('cut' as const, 'double' as const),
  from: place,
  length: fc.integer({ min: 1, max: 40 }),
});
const ends = fc.record({ kind: fc.constant('end' as const), length: place });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 6, arbitrary: changes },
  { weight: 2, arbitrary: pieces },
  { weight: 1, arbitrary: ends },
);

function damaged(bytes: Uint8Array<ArrayBuffer>, how: Damage): Blob {
  const at = (share: number): number => Math.floor(share * bytes.length);
  if (how.kind === 'end') return new Blob([bytes.slice(0, at(how.length))]);
  if (how.kind === 'set') {
    const changed = bytes.slice();
    for (const [share, value] of how.at) changed[at(share)] = value;
    return new Blob([changed]);
  }
  const from = at(how.from);
  const piece = bytes.slice(from, from + how.length);
  return new Blob(
    how.kind === 'cut' ? [bytes.slice(0, from), bytes.slice(from + how.length)] : [bytes.slice(0, from), piece, bytes.slice(from)],
  );
}

/** A damaged file is read or refused by name; what was read can be used like any other. */
async function survives(blob: Blob, siblings: readonly Blob[]): Promise<'read' | string> {
  const source = countingSource(fromBlob('mutant.onnx', blob));
  const read = await readModel(
    source,
    siblings.map((sibling) => fromBlob('external.onnx_data', sibling)),
  );
  expect(source.counts.largest).toBeLessThanOrEqual(blob.size);
  expect(source.counts.bytes).toBeLessThanOrEqual(2 * blob.size + 64);
  if (!read.ok) {
    expect(read.problem.file).toBe('mutant.onnx');
    expect(read.problem.text.length).toBeLessThan(2000);
    return read.problem.kind;
  }
  const { model } = read;
  expect(graphSignature(model).length).toBeLessThan(blob.size * 20 + 1000);
  let allocated = 0;
  for (const tensor of [...model.initializers, ...model.constants]) {
    allocated += tensor.byteLength;
    try {
      expect((await readTensor(tensor)).length).toBe(tensor.byteLength);
    } catch (thrown) {
      if (problemOf(thrown)?.kind !== 'data-length') throw thrown;
    }
  }
  expect(allocated).toBeLessThan(blob.size + SLACK);
  const [same] = spliceModel(model, new Map(), {});
  expect(same?.blob.size).toBe(blob.size);
  try {
    expect((await buildTemplate(model, [])).model.length).toBeLessThan(blob.size + SLACK);
  } catch (thrown) {
    if (problemOf(thrown)?.kind !== 'data-length') throw thrown;
  }
  return 'read';
}

describe('damaged files', () => {
  test.each(['raw', 'typed', 'external', 'odd-order', 'every-type', 'subgraph', 'function', 'torchscript'])('%s.onnx', async (name) => {
    const bytes = await bytesOf(await fixture(`${name}.onnx`));
    const data = new Blob([await bytesOf(await fixture('external.onnx_data'))]);
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const outcome = await survives(damaged(bytes, how), [data]);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      }),
      { numRuns: MUTANTS, seed: 20_220_310, endOnFailure: true },
    );
    // The damage is of a kind that both breaks files and leaves some alone; otherwise this test would show nothing.
    expect(seen.get('read') ?? 0).toBeGreaterThan(MUTANTS / 20);
    expect(seen.get('truncated') ?? 0).toBeGreaterThan(MUTANTS / 20);
    expect(seen.size).toBeGreaterThan(4);
  });
});
