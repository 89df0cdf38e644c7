import { expect, test } from 'vitest';
import { single, withKitchen } from '../testing.ts';

/** More than all workgroups of a scan take at once, so that each strides on to a second element. */
const ELEMENTS = 4096 * 64 + 1000;

for (const [name, element] of [
  ['the first element', 0],
  ['the last of the first stride', 4096 * 64 - 1],
  ['the last element', ELEMENTS - 1],
] as const) {
  test(`a NaN is found at ${name}, and the first of several is the one named`, () =>
    withKitchen(async (kitchen) => {
      const spec = { name: 'embedding', dataType: 'float32', elements: ELEMENTS } as const;
      const values = new Float32Array(ELEMENTS).fill(3.4e38);
      values[element] = Number.NaN;
      values[ELEMENTS - 1] = Number.NEGATIVE_INFINITY;
      await expect(kitchen.load([spec], single('run-1.onnx', spec, new Uint8Array(values.buffer)))).rejects.toMatchObject({
        problem: { kind: 'not-finite', initializer: 'embedding', found: `NaN or infinity at element ${element}` },
      });
    }));
}

test('the largest finite values pass', () =>
  withKitchen(async (kitchen) => {
    const half = { name: 'half', dataType: 'float16', elements: 3 } as const;
    (await kitchen.load([half], single('a', half, new Uint8Array(Uint16Array.of(0x7bff, 0xfbff, 0x0001).buffer)))).release();
    const brain = { name: 'brain', dataType: 'bfloat16', elements: 2 } as const;
    (await kitchen.load([brain], single('a', brain, new Uint8Array(Uint16Array.of(0x7f7f, 0xff7f).buffer)))).release();
  }));
