/** CRC-32 of the ZIP format (reflected, polynomial 0xEDB88320), four bytes a step ("slicing by four", Kounavis and Berry 2005). */
const tables = (() => {
  const made = Array.from({ length: 4 }, () => new Uint32Array(256));
  const [t0, t1, t2, t3] = made as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    t0[byte] = value;
  }
  for (let byte = 0; byte < 256; byte++) {
    let value = t0[byte] as number;
    for (const table of [t1, t2, t3]) {
      value = (value >>> 8) ^ (t0[value & 255] as number);
      table[byte] = value;
    }
  }
  return [t0, t1, t2, t3] as const;
})();

/** CRC-32 of all bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = tables;
  let crc = 0xffffffff;
  let at = 0;
  const whole = bytes.length - (bytes.length % 4);
  // The casts: indices are below 256 and `at` is below the length.
  for (; at < whole; at += 4) {
    const word =
      crc ^
      ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24));
    crc =
      (t3[word & 255] as number) ^ (t2[(word >>> 8) & 255] as number) ^ (t1[(word >>> 16) & 255] as number) ^ (t0[word >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 255] as number);
  return (crc ^ 0xffffffff) >>> 0;
}
