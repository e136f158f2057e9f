/**
 * A copy of a WebAssembly file whose exported functions each begin with a trapdoor: while a global of ours is 0 nothing is different,
 * and with another value the next call traps in one of the ways in which code traps. The rest of the file is as it was shipped.
 *
 * Only what the patch needs is read: the binary format is that of the WebAssembly core specification 2.0, chapter 5.
 */

import { ServiceError } from '../errors.js';
import { TRAPDOOR } from '../faults.js';

const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;
const FUNC = 0, TABLE = 1, MEMORY = 2, GLOBAL = 3, TAG = 4;

const unreadable = (what: string): ServiceError => new ServiceError('WASM_COMPILE', `this WebAssembly file can not be given a trapdoor: ${what}`);

/** Reads numbers and names from a place on. */
class Reader {
  at: number;
  constructor(readonly bytes: Uint8Array, at = 0) { this.at = at; }
  byte(): number { return this.bytes[this.at++]; }
  /** LEB128, unsigned; enough for 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  name(): string {
    const length = this.u32();
    this.at += length;
    return String.fromCharCode(...this.bytes.subarray(this.at - length, this.at));
  }
  limits(): void {
    const flags = this.u32();
    this.u32();
    if (flags & 1) this.u32();
  }
}

function leb(value: number): number[] {
  const out: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) out.push((value % 128) | 0x80);
  return [...out, value];
}
const text = (name: string): number[] => [...leb(name.length), ...Array.from(name, (c) => c.charCodeAt(0))];

interface Section { id: number; body: Uint8Array }

function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length;) {
    const id = reader.byte();
    const size = reader.u32();
    sections.push({ id, body: bytes.subarray(reader.at, reader.at + size) });
    reader.at += size;
  }
  return sections;
}

/** How many functions and globals a module imports: its own are numbered after them. */
function imported(body: Uint8Array | undefined): { functions: number; globals: number } {
  const found = { functions: 0, globals: 0 };
  if (!body) return found;
  const reader = new Reader(body);
  for (let left = reader.u32(); left > 0; left--) {
    reader.name();
    reader.name();
    switch (reader.byte()) {
      case FUNC: reader.u32(); found.functions++; break;
      case TABLE: reader.byte(); reader.limits(); break;
      case MEMORY: reader.limits(); break;
      case GLOBAL: reader.at += 2; found.globals++; break;
      case TAG: reader.byte(); reader.u32(); break;
      default: throw unreadable('an import of a kind that this file does not know');
    }
  }
  return found;
}

/** Parameters and results of each function type. */
function typesOf(body: Uint8Array): { parameters: number; results: number }[] {
  const reader = new Reader(body);
  return Array.from({ length: reader.u32() }, () => {
    if (reader.byte() !== 0x60) throw unreadable('a type that is no function');
    const parameters = reader.u32();
    reader.at += parameters;
    const results = reader.u32();
    reader.at += results;
    return { parameters, results };
  });
}

/** `if (global == value) { … }` of each kind, in one block that is passed by while the global is 0. */
function prologue(global: number, self: number, parameters: number, results: number): number[] {
  const get = [0x23, ...leb(global)];
  const when = (value: number, ...code: number[]): number[] => [...get, 0x41, value, 0x46, 0x04, 0x40, ...code, 0x0b];
  const again = [...Array.from({ length: parameters }, (_, i) => [0x20, ...leb(i)]).flat(), 0x10, ...leb(self), ...Array.from({ length: results }, () => 0x1a)];
  return [
    ...get, 0x04, 0x40,
    ...when(1, 0x00),
    ...when(2, 0x41, 1, 0x41, 0, 0x6d, 0x1a),
    ...when(3, 0x41, 0x7c, 0x28, 2, 0, 0x1a), // i32.load at 4 GiB - 4
    ...when(4, ...again),
    0x0b,
  ];
}

function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}

/**
 * The patched copy.
 *
 * @param bytes of a module with a global section, as every file of this package has
 * @throws ServiceError WASM_COMPILE for a file that it can not read
 */
export function withTrapdoor(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(bytes);
  const bodyOf = (id: number): Uint8Array => {
    const found = sections.find((section) => section.id === id);
    if (!found) throw unreadable(`section ${id} is missing`);
    return found.body;
  };
  const imports = imported(sections.find(({ id }) => id === SECTION.import)?.body);
  const types = typesOf(bodyOf(SECTION.type));
  const functions = new Reader(bodyOf(SECTION.function));
  const typeOf = Array.from({ length: functions.u32() }, () => types[functions.u32()]);
  const globals = new Reader(bodyOf(SECTION.global));
  const globalCount = globals.u32(), global = imports.globals + globalCount;
  const exports = new Reader(bodyOf(SECTION.export));
  const exportCount = exports.u32(), exportsFrom = exports.at;
  const exported = new Set<number>();
  for (let left = exportCount; left > 0; left--) {
    exports.name();
    const kind = exports.byte(), index = exports.u32();
    if (kind === FUNC) exported.add(index - imports.functions);
  }

  const code = new Reader(bodyOf(SECTION.code));
  const bodies: (Uint8Array | readonly number[])[] = [leb(code.u32())];
  for (let place = 0; place < typeOf.length; place++) {
    const from = code.at, size = code.u32(), body = code.at, end = body + size;
    code.at = end;
    if (!exported.has(place)) { bodies.push(code.bytes.subarray(from, end)); continue; }
    const locals = new Reader(code.bytes, body);
    for (let left = locals.u32(); left > 0; left--) { locals.u32(); locals.byte(); }
    const { parameters, results } = typeOf[place];
    const door = prologue(global, imports.functions + place, parameters, results);
    bodies.push(leb(size + door.length), code.bytes.subarray(body, locals.at), door, code.bytes.subarray(locals.at, end));
  }

  const patched = new Map<number, Uint8Array>([
    [SECTION.global, concat([leb(globalCount + 1), globals.bytes.subarray(globals.at), [0x7f, 1, 0x41, 0, 0x0b]])],
    [SECTION.export, concat([leb(exportCount + 1), exports.bytes.subarray(exportsFrom), text(TRAPDOOR), [GLOBAL, ...leb(global)]])],
    [SECTION.code, concat(bodies)],
  ]);
  return concat([bytes.subarray(0, 8), ...sections.flatMap(({ id, body }) => {
    const now = patched.get(id) ?? body;
    return [[id, ...leb(now.length)], now];
  })]);
}
