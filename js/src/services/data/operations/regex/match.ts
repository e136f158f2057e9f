/**
 * Runs a program over a text. It tries one way after the other, in the order that ECMAScript says, and remembers where it failed: no
 * instruction is tried twice at one place of the text, so that the time is at most instructions times length, over all matches together.
 */
import { dataError } from '../../errors.js';
import { CHAR, END, INSIDE, JUMP, MATCH, MOVED, RESET, SAVE, SET, SPLIT, START, WORD, type Program } from './compile.js';

/** Places of the text for which memory is made at a time. */
const PAGE_BITS = 10, PAGE = 1 << PAGE_BITS;
/** Bits remembered for one text: 64 MiB. */
const MOST_BITS = 2 ** 29;
const NEWLINES: ReadonlySet<number> = new Set([10, 13, 0x2028, 0x2029]);

export class Matcher {
  readonly slots: Int32Array;
  readonly #program: Program;
  /** Pairs: an instruction and a place to try; or -1 - a slot and what it held. */
  #stack = new Int32Array(256);
  #text = '';
  #pages: (Uint32Array | undefined)[] = [];
  /** Of the first page, which short texts share. */
  #kept: Uint32Array | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.slots = new Int32Array(program.slots);
  }

  /** Begins with another text. @throws ServiceError TOO_LARGE */
  reset(text: string): void {
    const { markCount } = this.#program;
    if (text.length * markCount > MOST_BITS) throw dataError('TOO_LARGE', `a text of ${text.length} characters is too long for this regular expression: use a shorter one, or split the text`);
    this.#text = text;
    this.#pages = [];
    if (markCount === 0) return;
    const words = ((Math.min(text.length, PAGE - 1) + 1) * markCount + 31) >>> 5;
    if (this.#kept === undefined || this.#kept.length < words) this.#kept = new Uint32Array(words); else this.#kept.fill(0, 0, words);
    this.#pages.push(this.#kept);
  }

  /** Whether it failed there before; from now on it did. */
  #failed(mark: number, at: number): boolean {
    const { markCount } = this.#program;
    const page = (this.#pages[at >>> PAGE_BITS] ??= new Uint32Array((PAGE * markCount + 31) >>> 5));
    const bit = (at & (PAGE - 1)) * markCount + mark, mask = 1 << (bit & 31);
    if ((page[bit >>> 5] & mask) !== 0) return true;
    page[bit >>> 5] |= mask;
    return false;
  }

  /** What a match went through at its end did not fail, and the next one may begin there. */
  #forget(at: number): void {
    const { markCount } = this.#program, page = this.#pages[at >>> PAGE_BITS];
    if (!page) return;
    for (let mark = 0; mark < markCount; mark++) {
      const bit = (at & (PAGE - 1)) * markCount + mark;
      page[bit >>> 5] &= ~(1 << (bit & 31));
    }
  }

  /** The next match at or after `from`; its slots are set. Places must not go back between two calls on one text. */
  find(from: number): boolean {
    const text = this.#text;
    for (let at = from; at <= text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
      if (this.#matches(at)) { this.#forget(this.slots[1]); return true; }
    }
    return false;
  }

  #matches(start: number): boolean {
    const { code, loops, marks, sets, multiline, word } = this.#program, { slots } = this, text = this.#text, { length } = text;
    const isWord = (at: number): boolean => at >= 0 && at < length && word(text.charCodeAt(at));
    slots.fill(-1);
    let stack = this.#stack, top = 0;
    const push = (a: number, b: number): void => {
      if (top + 2 > stack.length) {
        const more = new Int32Array(2 * stack.length);
        more.set(stack);
        stack = this.#stack = more;
      }
      stack[top++] = a;
      stack[top++] = b;
    };
    push(0, start);
    while (top > 0) {
      let at = stack[--top], pc = stack[--top];
      if (pc < 0) { slots[-1 - pc] = at; continue; }
      for (let ok = true; ok;) {
        const mark = marks[pc];
        if (mark >= 0) {
          const around = loops[pc];
          let still = 0;
          while (still < around.length && slots[around[still]] === at) still++;
          if (this.#failed(mark + still, at)) break;
        }
        const a = code[3 * pc + 1];
        switch (code[3 * pc]) {
          case CHAR: case SET: {
            if (at >= length) { ok = false; break; }
            const point = text.codePointAt(at)!;
            ok = code[3 * pc] === CHAR ? point === a : sets[a](point);
            at += point > 0xffff ? 2 : 1;
            pc++;
            break;
          }
          case SPLIT: push(code[3 * pc + 2], at); pc = a; break;
          case JUMP: pc = a; break;
          case SAVE: push(-1 - a, slots[a]); slots[a] = at; pc++; break;
          case RESET:
            for (let slot = a; slot <= code[3 * pc + 2]; slot++) {
              if (slots[slot] < 0) continue;
              push(-1 - slot, slots[slot]);
              slots[slot] = -1;
            }
            pc++;
            break;
          case MOVED: ok = slots[a] !== at; pc++; break;
          case START: ok = at === 0 || (multiline && NEWLINES.has(text.charCodeAt(at - 1))); pc++; break;
          case END: ok = at === length || (multiline && NEWLINES.has(text.charCodeAt(at))); pc++; break;
          case WORD: ok = isWord(at - 1) !== isWord(at); pc++; break;
          case INSIDE: ok = isWord(at - 1) === isWord(at); pc++; break;
          case MATCH: slots[0] = start; slots[1] = at; return true;
        }
      }
    }
    return false;
  }
}
