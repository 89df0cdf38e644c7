import { roundUp, type Slot } from './slots.ts';
import { type Errand, upload } from './stream.ts';
import type { IngredientSource, TensorSpec } from './types.ts';
import { bufferOf, type GpuWeightSet, type Workshop } from './workshop.ts';

/** One slot on its way: every ingredient's part side by side, and what the kernels need besides. */
export interface Lane {
  readonly parts: GPUBuffer;
  /** Where soups of many small tensors are written before they are dealt out. */
  readonly soup: GPUBuffer;
}

/** Zeros a slot of many small tensors before it is filled: the gaps between them are averaged too. */
export function clearGaps(encoder: GPUCommandEncoder, slot: Slot, lane: Lane): void {
  if (slot.pieces.length > 1) encoder.clearBuffer(lane.parts);
}

/** Reads every piece of a slot into `buffer` at `base`; pieces of one ingredient, all at once. */
export async function streamSlot(
  shop: Workshop,
  errand: Errand,
  specs: readonly TensorSpec[],
  slot: Slot,
  source: IngredientSource,
  buffer: GPUBuffer,
  base: number,
): Promise<void> {
  await Promise.all(
    slot.pieces.map(async (piece) => {
      const spec = specs[piece.tensor];
      if (spec === undefined) throw new Error(`No tensor ${piece.tensor}.`);
      await errand.read(source, spec, piece.tensorByte, piece.bytes, (bytes) => upload(shop.device, buffer, base + piece.slotByte, bytes));
    }),
  );
}

/** Where a slot's soup is written: straight into the tensor's buffer where the slot is a part of one tensor. */
export function soupBinding(set: GpuWeightSet, slot: Slot, lane: Lane): GPUBufferBinding {
  const piece = slot.pieces.length === 1 ? slot.pieces[0] : undefined;
  const spec = piece === undefined ? undefined : set.specs[piece.tensor];
  if (piece === undefined || spec === undefined || piece.slotByte !== 0) return { buffer: lane.soup };
  return { buffer: bufferOf(set, spec), offset: piece.tensorByte, size: roundUp(piece.bytes, 16) };
}

/** Deals the soup of many small tensors out of the lane; nothing to do where it was written straight. */
export function dealOut(encoder: GPUCommandEncoder, set: GpuWeightSet, slot: Slot, lane: Lane, binding: GPUBufferBinding): void {
  if (binding.buffer !== lane.soup) return;
  for (const piece of slot.pieces) {
    const spec = set.specs[piece.tensor];
    if (spec === undefined) throw new Error(`No tensor ${piece.tensor}.`);
    encoder.copyBufferToBuffer(lane.soup, piece.slotByte, bufferOf(set, spec), piece.tensorByte, roundUp(piece.bytes, 16));
  }
}
