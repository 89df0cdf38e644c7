import type { ProblemError } from '../../problem/index.ts';
import { fileProblem, grouped } from '../problems.ts';
import type { ByteSource, FieldSpan, TypedRun } from '../types.ts';
import { FIXED32, FIXED64, GROUP_END, GROUP_START, LENGTH, VARINT } from './encode.ts';
import { type Frame, frame, isMainInitializer, placeOf } from './frame.ts';
import { Output } from './output.ts';
import { BULKY, CHILDREN, type MessageKind, MODEL_WIRE, NAMING, RAW_DATA, SINGULAR, TYPED } from './schemaMap.ts';
import { Window } from './window.ts';

/** Beyond these a file is refused. Real models stay far below: a 70-billion-parameter export has some 30,000 nodes. */
export const LIMITS = {
  /** Bytes of everything that is not tensor data. */
  skeletonBytes: 64 * 1024 * 1024,
  /** One field that holds messages which are decoded whole: small bytes would become large objects. */
  messageBytes: 256 * 1024,
  /** Fields walked: nodes, attributes, tensors and their parts. */
  fields: 1_000_000,
  /** Messages walked: nodes, attributes, tensors. */
  messages: 300_000,
  /** Graphs inside graphs (If in If …), and groups inside groups. */
  depth: 24,
} as const;

/** A tensor as it lies in the file: its message without the data, and where the data is. */
export interface WalkedTensor {
  readonly frame: Frame;
  /** Where its message, without the data, lies in the skeleton. */
  readonly skeleton: readonly [from: number, to: number];
  /** raw_data's content; the last one where there are several, as protobuf has it. */
  readonly raw: { readonly byteOffset: number; readonly byteLength: number } | undefined;
  readonly runs: readonly TypedRun[];
}

export interface Walked {
  readonly output: Output;
  readonly bytesRead: number;
  readonly model: readonly FieldSpan[];
  readonly graph: FieldSpan;
  readonly graphFields: readonly FieldSpan[];
  readonly initializers: readonly WalkedTensor[];
  /** Tensors anywhere else. */
  readonly others: readonly WalkedTensor[];
}

/** The bytes of the longest tag and length together. */
const HEADER = 20;

/**
 * Walks the wire format of a ModelProto, following only messages that lead to tensors, jumping over tensor data. Everything else
 * is copied into `output`: a ModelProto without payloads, which the generated schema then decodes. Fields may come in any order.
 * Throws a ProblemError for whatever is wrong with the bytes.
 */
export async function walkModel(source: ByteSource): Promise<Walked> {
  const walker = new Walker(source);
  await walker.message(frame('model', 0, undefined), source.size, 0);
  const graph = walker.model.find((span) => span.field === 7);
  if (graph === undefined) throw fileProblem('not-onnx', source.name, 'is not an ONNX model: it has no graph');
  return {
    output: walker.output,
    bytesRead: walker.window.bytesRead,
    model: walker.model,
    graph,
    graphFields: walker.graphFields,
    initializers: walker.initializers,
    others: walker.others,
  };
}

class Walker {
  readonly output = new Output();
  readonly window: Window;
  readonly model: FieldSpan[] = [];
  readonly graphFields: FieldSpan[] = [];
  readonly initializers: WalkedTensor[] = [];
  readonly others: WalkedTensor[] = [];
  readonly #file: string;
  #fields = 0;
  #messages = 0;
  #hasGraph = false;
  /** Bytes that begin with ir_version, as every exporter's do, are taken for a model that may be damaged, others for something else. */
  #hasVersion = false;
  /** Where a field of the model ends that is longer than the file: set in a file that was cut. */
  #promised: number | undefined;

  constructor(source: ByteSource) {
    this.window = new Window(source);
    this.#file = source.name;
  }

  /** Walks the content of one message, from the window's position to `end`. */
  async message(at: Frame, end: number, depth: number): Promise<void> {
    const { window, output } = this;
    const children = CHILDREN[at.kind];
    const tensor =
      at.kind === 'tensor' ? { raw: undefined as WalkedTensor['raw'], runs: [] as TypedRun[], from: output.length } : undefined;
    while (window.position < end) {
      const start = window.position;
      if (!window.has(HEADER)) await window.fill(HEADER);
      const tag = this.#varint(at, end);
      const field = Math.floor(tag / 8);
      const wire = tag % 8;
      if (field === 0 || field > 0x1fffffff || wire > FIXED32 || wire === GROUP_END)
        throw this.#broken(at, start, `field ${field} of wire type ${wire}`);
      if (at.kind === 'model') this.#checkModelField(start, field, wire);
      this.#count();
      const child = children[field];
      if (child !== undefined) {
        await this.#descend(at, child, field, wire, start, end, depth);
      } else if (tensor !== undefined && (field === RAW_DATA || TYPED[field] !== undefined)) {
        const raw = await this.#payload(at, field, wire, start, end, tensor.runs);
        if (raw !== undefined) tensor.raw = raw;
      } else {
        output.varint(tag);
        await this.#copy(at, field, wire, end, 0);
        if (wire === LENGTH && NAMING[at.kind].includes(field)) this.#remember(at, field);
      }
      const content = this.#contentOffset;
      const span = { field, byteOffset: start, contentOffset: content, byteEnd: window.position };
      if (at.kind === 'model') {
        this.model.push(span);
        this.#hasGraph ||= field === 7;
        this.#hasVersion ||= field === 1;
      }
      if (at.kind === 'graph' && at.parent?.kind === 'model') this.graphFields.push(span);
    }
    if (tensor !== undefined) {
      const walked = { frame: at, skeleton: [tensor.from, output.length] as const, raw: tensor.raw, runs: tensor.runs };
      (isMainInitializer(at) ? this.initializers : this.others).push(walked);
    }
  }

  /** Where the content of the field walked last began. */
  #contentOffset = 0;
  #contentStart = 0;

  async #descend(at: Frame, kind: MessageKind, field: number, wire: number, start: number, end: number, depth: number): Promise<void> {
    if (wire !== LENGTH) throw this.#broken(at, start, `field ${field} is a message and has wire type ${wire}`);
    if (SINGULAR[at.kind].includes(field) && at.counts.has(field)) {
      throw fileProblem('unsupported-model', this.#file, `field ${field} comes twice in ${placeOf(at)} (byte ${grouped(start)})`);
    }
    this.#messages += 1;
    if (this.#messages > LIMITS.messages) throw this.#tooMuch(`more than ${grouped(LIMITS.messages)} nodes, attributes and tensors`);
    const deeper = kind === 'graph' ? depth + 1 : depth;
    if (deeper > LIMITS.depth) throw this.#tooMuch(`graphs nested more than ${LIMITS.depth} deep`);
    const next = frame(kind, field, at);
    const length = this.#messageLength(at, next, end);
    const content = this.window.position;
    this.output.varint(field * 8 + LENGTH);
    const began = this.output.begin();
    await this.message(next, content + length, deeper);
    this.output.end(began);
    this.#contentOffset = content;
  }

  /** Notes where tensor data lies and jumps over it. */
  async #payload(at: Frame, field: number, wire: number, start: number, end: number, runs: TypedRun[]): Promise<WalkedTensor['raw']> {
    const { window } = this;
    if (wire === LENGTH) {
      const byteLength = this.#length(at, end, TYPED[field]?.name ?? 'raw_data');
      const byteOffset = window.position;
      window.seek(byteOffset + byteLength);
      if (field === RAW_DATA) return { byteOffset, byteLength };
      if (TYPED[field]?.wire === LENGTH) extend(runs, field, start, window.position);
      else if (byteLength > 0) runs.push({ field, byteOffset, byteLength, packed: true });
      return undefined;
    }
    if (wire !== TYPED[field]?.wire) throw this.#broken(at, start, `tensor data (field ${field}) of wire type ${wire}`);
    if (wire === VARINT) this.#varint(at, end);
    else this.#skip(at, wire === FIXED32 ? 4 : 8, end);
    extend(runs, field, start, window.position);
    return undefined;
  }

  /** Copies the value of a field whose tag has been written. */
  async #copy(at: Frame, field: number, wire: number, end: number, groups: number): Promise<void> {
    const { window, output } = this;
    this.#contentOffset = window.position;
    if (wire === VARINT) {
      const value = window.position;
      this.#varint(at, end);
      const length = window.position - value;
      window.position = value;
      for (let i = 0; i < length; i++) output.byte(window.byte());
    } else if (wire === LENGTH) {
      const length = this.#length(at, end);
      this.#contentOffset = window.position;
      if (length > LIMITS.messageBytes && !BULKY[at.kind].includes(field)) {
        throw this.#tooMuch(`${grouped(length)} bytes in field ${field} of ${placeOf(at)}, more than ${grouped(LIMITS.messageBytes)}`);
      }
      output.varint(length);
      this.#contentStart = output.length;
      await this.#append(length);
    } else if (wire === FIXED32 || wire === FIXED64) {
      const length = wire === FIXED32 ? 4 : 8;
      if (window.position + length > Math.min(end, window.size)) throw this.#beyond(at, window.position + length, end, `field ${field}`);
      await this.#append(length);
    } else {
      await this.#copyGroup(at, field, end, groups + 1);
    }
  }

  /** Groups are a relic that no ONNX writer uses; they are copied so that unknown fields survive. */
  async #copyGroup(at: Frame, field: number, end: number, groups: number): Promise<void> {
    const { window, output } = this;
    if (groups > LIMITS.depth) throw this.#tooMuch(`groups nested more than ${LIMITS.depth} deep`);
    for (;;) {
      const start = window.position;
      if (!window.has(HEADER)) await window.fill(HEADER);
      const tag = this.#varint(at, end);
      const inner = Math.floor(tag / 8);
      const wire = tag % 8;
      this.#count();
      if (inner === 0 || wire > FIXED32 || (wire === GROUP_END && inner !== field))
        throw this.#broken(at, start, `a group without its end`);
      output.varint(tag);
      if (wire === GROUP_END) return;
      await this.#copy(at, inner, wire, end, wire === GROUP_START ? groups : 0);
    }
  }

  async #append(count: number): Promise<void> {
    if (this.output.length + count > LIMITS.skeletonBytes) {
      throw this.#tooMuch(`more than ${grouped(LIMITS.skeletonBytes)} bytes that are not tensor data`);
    }
    this.output.append(await this.window.take(count));
  }

  #remember(at: Frame, field: number): void {
    // A node has several outputs; the first names it.
    if (at.names.has(field)) return;
    const to = Math.min(this.output.length, this.#contentStart + 512);
    at.names.set(field, new TextDecoder().decode(this.output.view(this.#contentStart, to)));
  }

  #skip(at: Frame, count: number, end: number): void {
    const to = this.window.position + count;
    if (to > Math.min(end, this.window.size)) throw this.#beyond(at, to, end, 'tensor data');
    this.window.position = to;
  }

  /** A length, checked against the end of the message it lies in. */
  #length(at: Frame, end: number, what?: string): number {
    const length = this.#varint(at, end);
    const to = this.window.position + length;
    if (to > Math.min(end, this.window.size)) throw this.#beyond(at, to, end, what);
    return length;
  }

  /** The length of a message that is walked. In a file that was cut it may go on past the end: walking on finds the tensor it was cut in. */
  #messageLength(at: Frame, next: Frame, end: number): number {
    const length = this.#varint(next, end);
    const to = this.window.position + length;
    if (at.kind === 'model' && to > end && this.#hasVersion) this.#promised = to;
    else if (to > end) throw this.#beyond(next, to, end, undefined);
    return length;
  }

  #varint(at: Frame, end: number): number {
    const { window } = this;
    const start = window.position;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (window.position >= end || window.position >= window.size) throw this.#beyond(at, window.position + 1, end, undefined);
      const byte = window.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw this.#broken(at, start, 'a number of more than ten bytes');
  }

  #count(): void {
    this.#fields += 1;
    if (this.#fields > LIMITS.fields) throw this.#tooMuch(`more than ${grouped(LIMITS.fields)} fields`);
  }

  #checkModelField(start: number, field: number, wire: number): void {
    const known = MODEL_WIRE[field];
    if (known === undefined ? !this.#hasGraph : known !== wire) {
      throw this.#broken(undefined, start, `field ${field} of wire type ${wire}, which a model does not have`);
    }
  }

  #tooMuch(what: string): ProblemError {
    return fileProblem('limit', this.#file, `has ${what}`);
  }

  #broken(at: Frame | undefined, position: number, what: string): ProblemError {
    const where = at === undefined || at.kind === 'model' ? '' : `, in ${placeOf(at)}`;
    const is = this.#hasVersion ? 'is damaged' : 'is not an ONNX model';
    return fileProblem('not-onnx', this.#file, `${is}: at byte ${grouped(position)}${where} there is ${what}`, {
      remedy: this.#hasVersion
        ? 'Export or copy the checkpoint again.'
        : 'Export the model to ONNX (torch.onnx.export) and drop the .onnx file.',
    });
  }

  /** Something goes on to byte `to`, but what it lies in, or the file, ends before that. */
  #beyond(at: Frame, to: number, end: number, what: string | undefined): ProblemError {
    const { size } = this.window;
    const name = at.kind === 'tensor' ? at.names.get(8) : undefined;
    const named = name === undefined ? {} : { initializer: name };
    const inside = what === undefined || at.kind === 'model' ? placeOf(at) : `${what} of ${placeOf(at)}`;
    if (at.kind !== 'model' && (this.#promised === undefined || to <= size)) {
      const text = `${inside} goes on to byte ${grouped(to)}, but what holds it ends at byte ${grouped(end)}`;
      return fileProblem('overrun', this.#file, text, { expected: `${to}`, found: `${end}`, ...named });
    }
    if (!this.#hasVersion) return this.#broken(undefined, this.window.position, 'a field that is longer than the file');
    const whole = Math.max(this.#promised ?? to, to);
    const text = `ends at byte ${grouped(size)}, inside ${inside}, but goes on to byte ${grouped(whole)} at least`;
    return fileProblem('truncated', this.#file, text, { expected: `${whole}`, found: `${size}`, ...named });
  }
}

/** Adds an unpacked entry to the run before it where they touch. */
function extend(runs: TypedRun[], field: number, from: number, to: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last.field === field && !last.packed && last.byteOffset + last.byteLength === from) {
    runs[runs.length - 1] = { ...last, byteLength: to - last.byteOffset };
  } else {
    runs.push({ field, byteOffset: from, byteLength: to - from, packed: false });
  }
}
