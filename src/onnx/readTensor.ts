import type { ProblemError } from '../problem/index.ts';
import { elementBits } from './dataTypes.ts';
import { fileProblem, grouped } from './problems.ts';
import { typedField, typedValues } from './tensor.ts';
import type { Initializer, TypedStorage } from './types.ts';
import { FIXED32, FIXED64, VARINT } from './wire/encode.ts';
import { TYPED } from './wire/schemaMap.ts';

const STRINGS = 6;

/**
 * The tensor as little-endian elements of its dataType, row-major, `byteLength` bytes, however it is stored (raw, typed, external).
 * Strings come as their stored protobuf entries, good for comparing only. Throws a ProblemError `read-failed`, or `data-length`
 * where a varint-coded field turns out to have another number of values.
 */
export async function readTensor(initializer: Initializer): Promise<Uint8Array<ArrayBuffer>> {
  const { location, typed } = initializer;
  if (location !== undefined) return location.source.read(location.byteOffset, location.byteLength);
  if (typed === undefined) return new Uint8Array(0);
  const field = typedField(initializer.dataType);
  return field === STRINGS ? joined(await readRuns(typed)) : decodeTyped(initializer, typed, field);
}

/** The bytes of each run, from one read: runs lie in one message with little but tags between them, and may be very many. */
async function readRuns({ source, runs }: TypedStorage): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const from = runs[0]?.byteOffset ?? 0;
  const last = runs.at(-1);
  const bytes = await source.read(from, last === undefined ? 0 : last.byteOffset + last.byteLength - from);
  return runs.map(({ byteOffset, byteLength }) => bytes.subarray(byteOffset - from, byteOffset - from + byteLength));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function decodeTyped(initializer: Initializer, typed: TypedStorage, field: number): Promise<Uint8Array<ArrayBuffer>> {
  const { dataType, elements } = initializer;
  const values = typedValues(dataType, elements);
  const bytesEach = TYPED[field]?.bytes ?? Math.max(1, elementBits(dataType) / 8);
  const out = new Uint8Array(values * bytesEach);
  const view = new DataView(out.buffer);
  const wire = TYPED[field]?.wire ?? VARINT;
  let written = 0;
  for (const [i, bytes] of (await readRuns(typed)).entries()) {
    const cursor = { bytes, at: 0 };
    while (cursor.at < bytes.length) {
      if (typed.runs[i]?.packed === false) readVarint(initializer, typed, cursor);
      if (written === values) throw wrongCount(initializer, typed, `more than ${grouped(values)} values`);
      if (wire === FIXED32 || wire === FIXED64) {
        out.set(bytes.subarray(cursor.at, cursor.at + bytesEach), written * bytesEach);
        cursor.at += bytesEach;
      } else {
        writeInteger(view, written * bytesEach, bytesEach, readVarint(initializer, typed, cursor));
      }
      written += 1;
    }
  }
  if (written !== values) throw wrongCount(initializer, typed, `${grouped(written)} values`);
  return out;
}

/** A varint as its low and high 32 bits; values of fewer bytes than eight take the low bits, as ONNX has it for int32_data. */
function readVarint(
  initializer: Initializer,
  typed: TypedStorage,
  cursor: { bytes: Uint8Array; at: number },
): readonly [low: number, high: number] {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) throw wrongCount(initializer, typed, 'a value that is cut off');
    cursor.at += 1;
    const bits = byte & 127;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 128) return [low, high];
  }
  throw wrongCount(initializer, typed, 'a value of more than ten bytes');
}

function writeInteger(view: DataView, at: number, bytes: number, [low, high]: readonly [number, number]): void {
  if (bytes === 1) view.setUint8(at, low & 0xff);
  else if (bytes === 2) view.setUint16(at, low & 0xffff, true);
  else {
    view.setInt32(at, low, true);
    if (bytes === 8) view.setInt32(at + 4, high, true);
  }
}

function wrongCount(initializer: Initializer, typed: TypedStorage, found: string): ProblemError {
  const expected = `${grouped(initializer.elements)} values`;
  const text = `tensor "${initializer.name}" of ${initializer.dataType} with dims [${initializer.dims.join(',')}] needs ${expected}, but has ${found}`;
  return fileProblem('data-length', typed.source.name, text, { initializer: initializer.name, expected, found });
}
