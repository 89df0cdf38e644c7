import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALIGNMENT, arenaBytes, bufferBytes, elementBytes, planSlots, tensorBytes } from './slots.ts';
import type { TensorSpec } from './types.ts';

const specs = fc
  .array(
    fc.record({ dataType: fc.constantFrom('float32', 'float16', 'bfloat16', 'float64'), elements: fc.integer({ min: 0, max: 5000 }) }),
    { maxLength: 30 },
  )
  .map((list): TensorSpec[] => list.map((spec, i) => ({ ...spec, name: `t${i}` })));

test('slots cover every byte of every tensor once, in order, aligned, without overlapping', () => {
  fc.assert(
    fc.property(specs, fc.constantFrom(256, 1024, 4096), (tensors, chunkBytes) => {
      const slots = planSlots(tensors, chunkBytes);
      const done = tensors.map(() => 0);
      slots.forEach((slot, i) => {
        expect(slot.index).toBe(i);
        expect(slot.arenaByte % chunkBytes).toBe(0);
        expect(slot.bytes % 16).toBe(0);
        expect(slot.bytes).toBeLessThanOrEqual(chunkBytes);
        let end = 0;
        for (const piece of slot.pieces) {
          expect(piece.slotByte % ALIGNMENT).toBe(0);
          expect(piece.tensorByte % ALIGNMENT).toBe(0);
          expect(piece.slotByte).toBeGreaterThanOrEqual(end);
          expect(tensors[piece.tensor]?.dataType).toBe(slot.dataType);
          expect(done[piece.tensor]).toBe(piece.tensorByte);
          done[piece.tensor] = piece.tensorByte + piece.bytes;
          end = piece.slotByte + piece.bytes;
        }
        expect(end).toBeLessThanOrEqual(slot.bytes);
        expect(slot.arenaByte + slot.bytes).toBeLessThanOrEqual(arenaBytes(tensors).get(slot.dataType) ?? 0);
      });
      expect(done).toEqual(tensors.map(tensorBytes));
    }),
  );
});

test('hundreds of small tensors share a slot', () => {
  const tensors = Array.from({ length: 200 }, (_, i): TensorSpec => ({ name: `bias ${i}`, dataType: 'float32', elements: 64 }));
  expect(planSlots(tensors, 65536)).toHaveLength(1);
});

test('buffers are padded to 16 bytes and never empty', () => {
  const spec = (dataType: TensorSpec['dataType'], elements: number) => ({ name: 'w', dataType, elements });
  expect([spec('float16', 7), spec('float32', 4), spec('float32', 5), spec('float64', 0)].map(bufferBytes)).toEqual([16, 16, 32, 16]);
  expect((['float32', 'float16', 'bfloat16', 'float64'] as const).map(elementBytes)).toEqual([4, 2, 2, 8]);
});
