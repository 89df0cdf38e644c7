import type { FloatType } from './graph.ts';
import { logitsFromBytes } from './tensors.ts';
import type { Logits } from './types.ts';

/**
 * Collects the outputs of all batches in one GPU buffer and reads it back once: a read-back per batch would stop the GPU each time.
 * Batch k lies at slot k, every slot the size of a whole batch, padded to 16 bytes.
 */
export class Readback {
  readonly #device: GPUDevice;
  readonly #buffer: GPUBuffer;
  readonly #slotBytes: number;
  readonly #slots: { readonly type: FloatType; readonly rows: number }[] = [];
  readonly classes: number;

  constructor(device: GPUDevice, batches: number, rowsPerBatch: number, classes: number) {
    this.#device = device;
    this.classes = classes;
    this.#slotBytes = Math.ceil((rowsPerBatch * classes * 4) / 16) * 16;
    this.#buffer = device.createBuffer({
      label: 'evaluate: logits of all batches',
      size: this.#slotBytes * batches,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
  }

  /** Queues the copy of one batch's first `rows` rows; `source` may be given back to the runtime right after. */
  add(source: GPUBuffer, type: FloatType, rows: number): void {
    const elementBytes = type === 'float16' ? 2 : 4;
    // Copies are multiples of 4 bytes; the runtime pads its buffers to 16.
    const bytes = Math.ceil((rows * this.classes * elementBytes) / 4) * 4;
    const encoder = this.#device.createCommandEncoder({ label: 'evaluate: collect logits' });
    encoder.copyBufferToBuffer(source, 0, this.#buffer, this.#slots.length * this.#slotBytes, bytes);
    this.#device.queue.submit([encoder.finish()]);
    this.#slots.push({ type, rows });
  }

  /** Waits for everything queued and returns the logits of all batches, in the order they were added. */
  async read(): Promise<Logits> {
    await this.#buffer.mapAsync(GPUMapMode.READ);
    const mapped = this.#buffer.getMappedRange();
    const rows = this.#slots.reduce((sum, slot) => sum + slot.rows, 0);
    const values = new Float32Array(rows * this.classes);
    let row = 0;
    for (const [index, slot] of this.#slots.entries()) {
      values.set(logitsFromBytes(slot.type, mapped, index * this.#slotBytes, slot.rows * this.classes), row * this.classes);
      row += slot.rows;
    }
    this.#buffer.unmap();
    return { values, classes: this.classes };
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}
