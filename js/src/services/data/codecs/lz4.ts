/** The LZ4 frame format in TypeScript, for hosts without WebAssembly. The same frames as crates/codecs. */
import { corrupt, tooLarge } from './algorithms.js';
import { xxhash32 } from './xxhash32.js';

const MAGIC = 0x184d2204, SKIPPABLE = 0x184d2a50, STORED = 0x80000000;
const BLOCK = 65_532;
/** The last five bytes of a block are literals, and no match begins in its last twelve. */
const LAST_LITERALS = 5, MATCH_LIMIT = 12;

/** One frame: independent blocks, content size and content checksum. */
export function compressLz4(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(input.length + Math.ceil(input.length / BLOCK) * 4 + 64);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  out[4] = 0b0110_1100;
  out[5] = 0b0100_0000;
  view.setBigUint64(6, BigInt(input.length), true);
  out[14] = (xxhash32(out.subarray(4, 14)) >>> 8) & 0xff;
  let at = 15;
  const table = new Uint16Array(1 << 12), body = new Uint8Array(BLOCK);
  for (let from = 0; from < input.length; from += BLOCK) {
    const block = input.subarray(from, from + BLOCK);
    const length = compressBlock(block, body, table);
    if (length === 0) {
      view.setUint32(at, (block.length | STORED) >>> 0, true);
      out.set(block, at + 4);
      at += 4 + block.length;
    } else {
      view.setUint32(at, length, true);
      out.set(body.subarray(0, length), at + 4);
      at += 4 + length;
    }
  }
  view.setUint32(at, 0, true);
  view.setUint32(at + 4, xxhash32(input), true);
  return out.slice(0, at + 8);
}

/** Gives 0 where the block does not become smaller. */
function compressBlock(input: Uint8Array, out: Uint8Array, table: Uint16Array): number {
  table.fill(0xffff);
  const { length } = input;
  const most = length - 1;
  const read = (at: number): number => input[at] | (input[at + 1] << 8) | (input[at + 2] << 16) | (input[at + 3] << 24);
  let anchor = 0, at = 0, to = 0;
  const literals = (end: number, token: number): boolean => {
    const count = end - anchor;
    if (to + count + (count >> 7) + 16 > most) return false;
    out[to++] = (Math.min(count, 15) << 4) | token;
    if (count >= 15) {
      let rest = count - 15;
      for (; rest >= 255; rest -= 255) out[to++] = 255;
      out[to++] = rest;
    }
    out.set(input.subarray(anchor, end), to);
    to += count;
    return true;
  };
  while (at < length - MATCH_LIMIT) {
    const wanted = read(at), slot = Math.imul(wanted, 2654435761) >>> 20;
    const found = table[slot];
    table[slot] = at;
    if (found === 0xffff || read(found) !== wanted) { at += 1 + ((at - anchor) >> 6); continue; }
    let end = at + 4;
    for (let match = found + 4; end < length - LAST_LITERALS && input[end] === input[match]; end++) match++;
    const extra = end - at - 4;
    if (!literals(at, Math.min(extra, 15)) || to + (extra >> 7) + 8 > most) return 0;
    out[to++] = (at - found) & 0xff;
    out[to++] = (at - found) >> 8;
    if (extra >= 15) {
      let rest = extra - 15;
      for (; rest >= 255; rest -= 255) out[to++] = 255;
      out[to++] = rest;
    }
    anchor = at = end;
  }
  return literals(length, 0) ? to : 0;
}

/** All frames of `input`. @throws ServiceError CORRUPT, TOO_LARGE */
export function decompressLz4(input: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const out = new Output(limit);
  let at = 0;
  const need = (bytes: number): void => { if (at + bytes > input.length) throw corrupt('lz4', `a frame ends early, at byte ${input.length}`); };
  const u32 = (): number => { need(4); at += 4; return view.getUint32(at - 4, true); };
  if (input.length === 0) throw corrupt('lz4', 'there is nothing');
  for (let frames = 0; at < input.length; frames++) {
    const start = at, magic = u32();
    if (((magic & ~0xf) >>> 0) === SKIPPABLE) { const skip = u32(); need(skip); at += skip; continue; }
    if (magic !== MAGIC) throw corrupt('lz4', frames === 0 ? 'it does not begin as a frame' : `something follows the last frame, at byte ${start}`);
    need(2);
    const head = at, flags = input[at], most = [65536, 262144, 1048576, 4194304][((input[at + 1] >> 4) & 7) - 4];
    if (flags >> 6 !== 1 || most === undefined || flags & 1) throw corrupt('lz4', `a frame of an unknown kind, at byte ${start}`);
    at += 2;
    let claimed: bigint | undefined;
    if (flags & 8) { need(8); claimed = view.getBigUint64(at, true); at += 8; }
    need(1);
    if (input[at] !== ((xxhash32(input.subarray(head, at)) >>> 8) & 0xff)) throw corrupt('lz4', `the checksum of a frame's header does not hold, at byte ${at}`);
    at++;
    if (claimed !== undefined && claimed > BigInt(limit - out.length)) throw tooLarge(limit);
    const begin = out.length;
    for (let size = u32(); size !== 0; size = u32()) {
      const length = size & ~STORED;
      if (length > most) throw corrupt('lz4', `a block is longer than its frame allows, at byte ${at}`);
      need(length);
      const body = input.subarray(at, at + length);
      at += length;
      if (flags & 16 && u32() !== xxhash32(body)) throw corrupt('lz4', `the checksum of a block does not hold, at byte ${at}`);
      const first = out.length;
      if (size & STORED) out.append(body);
      else readBlock(body, out, flags & 32 ? first : begin, first + most, at - length);
    }
    if (claimed !== undefined && claimed !== BigInt(out.length - begin)) throw corrupt('lz4', 'a frame holds more or less than its header says');
    if (flags & 4 && u32() !== xxhash32(out.bytes.subarray(begin, out.length))) throw corrupt('lz4', 'the checksum of the content does not hold');
  }
  return out.bytes.slice(0, out.length);
}

/** @param begin the first byte that may be pointed back to; @param end what the block may reach at most */
function readBlock(body: Uint8Array, out: Output, begin: number, end: number, place: number): void {
  const bad = (): Error => corrupt('lz4', `a block can not be read, at byte ${place}`);
  let at = 0;
  const count = (nibble: number): number => {
    let sum = nibble;
    if (nibble === 15) {
      for (;;) {
        if (at >= body.length) throw bad();
        const more = body[at++];
        sum += more;
        if (more !== 255) break;
      }
    }
    return sum;
  };
  while (at < body.length) {
    const token = body[at++];
    const literals = count(token >> 4);
    if (at + literals > body.length || out.length + literals > end) throw bad();
    out.append(body.subarray(at, at + literals));
    at += literals;
    if (at === body.length) return;
    if (at + 2 > body.length) throw bad();
    const offset = body[at] | (body[at + 1] << 8);
    at += 2;
    const length = 4 + count(token & 15);
    if (offset === 0 || out.length - offset < begin || out.length + length > end) throw bad();
    out.repeat(offset, length);
  }
  throw bad();
}

/** Bytes that grow as they come, never past the limit. */
class Output {
  bytes = new Uint8Array(1 << 16);
  length = 0;

  constructor(private readonly limit: number) {}

  private room(more: number): void {
    if (this.length + more > this.limit) throw tooLarge(this.limit);
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(piece: Uint8Array): void {
    this.room(piece.length);
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  repeat(offset: number, length: number): void {
    this.room(length);
    const { bytes } = this;
    const to = this.length;
    if (offset >= length) bytes.copyWithin(to, to - offset, to - offset + length);
    else for (let i = 0; i < length; i++) bytes[to + i] = bytes[to + i - offset];
    this.length += length;
  }
}
