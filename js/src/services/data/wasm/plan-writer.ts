/** Writes the arguments of a call as crates/data-processor-wasm/src/plan.rs reads them: words, doubles, texts behind their length in bytes. */
import { utf8Encoder } from '../../../utf8.js';
import { packStrings } from '../strings.js';

export class PlanWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  clear(): this { this.#at = 0; return this; }

  u32(value: number): this {
    this.#room(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  bool(value: boolean | undefined): this { return this.u32(value ? 1 : 0); }

  f64(value: number): this {
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.u32(value.length).#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  text(value: string): this {
    this.#room(4 + 3 * value.length);
    const { written } = utf8Encoder().encodeInto(value, this.#bytes.subarray(this.#at + 4));
    this.#view.setUint32(this.#at, written, true);
    this.#at += 4 + written;
    return this;
  }

  /** Text whose lone surrogates keep their three bytes (strings.ts). */
  expression(value: string): this { return this.bytes(packStrings([value]).bytes); }

  list<T>(items: readonly T[], write: (item: T) => void): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  /** What was written; good until the next write. */
  get written(): Uint8Array { return this.#bytes.subarray(0, this.#at); }
}
