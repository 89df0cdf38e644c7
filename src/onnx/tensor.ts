import { dataTypeOf, elementBits, tensorBytes } from './dataTypes.ts';
import { locateExternal } from './external.ts';
import { type TensorProto, TensorProto_DataLocation } from './generated/onnx_pb.ts';
import { fileProblem, grouped } from './problems.ts';
import type { ByteSource, DataType, Initializer, TypedRun } from './types.ts';
import { TYPED } from './wire/schemaMap.ts';
import type { WalkedTensor } from './wire/walk.ts';

const MAX_RANK = 64;

/** Where a tensor is looked for and what it is called in messages (`initializer "fc.weight"`). */
export interface TensorContext {
  readonly source: ByteSource;
  readonly siblings: readonly ByteSource[];
  readonly called: string;
}

/** The typed field of each data type that is not in int32_data. */
const TYPED_FIELD: Readonly<Partial<Record<DataType, number>>> = {
  float32: 4,
  complex64: 4,
  float64: 10,
  complex128: 10,
  int64: 7,
  uint32: 11,
  uint64: 11,
  string: 6,
};

/** The typed field that holds values of a data type, by its number. int32_data holds everything small. */
export function typedField(dataType: DataType): number {
  return TYPED_FIELD[dataType] ?? 5;
}

/** Values that a tensor's typed field has: one an element, two for complex types, one a byte for types smaller than a byte. */
export function typedValues(dataType: DataType, elements: number): number {
  if (dataType === 'complex64' || dataType === 'complex128') return elements * 2;
  return elementBits(dataType) < 8 && dataType !== 'string' ? tensorBytes(dataType, elements) : elements;
}

/**
 * What is known of a tensor without reading its bytes; checks everything that can be checked so. Throws a ProblemError
 * (`bad-dims`, `data-length`, `overrun`, `external-…`, `unsupported-model`).
 */
export function describeTensor(context: TensorContext, proto: TensorProto, walked: WalkedTensor): Initializer {
  const { source, called } = context;
  const named = { initializer: proto.name };
  const dataType = dataTypeOf(proto.dataType);
  if (dataType === undefined || dataType === 'undefined') {
    throw fileProblem('unsupported-model', source.name, `${called} has data type ${proto.dataType}, which is none that ONNX names`, named);
  }
  const dims = readDims(context, proto);
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (!dims.every(Number.isSafeInteger) || !Number.isSafeInteger(elements * 16)) {
    const found = `[${proto.dims.join(',')}]`;
    throw fileProblem('bad-dims', source.name, `${called} has dims ${found}, which no file can hold`, { ...named, found });
  }
  if (proto.segment !== undefined) throw fileProblem('unsupported-model', source.name, `${called} is stored in segments`, named);
  const byteLength = tensorBytes(dataType, elements);
  const shape = { name: proto.name, dataType, dims, elements, byteLength };
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const entry = (key: string): string | undefined => proto.externalData.find((pair) => pair.key === key)?.value;
    const where = { initializer: proto.name, location: entry('location') ?? '', offset: entry('offset'), length: entry('length') };
    return { ...shape, storage: 'external', location: locateExternal(source, context.siblings, where, byteLength) };
  }
  const stored = storedFields(walked);
  if (stored.length > 1) {
    throw fileProblem('data-length', source.name, `${called} stores its data more than once: in ${stored.join(' and ')}`, {
      ...named,
      found: stored.join(', '),
    });
  }
  if (walked.runs.length > 0) return { ...shape, ...typedStorage(context, shape, walked.runs) };
  if (dataType === 'string' && elements > 0) {
    throw fileProblem('data-length', source.name, `${called} is of strings, which raw_data can't hold`, named);
  }
  const found = walked.raw?.byteLength ?? 0;
  if (found !== byteLength) throw wrongLength(context, shape, `${grouped(byteLength)} bytes`, `${grouped(found)}`);
  return { ...shape, storage: 'raw', location: { source, byteOffset: walked.raw?.byteOffset ?? 0, byteLength } };
}

type Shape = Pick<Initializer, 'name' | 'dataType' | 'dims' | 'elements' | 'byteLength'>;

function storedFields(walked: WalkedTensor): readonly string[] {
  const fields = new Set(walked.runs.map((run) => TYPED[run.field]?.name ?? `field ${run.field}`));
  if (walked.raw !== undefined && walked.raw.byteLength > 0) fields.add('raw_data');
  return [...fields];
}

function readDims(context: TensorContext, proto: TensorProto): readonly number[] {
  const text = (): string => `[${proto.dims.slice(0, 8).join(',')}${proto.dims.length > 8 ? ',…' : ''}]`;
  if (proto.dims.length > MAX_RANK) {
    throw fileProblem('bad-dims', context.source.name, `${context.called} has ${proto.dims.length} dims, more than ${MAX_RANK}`, {
      initializer: proto.name,
      found: text(),
    });
  }
  if (proto.dims.some((dim) => dim < 0n)) {
    throw fileProblem('bad-dims', context.source.name, `${context.called} has dims ${text()}, and no dim can be negative`, {
      initializer: proto.name,
      expected: 'no negative dim',
      found: text(),
    });
  }
  return proto.dims.map(Number);
}

function typedStorage(
  context: TensorContext,
  shape: Shape,
  runs: readonly TypedRun[],
): Pick<Initializer, 'storage' | 'location' | 'typed' | 'byteLength'> {
  const { source } = context;
  const field = typedField(shape.dataType);
  const wrong = runs.find((run) => run.field !== field);
  if (wrong !== undefined || shape.dataType.startsWith('float6e')) {
    const fieldName = TYPED[wrong?.field ?? field]?.name ?? '';
    throw fileProblem('unsupported-model', source.name, `${context.called} is ${shape.dataType} and stores its data in ${fieldName}`, {
      initializer: shape.name,
      expected: TYPED[field]?.name ?? '',
      found: fieldName,
    });
  }
  const stored = runs.reduce((sum, run) => sum + run.byteLength, 0);
  const fixed = TYPED[field]?.bytes;
  const values = typedValues(shape.dataType, shape.elements);
  const tagged = fixed !== undefined && runs.some((run) => !run.packed);
  // An unpacked entry has its tag before it: one byte for every typed field's number.
  const atLeast = fixed === undefined ? values : runs.reduce((sum, run) => sum + run.byteLength / (run.packed ? fixed : fixed + 1), 0);
  if (fixed !== undefined ? atLeast !== values : stored < values || (field !== 6 && stored > values * 11)) {
    const unit = fixed === undefined ? `${grouped(values)} values` : `${grouped(values * fixed)} bytes`;
    throw wrongLength(
      context,
      shape,
      unit,
      `${grouped(fixed === undefined ? stored : Math.floor(atLeast * fixed))} bytes of ${TYPED[field]?.name}`,
    );
  }
  const byteLength = field === 6 ? stored : shape.byteLength;
  const [only] = runs;
  if (fixed !== undefined && !tagged && runs.length === 1 && only !== undefined) {
    return { storage: 'typed', byteLength, location: { source, byteOffset: only.byteOffset, byteLength } };
  }
  return { storage: 'typed', byteLength, typed: { source, runs } };
}

function wrongLength(context: TensorContext, shape: Shape, expected: string, found: string): Error {
  return fileProblem(
    'data-length',
    context.source.name,
    `${context.called} of ${shape.dataType} with dims [${shape.dims.join(',')}] needs ${expected}, but has ${found}`,
    { initializer: shape.name, expected, found },
  );
}
