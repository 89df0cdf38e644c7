import type { StorageType, TensorSpec } from './types.ts';

/** A part of one tensor inside a slot. Bytes; `tensorByte` and `slotByte` are multiples of {@link ALIGNMENT}. */
export interface Piece {
  readonly tensor: number;
  readonly tensorByte: number;
  readonly slotByte: number;
  readonly bytes: number;
}

/**
 * A stretch of weights that goes through the GPU at once: a part of one large tensor, or many small ones one after another, so
 * that hundreds of biases cost one dispatch. All of one storage type.
 */
export interface Slot {
  readonly index: number;
  readonly dataType: StorageType;
  /** First byte in the arena: the type's tensors laid one after another at aligned places, whatever the chunk size. */
  readonly arenaByte: number;
  /** Used bytes, a multiple of 16. */
  readonly bytes: number;
  readonly pieces: readonly Piece[];
}

/** Offsets at which a storage buffer may be bound on every adapter. */
export const ALIGNMENT = 256;

const ELEMENT_BYTES = { float32: 4, float16: 2, bfloat16: 2, float64: 8 } as const satisfies Record<StorageType, number>;

export function elementBytes(dataType: StorageType): number {
  return ELEMENT_BYTES[dataType];
}

/** Bytes of a tensor's values. */
export function tensorBytes(spec: TensorSpec): number {
  return spec.elements * elementBytes(spec.dataType);
}

/** Size of a tensor's GPU buffer: padded to 16 bytes, and never empty. */
export function bufferBytes(spec: TensorSpec): number {
  return Math.max(16, roundUp(tensorBytes(spec), 16));
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Bytes of each storage type's arena. */
export function arenaBytes(specs: readonly TensorSpec[]): ReadonlyMap<StorageType, number> {
  const bytes = new Map<StorageType, number>();
  for (const spec of specs) {
    bytes.set(spec.dataType, (bytes.get(spec.dataType) ?? 0) + roundUp(tensorBytes(spec), ALIGNMENT));
  }
  return bytes;
}

/**
 * Cuts tensors into slots of at most `chunkBytes` (a multiple of {@link ALIGNMENT}). Pure; slot `k` of a type covers arena bytes
 * `[k·chunkBytes, (k+1)·chunkBytes)`, so slots of another chunk size cover the same arena.
 */
export function planSlots(specs: readonly TensorSpec[], chunkBytes: number): readonly Slot[] {
  const arenas = new Map<StorageType, { next: number; slots: { arenaByte: number; bytes: number; pieces: Piece[] }[] }>();
  specs.forEach((spec, tensor) => {
    const arena = arenas.get(spec.dataType) ?? { next: 0, slots: [] };
    arenas.set(spec.dataType, arena);
    const total = tensorBytes(spec);
    for (let tensorByte = 0; tensorByte < total; ) {
      const place = arena.next + tensorByte;
      const k = Math.floor(place / chunkBytes);
      const slotByte = place - k * chunkBytes;
      const bytes = Math.min(total - tensorByte, chunkBytes - slotByte);
      let slot = arena.slots[k];
      if (slot === undefined) {
        slot = { arenaByte: k * chunkBytes, bytes: 0, pieces: [] };
        arena.slots[k] = slot;
      }
      slot.bytes = slotByte + roundUp(bytes, 16);
      slot.pieces.push({ tensor, tensorByte, slotByte, bytes });
      tensorByte += bytes;
    }
    arena.next += roundUp(total, ALIGNMENT);
  });
  const slots: Slot[] = [];
  for (const [dataType, arena] of arenas) {
    for (const slot of arena.slots) slots.push({ index: slots.length, dataType, ...slot });
  }
  return slots;
}
