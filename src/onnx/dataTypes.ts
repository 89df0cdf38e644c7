import type { DataType } from './types.ts';

interface DataTypeFacts {
  readonly name: DataType;
  /** Bits an element takes in raw_data. 0 where elements have no fixed size. */
  readonly bits: number;
}

/** TensorProto.DataType by its number. A number beyond the list is a type this schema does not know. */
const BY_CODE: readonly DataTypeFacts[] = [
  { name: 'undefined', bits: 0 },
  { name: 'float32', bits: 32 },
  { name: 'uint8', bits: 8 },
  { name: 'int8', bits: 8 },
  { name: 'uint16', bits: 16 },
  { name: 'int16', bits: 16 },
  { name: 'int32', bits: 32 },
  { name: 'int64', bits: 64 },
  { name: 'string', bits: 0 },
  { name: 'bool', bits: 8 },
  { name: 'float16', bits: 16 },
  { name: 'float64', bits: 64 },
  { name: 'uint32', bits: 32 },
  { name: 'uint64', bits: 64 },
  { name: 'complex64', bits: 64 },
  { name: 'complex128', bits: 128 },
  { name: 'bfloat16', bits: 16 },
  { name: 'float8e4m3fn', bits: 8 },
  { name: 'float8e4m3fnuz', bits: 8 },
  { name: 'float8e5m2', bits: 8 },
  { name: 'float8e5m2fnuz', bits: 8 },
  { name: 'uint4', bits: 4 },
  { name: 'int4', bits: 4 },
  { name: 'float4e2m1', bits: 4 },
  { name: 'float8e8m0', bits: 8 },
  { name: 'uint2', bits: 2 },
  { name: 'int2', bits: 2 },
  { name: 'float6e2m3', bits: 6 },
  { name: 'float6e3m2', bits: 6 },
];

const CODES: ReadonlyMap<DataType, number> = new Map(BY_CODE.map((facts, code) => [facts.name, code]));

/** The DataType with TensorProto's number `code`; undefined where ONNX has none we know. */
export function dataTypeOf(code: number): DataType | undefined {
  return BY_CODE[code]?.name;
}

/** TensorProto's number of a DataType. */
export function dataTypeCode(dataType: DataType): number {
  return CODES.get(dataType) ?? 0;
}

/** Bits an element takes in raw_data; 0 for strings, whose elements have no fixed size. */
export function elementBits(dataType: DataType): number {
  return BY_CODE[dataTypeCode(dataType)]?.bits ?? 0;
}

/** Bytes an element takes in raw_data: 0.5 for the 4-bit types, 0 for strings, whose elements have no fixed size. */
export function elementBytes(dataType: DataType): number {
  return elementBits(dataType) / 8;
}

/** Bytes `elements` of a type take in raw_data, the last one padded where elements are smaller than a byte. */
export function tensorBytes(dataType: DataType, elements: number): number {
  const bits = elementBits(dataType);
  return bits % 8 === 0 ? elements * (bits / 8) : Math.ceil((elements * bits) / 8);
}

const FLOATS: ReadonlySet<DataType> = new Set<DataType>(['float32', 'float16', 'bfloat16', 'float64']);
const INTEGERS: ReadonlySet<DataType> = new Set<DataType>([
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'uint4',
  'int4',
  'uint2',
  'int2',
]);

/** A type whose values can be averaged: float32, float16, bfloat16, float64. The 8-bit and smaller floats are quantised storage. */
export function isFloat(dataType: DataType): boolean {
  return FLOATS.has(dataType);
}

/** A signed or unsigned integer type (bool is none). */
export function isInteger(dataType: DataType): boolean {
  return INTEGERS.has(dataType);
}
