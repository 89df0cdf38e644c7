import { ProblemError } from '../problem/index.ts';
import type { Slot } from './slots.ts';
import type { TensorSpec } from './types.ts';

/** Element of a report where every value was finite. */
export const NONE = 0xffffffff;

/** A value that is not finite: NaN, +Inf or −Inf. `element` counts from 0 in the tensor. */
export function notFinite(file: string, tensor: string, element: number): ProblemError {
  return new ProblemError({
    kind: 'not-finite',
    file,
    initializer: tensor,
    expected: 'finite values',
    found: `NaN or infinity at element ${element}`,
    text: `${file}: initializer "${tensor}" is not finite: element ${element} is NaN or infinite, expected finite values only.`,
    remedy: 'Its training diverged or the file is damaged; leave this checkpoint out.',
  });
}

/** Weights so large that the soup overflows its storage type although every ingredient is finite. */
export function overflow(tensor: TensorSpec, element: number): ProblemError {
  return new ProblemError({
    kind: 'not-finite',
    initializer: tensor.name,
    expected: `a value that ${tensor.dataType} can hold`,
    found: `overflow at element ${element}`,
    text: `The soup's "${tensor.name}" overflows ${tensor.dataType} at element ${element}, although every ingredient is finite.`,
    remedy: 'Choose smaller weights; weights that add up to 1 and are not negative never overflow.',
  });
}

/**
 * Turns what the kernels reported into a rejection. `report` has a row of `names.length + 1` element numbers a slot: the first
 * element (in the slot) that is not finite of each ingredient, then of the soup; {@link NONE} where there is none.
 * @throws ProblemError `not-finite` for the first ingredient at fault, in the order given.
 */
export function throwIfNotFinite(
  report: Uint32Array,
  slots: readonly Slot[],
  specs: readonly TensorSpec[],
  names: readonly string[],
): void {
  const row = names.length + 1;
  for (let column = 0; column < row; column++) {
    for (const slot of slots) {
      const element = report[slot.index * row + column] ?? NONE;
      if (element === NONE) continue;
      const { spec, tensorElement } = locate(slot, specs, element);
      const name = names[column];
      throw name === undefined ? overflow(spec, tensorElement) : notFinite(name, spec.name, tensorElement);
    }
  }
}

function locate(slot: Slot, specs: readonly TensorSpec[], element: number): { spec: TensorSpec; tensorElement: number } {
  const size = { float32: 4, float16: 2, bfloat16: 2, float64: 8 }[slot.dataType];
  const byte = element * size;
  const piece = slot.pieces.findLast((candidate) => candidate.slotByte <= byte);
  const spec = piece === undefined ? undefined : specs[piece.tensor];
  if (piece === undefined || spec === undefined) throw new Error(`Slot ${slot.index} has no tensor at element ${element}.`);
  return { spec, tensorElement: (piece.tensorByte + byte - piece.slotByte) / size };
}
