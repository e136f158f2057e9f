/**
 * The copy of a database that lies in its worker's memory: each commit sends the blocks it wrote to the page, before its answer, so a
 * worker that dies takes nothing acknowledged with it. Up to `MIRROR_LIMIT`; what grows beyond is no longer copied, and says so.
 */
import type { SqlEngine } from './engine.js';
import type { WasmEngine } from './wasm-engine.js';

/** Bytes of a database that is copied. */
export const MIRROR_LIMIT = 64 << 20;
/** What the engine's log of writes counts in. */
const BLOCK = 4096;

/** What one commit wrote (`blocks` of 4096 bytes each, the last of the file may be shorter), the whole file, or that there will be no more. */
export type MirrorNews =
  | { kind: 'mirror'; size: number; blocks?: Uint32Array; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'mirror'; off: string };

/** The worker's end. */
export class MirrorFeed {
  readonly #send: (news: MirrorNews, transfer: Transferable[]) => void;
  #off = false;

  constructor(send: (news: MirrorNews, transfer: Transferable[]) => void) {
    this.#send = send;
  }

  /** Before the engine's first write. */
  begin(engine: SqlEngine): void {
    if (!this.#off) (engine as WasmEngine).logWrites(true);
  }

  /** After a call that may have committed. */
  committed(engine: SqlEngine): void {
    if (this.#off || engine.inTransaction) return;
    try {
      const { blocks, size } = (engine as WasmEngine).takeDirtyBlocks();
      if (size > MIRROR_LIMIT) { this.stop(`the database has grown beyond ${MIRROR_LIMIT >> 20} MiB`, engine); return; }
      if (blocks.length === 0) return;
      const bytes = new Uint8Array(blocks.length * BLOCK);
      blocks.forEach((block, i) => { bytes.set(block.bytes, i * BLOCK); });
      this.#send({ kind: 'mirror', size, blocks: Uint32Array.from(blocks, ({ index }) => index), bytes }, [bytes.buffer]);
    } catch (error) {
      this.stop((error as Error).message);
    }
  }

  /** After an instance was replaced: what it had written and not told is not known, so all of it is told again. */
  again(engine: SqlEngine): void {
    if (this.#off) return;
    try {
      this.begin(engine);
      const bytes = engine.serialize() as Uint8Array<ArrayBuffer>;
      if (bytes.length > MIRROR_LIMIT) this.stop('it is too large', engine); else this.#send({ kind: 'mirror', size: bytes.length, bytes }, []);
    } catch (error) {
      this.stop((error as Error).message);
    }
  }

  stop(why: string, engine?: SqlEngine): void {
    if (this.#off) return;
    this.#off = true;
    (engine as WasmEngine | undefined)?.logWrites(false);
    this.#send({ kind: 'mirror', off: why }, []);
  }
}

/** The page's end. */
export class Mirror {
  #bytes = new Uint8Array(0);
  #size = 0;
  /** Why there is no copy any more. */
  off: string | undefined;

  get memoryBytes(): number { return this.#bytes.length; }

  hear(news: MirrorNews): void {
    if ('off' in news) {
      this.off = news.off;
      this.#bytes = new Uint8Array(0);
      this.#size = 0;
      return;
    }
    const { size, blocks, bytes } = news;
    if (!blocks) {
      this.#bytes = bytes;
      this.#size = size;
      return;
    }
    this.#resize(size);
    blocks.forEach((block, i) => {
      const at = block * BLOCK;
      const length = Math.min(BLOCK, size - at);
      if (length > 0) this.#bytes.set(bytes.subarray(i * BLOCK, i * BLOCK + length), at);
    });
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, Math.min(2 * this.#bytes.length, MIRROR_LIMIT)));
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    } else if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }

  /** The file as it was after the last commit; undefined: nothing was written. */
  image(): Uint8Array<ArrayBuffer> | undefined { return this.#size === 0 ? undefined : this.#bytes.slice(0, this.#size); }
}
