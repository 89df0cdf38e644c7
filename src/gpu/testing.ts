import { expect } from 'vitest';
import {
  type Gpu,
  type IngredientSource,
  type Kitchen,
  type KitchenSettings,
  openGpu,
  type TensorSpec,
  type WeightSet,
  webgpuKitchen,
} from './index.ts';
import { elementBytes } from './slots.ts';

/** Runs a test on a fresh device and fails it on any error the GPU reports and on any byte still held. */
export async function withKitchen(work: (kitchen: Kitchen, gpu: Gpu) => Promise<void>, settings: KitchenSettings = {}): Promise<void> {
  const gpu = await openGpu();
  if (gpu === undefined) throw new Error('These tests need a WebGPU adapter; a software one will do.');
  const kitchen = webgpuKitchen(gpu, settings);
  try {
    await work(kitchen, gpu);
    expect(gpu.takeErrors()).toEqual([]);
    expect(kitchen.memory.gpuBytes).toBe(0);
  } finally {
    kitchen.close();
    gpu.close();
  }
}

/** Specs by name, and an ingredient that serves them from memory. */
export function fromMemory(name: string, tensors: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): IngredientSource {
  return {
    name,
    read: async (spec, byteOffset, byteLength) => {
      const bytes = tensors.get(spec.name);
      if (bytes === undefined) throw new Error(`No tensor ${spec.name}.`);
      return bytes.slice(byteOffset, byteOffset + byteLength);
    },
  };
}

/** An ingredient of one tensor. */
export function single(name: string, spec: TensorSpec, bytes: Uint8Array<ArrayBuffer>): IngredientSource {
  expect(bytes.byteLength).toBe(spec.elements * elementBytes(spec.dataType));
  return fromMemory(name, new Map([[spec.name, bytes]]));
}

/** Everything in a set, by tensor name; the set is released. */
export async function take(kitchen: Kitchen, set: WeightSet): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const tensors = new Map<string, Uint8Array<ArrayBuffer>>();
  try {
    for await (const { spec, bytes } of kitchen.readBack(set)) tensors.set(spec.name, bytes);
  } finally {
    set.release();
  }
  return tensors;
}

/** `Σ wᵢ·xᵢ` without any rounding, rounded once to float32 to nearest even: sums of integers in units of 2⁻²¹⁴⁸. */
export function exactMean32(values: readonly number[], weights: readonly number[]): number {
  const sum = values.reduce((total, value, i) => total + asUnits(value) * asUnits(weights[i] ?? 0), 0n);
  if (sum === 0n) return 0;
  const magnitude = sum < 0n ? -sum : sum;
  // Least exponent of a float32's last place: 2⁻¹⁴⁹, which is 2¹⁹⁹⁹ units.
  const drop = BigInt(Math.max(magnitude.toString(2).length - 24, 2148 - 149));
  const unit = 1n << drop;
  let kept = magnitude / unit;
  const rest = (magnitude % unit) * 2n;
  if (rest > unit || (rest === unit && kept % 2n === 1n)) kept += 1n;
  const rounded = Number(kept) * 2 ** Math.max(Number(drop) - 2148, -149);
  return sum < 0n ? -rounded : rounded;
}

/** A float64 in units of 2⁻¹⁰⁷⁴. */
function asUnits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 1n ? -magnitude : magnitude;
}
