import { clone, toBinary } from '@bufbuild/protobuf';
import { TensorProtoSchema } from './generated/onnx_pb.ts';
import type { ByteSource, FieldSpan, Initializer, ModelIndex } from './types.ts';
import { lengthField, lengthPrefix } from './wire/encode.ts';

const INITIALIZER = 5;
const METADATA_PROPS = 14;

/** Bytes `[byteOffset, byteEnd)` of a file give way to `parts`. */
interface Edit {
  readonly byteOffset: number;
  readonly byteEnd: number;
  readonly parts: readonly BlobPart[];
}

/** A file that was made, and the name to save it under. */
export interface SplicedFile {
  readonly name: string;
  readonly blob: Blob;
}

/**
 * A soup: the checkpoint's own bytes with the data of some initializers replaced (little-endian elements in the initializer's
 * dataType, exactly `byteLength` bytes) and metadata_props added at the end. Everything else stays byte for byte; without
 * replacements and metadata the result is the file itself. An entry of metadata_props whose key is given anew is left out, since a
 * model with one key twice is invalid. External data comes as further files under the names that the graph knows.
 * Nothing is read or copied: the blobs refer to the files. Throws an Error for a name or a length that isn't the model's.
 */
export function spliceModel(
  model: ModelIndex,
  replacements: ReadonlyMap<string, Uint8Array | Blob>,
  metadata: Readonly<Record<string, string>>,
  options: { readonly fileName?: string } = {},
): readonly SplicedFile[] {
  const edits = new Map<ByteSource, Edit[]>([[model.source, []]]);
  for (const { storage, location } of model.initializers) {
    if (storage === 'external' && location !== undefined && !edits.has(location.source)) edits.set(location.source, []);
  }
  const byName = new Map(model.initializers.map((initializer, i) => [initializer.name, { initializer, i }]));
  const spans = model.layout.graphFields.filter(({ field }) => field === INITIALIZER);
  let growth = 0;
  for (const [name, data] of replacements) {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`${model.name}: no initializer "${name}" to replace`);
    checkLength(model, found.initializer, data);
    const { location } = found.initializer;
    if (location !== undefined) {
      const { byteOffset, byteLength } = location;
      edits.get(location.source)?.push({ byteOffset, byteEnd: byteOffset + byteLength, parts: [part(data)] });
    } else {
      const edit = rewriteTensor(model, found.i, spans[found.i], data);
      growth += sizeOf(edit.parts) - (edit.byteEnd - edit.byteOffset);
      edits.get(model.source)?.push(edit);
    }
  }
  if (growth !== 0) edits.get(model.source)?.push(resizeGraph(model.layout.graph, growth));
  edits.get(model.source)?.push(...staleMetadata(model, metadata));
  return [...edits].map(([source, of]) => {
    const isModel = source === model.source;
    const tail = isModel ? Object.entries(metadata).map(([key, value]) => metadataField(key, value)) : [];
    const name = isModel ? (options.fileName ?? baseName(model.name)) : relativeTo(model.name, source.name);
    return { name, blob: new Blob([...cut(source, of), ...tail], { type: 'application/octet-stream' }) };
  });
}

/** The parts of a file after its edits. */
function cut(source: ByteSource, edits: readonly Edit[]): readonly BlobPart[] {
  const parts: BlobPart[] = [];
  let at = 0;
  let last: Edit | undefined;
  for (const edit of [...edits].sort((a, b) => a.byteOffset - b.byteOffset)) {
    if (last !== undefined && sameEdit(last, edit)) continue;
    last = edit;
    if (edit.byteOffset < at)
      throw new Error(`${source.name}: two tensors share bytes ${edit.byteOffset} to ${at}; they can't be replaced apart`);
    if (edit.byteOffset > at) parts.push(source.blob(at, edit.byteOffset - at));
    parts.push(...edit.parts);
    at = edit.byteEnd;
  }
  if (at < source.size) parts.push(source.blob(at, source.size - at));
  return parts;
}

/** Tied weights may share their bytes in an external file; they were averaged apart and came out the same. */
function sameEdit(a: Edit, b: Edit): boolean {
  const [x] = a.parts;
  const [y] = b.parts;
  if (a.byteOffset !== b.byteOffset || a.byteEnd !== b.byteEnd || a.byteOffset === a.byteEnd) return false;
  return x === y || (x instanceof Uint8Array && y instanceof Uint8Array && x.every((byte, i) => byte === y[i]));
}

/** A tensor whose data is varint-coded or in pieces is written anew, with raw_data; all else it has is kept. */
function rewriteTensor(model: ModelIndex, i: number, span: FieldSpan | undefined, data: Uint8Array | Blob): Edit {
  const proto = model.skeleton.graph?.initializer[i];
  if (proto === undefined || span === undefined) throw new Error(`${model.name}: initializer ${i} is not in the index's layout`);
  const head = toBinary(TensorProtoSchema, clone(TensorProtoSchema, proto));
  const length = data instanceof Blob ? data.size : data.length;
  const raw = lengthPrefix(9, length);
  const prefix = lengthPrefix(INITIALIZER, head.length + raw.length + length);
  return { byteOffset: span.byteOffset, byteEnd: span.byteEnd, parts: [prefix, head as Uint8Array<ArrayBuffer>, raw, part(data)] };
}

/** The graph's own length, changed by what its tensors grew. */
function resizeGraph(graph: FieldSpan, growth: number): Edit {
  const length = graph.byteEnd - graph.contentOffset + growth;
  return { byteOffset: graph.byteOffset, byteEnd: graph.contentOffset, parts: [lengthPrefix(graph.field, length)] };
}

function staleMetadata(model: ModelIndex, metadata: Readonly<Record<string, string>>): readonly Edit[] {
  return model.layout.model
    .filter(({ field }) => field === METADATA_PROPS)
    .filter((_, i) => Object.hasOwn(metadata, model.skeleton.metadataProps[i]?.key ?? ''))
    .map(({ byteOffset, byteEnd }) => ({ byteOffset, byteEnd, parts: [] }));
}

function metadataField(key: string, value: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const pair = [lengthField(1, text.encode(key)), lengthField(2, text.encode(value))];
  const content = new Uint8Array(pair.reduce((sum, bytes) => sum + bytes.length, 0));
  content.set(pair[0] ?? [], 0);
  content.set(pair[1] ?? [], pair[0]?.length ?? 0);
  return lengthField(METADATA_PROPS, content);
}

function checkLength(model: ModelIndex, initializer: Initializer, data: Uint8Array | Blob): void {
  const length = data instanceof Blob ? data.size : data.length;
  if (initializer.dataType === 'string' || length !== initializer.byteLength) {
    throw new Error(`${model.name}: "${initializer.name}" takes ${initializer.byteLength} bytes, not ${length}`);
  }
}

function part(data: Uint8Array | Blob): BlobPart {
  return data as BlobPart;
}

function sizeOf(parts: readonly BlobPart[]): number {
  return parts.reduce((sum, each) => sum + (each instanceof Blob ? each.size : (each as Uint8Array).byteLength), 0);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** An external file's name as the graph has it: without the model's own folder. */
function relativeTo(modelName: string, name: string): string {
  const folder = modelName.slice(0, modelName.lastIndexOf('/') + 1);
  return name.startsWith(folder) ? name.slice(folder.length) : baseName(name);
}
