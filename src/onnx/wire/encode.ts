/** Protobuf wire types. 3 and 4 begin and end the groups of old. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** A number of at most 2^53 as a protobuf varint. */
export function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return new Uint8Array(bytes);
}

/** Tag and length of a length-delimited field. */
export function lengthPrefix(field: number, byteLength: number): Uint8Array<ArrayBuffer> {
  const tag = varint(field * 8 + LENGTH);
  const length = varint(byteLength);
  const both = new Uint8Array(tag.length + length.length);
  both.set(tag);
  both.set(length, tag.length);
  return both;
}

/** One length-delimited field, whole. */
export function lengthField(field: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = lengthPrefix(field, content.length);
  const whole = new Uint8Array(prefix.length + content.length);
  whole.set(prefix);
  whole.set(content, prefix.length);
  return whole;
}
