/** Writes parameters where the module reads them: a 16-byte cell each, and one region for texts and blobs. */
import { sqliteServiceError } from '../errors.js';
import { BIG_INTEGER, BLOB, FLOAT, INTEGER, NULL, TEXT } from '../rows/cells.js';
import type { SQLParams, SQLValue } from '../types.js';
import { bindInOrder, bindsAsInteger, toBound, type ParameterNames } from '../values.js';
import type { WasmEngine } from '../wasm-engine.js';
import type { Memory } from './core.js';
import { utf8Encoder } from '../../../utf8.js';

/** Made when it is first needed: importing touches no global. */
/** Texts up to this long are written here; a call of the encoder costs more than a few characters do. */
const SHORT = 48;

export class Staging {
  readonly #engine: WasmEngine;
  readonly #memory: Memory;
  #cells = 0;
  #bytes = 0;
  #cellRoom = 0;
  #byteRoom = 0;
  /** Bytes of texts and blobs staged so far. */
  #used = 0;

  constructor(engine: WasmEngine) {
    this.#engine = engine;
    this.#memory = engine.memory;
  }

  #reserve(cells: number, bytes: number): void {
    if (cells <= this.#cellRoom && bytes <= this.#byteRoom) return;
    let cellRoom = Math.max(this.#cellRoom, cells, 64), byteRoom = bytes <= this.#byteRoom ? this.#byteRoom : Math.max(2 * this.#byteRoom, bytes, 4096);
    const granted = this.#engine.guard((core) => {
      if (core.stage(cellRoom, byteRoom) < 0) {
        // No more than what is needed, then; and no more is counted on.
        cellRoom = Math.max(this.#cellRoom, cells);
        byteRoom = Math.max(this.#byteRoom, bytes);
        if (core.stage(cellRoom, byteRoom) < 0) return false;
      }
      this.#cells = core.stagedCells() >>> 2;
      this.#bytes = core.stagedBytes() >>> 0;
      return true;
    });
    if (!granted) throw sqliteServiceError('OUT_OF_MEMORY', `there is no room for ${cells} parameters with ${bytes} bytes: bind less at once`);
    this.#cellRoom = cellRoom;
    this.#byteRoom = byteRoom;
  }

  /** Stages the parameters of one run; gives their number. @throws as `bindInOrder`. */
  stage(params: SQLParams | undefined, names: ParameterNames): number {
    this.#used = 0;
    const count = names.length;
    if (params === undefined || !Array.isArray(params) || params.length !== count) {
      const bound = bindInOrder(params, names);
      this.#reserve(count, 0);
      for (let i = 0; i < count; i++) this.#write(i, bound[i], names[i] ?? i + 1, undefined);
      return count;
    }
    this.#reserve(count, 0);
    for (let i = 0; i < count; i++) this.#write(i, params[i], names[i] ?? i + 1, undefined);
    return count;
  }

  /** Stages rows `from` on of many, as far as about `bytes` bytes; gives how many rows. */
  stageRows(rows: readonly SQLValue[][], from: number, to: number, names: ParameterNames, bytes: number): number {
    this.#used = 0;
    const width = names.length;
    const most = Math.max(1, Math.min(to - from, Math.floor(bytes / (16 * Math.max(1, width)))));
    this.#reserve(most * width, 0);
    let row = 0;
    for (; row < most && (row === 0 || this.#used < bytes); row++) {
      const values = rows[from + row];
      if (!Array.isArray(values) || values.length !== width) bindInOrder(values as SQLValue[], names, from + row);
      for (let i = 0, cell = row * width; i < width; i++, cell++) this.#write(cell, values[i], names[i] ?? i + 1, from + row);
    }
    return row;
  }

  #write(cell: number, value: SQLValue, place: number | string, row: number | undefined): void {
    const memory = this.#memory;
    const word = this.#cells + 4 * cell;
    if (typeof value === 'number') {
      const { u32, f64 } = memory;
      if (bindsAsInteger(value)) u32[word] = INTEGER;
      else { if (!Number.isFinite(value)) toBound(value, place, row); u32[word] = FLOAT; }
      f64[(word >>> 1) + 1] = value;
    } else if (typeof value === 'string') {
      this.#text(word, value, place, row);
    } else if (value === null || value === undefined) {
      memory.u32[word] = NULL;
    } else {
      const bound = toBound(value, place, row);
      if (typeof bound === 'bigint') { memory.u32[word] = BIG_INTEGER; memory.i64[(word >>> 1) + 1] = bound; }
      else if (typeof bound === 'number' || bound === null) this.#write(cell, bound, place, row);
      else if (typeof bound === 'string') this.#text(word, bound, place, row);
      else this.#blob(word, bound);
    }
  }

  #text(word: number, value: string, place: number | string, row: number | undefined): void {
    const { length } = value;
    this.#reserve(0, this.#used + 3 * length);
    const { u32, u8 } = this.#memory;
    const at = this.#bytes + this.#used;
    let written = 0;
    if (length <= SHORT) {
      for (; written < length; written++) {
        const code = value.charCodeAt(written);
        if (code > 127) break;
        u8[at + written] = code;
      }
    }
    if (written < length) {
      toBound(value, place, row); // lone surrogates
      written = utf8Encoder().encodeInto(value, u8.subarray(at, at + 3 * length)).written;
    }
    u32[word] = TEXT;
    u32[word + 2] = this.#used;
    u32[word + 3] = written;
    this.#used += written;
  }

  #blob(word: number, bytes: Uint8Array): void {
    this.#reserve(0, this.#used + bytes.length);
    const { u32, u8 } = this.#memory;
    u8.set(bytes, this.#bytes + this.#used);
    u32[word] = BLOB;
    u32[word + 2] = this.#used;
    u32[word + 3] = bytes.length;
    this.#used += bytes.length;
  }
}
