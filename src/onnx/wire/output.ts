/** Bytes a length takes when it is written before it is known: a varint padded with empty continuation groups, which protobuf allows. */
const PADDED_LENGTH = 5;

/** A growing run of protobuf bytes, with messages whose length is filled in when they end. */
export class Output {
  length = 0;
  #bytes = new Uint8Array(4096);

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length] = value;
    this.length += 1;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Begins a message after its tag; returns what `end` wants. */
  begin(): number {
    this.#reserve(PADDED_LENGTH);
    this.length += PADDED_LENGTH;
    return this.length;
  }

  /** Ends the message that began at `start` by writing its length before it. */
  end(start: number): void {
    let rest = this.length - start;
    for (let i = 0; i < PADDED_LENGTH; i++) {
      this.#bytes[start - PADDED_LENGTH + i] = (rest % 128) + (i < PADDED_LENGTH - 1 ? 128 : 0);
      rest = Math.floor(rest / 128);
    }
  }

  /** A view of `[from, to)`; valid as long as nothing is appended. */
  view(from: number, to: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(from, to);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }
}
