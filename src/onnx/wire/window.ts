import type { ByteSource } from '../types.ts';

/** A window is never smaller after a jump, nor larger while reading on. Bytes. */
const SMALLEST = 64;
const LARGEST = 256 * 1024;
/** The stretch a jump is expected to need before anything was learned, and the most that is ever expected. */
const STRETCH = 512;

/**
 * Reads a file through a moving window. While one reads on, the window doubles; after a jump (over a tensor's bytes) it is small
 * again: about what the stretch between the last two jumps took, and more only out of an allowance of 0.2 % of the file. So a file
 * of a few large tensors costs a handful of reads, and one of thousands of small tensors little more than their headers.
 */
export class Window {
  readonly size: number;
  /** Absolute position of the next byte. */
  position = 0;
  bytesRead = 0;
  readonly #source: ByteSource;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start = 0;
  /** Where the present stretch began, and where one stopped reading before the last seek. */
  #stretchStart = 0;
  #stretchEnd = 0;
  #stretch = STRETCH;
  #step = STRETCH;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** Whether the next `count` bytes, or all that are left in the file, can be read without waiting. */
  has(count: number): boolean {
    const until = Math.min(this.position + count, this.size);
    return this.position >= this.#start && until <= this.#start + this.#bytes.length;
  }

  /** Makes the next `count` bytes, or all that are left in the file, readable without waiting. */
  async fill(count: number): Promise<void> {
    if (this.has(count)) return;
    const windowEnd = this.#start + this.#bytes.length;
    const goesOn = this.position >= this.#start && this.position <= windowEnd;
    const kept = goesOn ? this.#bytes.subarray(this.position - this.#start) : new Uint8Array(0);
    const from = this.position + kept.length;
    this.#step = goesOn && from > 0 ? this.#stepOn() : this.#stepAfterJump();
    const length = Math.min(Math.max(count - kept.length, this.#step), this.size - from);
    const read = await this.#source.read(from, length);
    this.bytesRead += length;
    this.#bytes = kept.length === 0 ? read : concat(kept, read);
    this.#start = this.position;
  }

  #stepOn(): number {
    return Math.min(this.#step * 2, LARGEST, Math.max(8192, Math.ceil(this.size / 512)));
  }

  #stepAfterJump(): number {
    if (this.position > 0) this.#stretch = Math.min(STRETCH, Math.max(SMALLEST, this.#stretchEnd - this.#stretchStart + 12));
    this.#stretchStart = this.position;
    const allowance = Math.floor((65_536 + 0.002 * this.size - this.bytesRead) / 64);
    return Math.max(this.#stretch, Math.min(allowance, 65_536));
  }

  /** Moves without reading. */
  seek(position: number): void {
    this.#stretchEnd = this.position;
    this.position = position;
  }

  /** The next byte. It must have been filled. */
  byte(): number {
    const value = this.#bytes[this.position - this.#start];
    if (value === undefined) throw new Error(`window: byte ${this.position} read before it was filled`);
    this.position += 1;
    return value;
  }

  /** The next `count` bytes, which must be in the file. Valid until the next fill. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.has(count)) await this.fill(count);
    const at = this.position - this.#start;
    this.position += count;
    return this.#bytes.subarray(at, at + count);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
