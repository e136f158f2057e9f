/** A tree to a program of few instructions. Their three numbers stand side by side: operation, a, b. */
import { dataError } from '../../errors.js';
import { charTest, type CharTest } from './chars.js';
import { isNullable, type Node, type Parsed } from './syntax.js';

/** What instructions do. */
export const
  /** The code point a. */
  CHAR = 0,
  /** A code point of the set a. */
  SET = 1,
  /** Goes on at a; where that fails, at b. */
  SPLIT = 2,
  JUMP = 3,
  /** Keeps the position in slot a. */
  SAVE = 4,
  /** Empties slots a to b. */
  RESET = 5,
  /** Fails where the position is that of slot a: a repetition that took nothing. */
  MOVED = 6,
  START = 7, END = 8, WORD = 9, INSIDE = 10,
  MATCH = 11;

export interface Program {
  code: Int32Array;
  sets: readonly CharTest[];
  slots: number;
  /** Of every instruction: its place in the memory of what failed, -1 for those that need none. */
  marks: Int32Array;
  markCount: number;
  /**
   * The slots of the repetitions around an instruction that must take something, innermost first. What may follow depends on which of
   * them have not yet, and those are the innermost ones: each number of them has a place of its own in the memory, one after the other.
   */
  loops: readonly (readonly number[])[];
  multiline: boolean;
  /** Whether a code point is one of a word. */
  word: CharTest;
}

const MOST_INSTRUCTIONS = 4000;

/** @throws ServiceError UNSUPPORTED where repetitions make it too large */
export function compileProgram({ tree, groups }: Parsed, flags: string, what: string): Program {
  const code: number[] = [], loops: (readonly number[])[] = [], sets: CharTest[] = [], known = new Map<string, number>();
  let slots = 2 * (groups + 1);
  let around: readonly number[] = [];
  const fold = flags.includes('i');

  const here = (): number => code.length / 3;
  const emit = (op: number, a = 0, b = 0): number => {
    if (here() >= MOST_INSTRUCTIONS) throw dataError('UNSUPPORTED', `${what}: the regular expression is too large once its repetitions are written out: repeat less, or use * and +`);
    code.push(op, a, b);
    loops.push(around);
    return here() - 1;
  };
  const setOf = (source: string): number => {
    let place = known.get(source);
    if (place === undefined) {
      known.set(source, place = sets.length);
      sets.push(charTest(source, flags));
    }
    return place;
  };
  const split = (lazy: boolean): { body: () => void; out: () => void } => {
    const at = emit(SPLIT), [first, second] = lazy ? [2, 1] : [1, 2];
    return { body: () => { code[3 * at + first] = here(); }, out: () => { code[3 * at + second] = here(); } };
  };

  const repeat = ({ of, min, max, lazy }: Node & { kind: 'repeat' }): void => {
    const inner = groupsOf(of), nullable = isNullable(of);
    const body = (checked: boolean): void => {
      if (inner.length > 0) emit(RESET, 2 * inner[0], 2 * inner[inner.length - 1] + 1);
      const mark = checked && nullable ? slots++ : -1;
      if (mark < 0) { visit(of); return; }
      emit(SAVE, mark);
      const outside = around;
      around = [mark, ...around];
      visit(of);
      emit(MOVED, mark);
      around = outside;
    };
    // The last one that must be there can be the loop, where it always takes something.
    const shared = max === Infinity && min > 0 && !nullable;
    for (let i = shared ? 1 : 0; i < min; i++) body(false);
    if (shared) {
      const start = here();
      body(false);
      const fork = split(lazy);
      code[code.length - 3 + (lazy ? 2 : 1)] = start;
      fork.out();
    } else if (max === Infinity) {
      const start = here(), fork = split(lazy);
      fork.body();
      body(true);
      emit(JUMP, start);
      fork.out();
    } else {
      const forks = [];
      for (let i = min; i < max; i++) {
        const fork = split(lazy);
        fork.body();
        body(true);
        forks.push(fork);
      }
      forks.forEach((fork) => { fork.out(); });
    }
  };

  const visit = (node: Node): void => {
    switch (node.kind) {
      case 'char':
        if (node.point !== undefined && !fold) emit(CHAR, node.point); else emit(SET, setOf(node.source));
        break;
      case 'edge': emit({ start: START, end: END, word: WORD, inside: INSIDE }[node.at]); break;
      case 'sequence': node.items.forEach(visit); break;
      case 'group':
        if (node.index !== undefined) emit(SAVE, 2 * node.index);
        visit(node.of);
        if (node.index !== undefined) emit(SAVE, 2 * node.index + 1);
        break;
      case 'choice': {
        const ends: number[] = [];
        node.items.forEach((item, i) => {
          if (i === node.items.length - 1) { visit(item); return; }
          const fork = split(false);
          fork.body();
          visit(item);
          ends.push(emit(JUMP));
          fork.out();
        });
        for (const end of ends) code[3 * end + 1] = here();
        break;
      }
      case 'repeat': repeat(node);
    }
  };
  visit(tree);
  emit(MATCH);
  const { marks, count } = marksOf(code, loops);
  return { code: Int32Array.from(code), sets, slots, marks, markCount: count, loops, multiline: flags.includes('m'), word: charTest('\\w', flags) };
}

function groupsOf(node: Node): number[] {
  switch (node.kind) {
    case 'sequence': case 'choice': return node.items.flatMap(groupsOf);
    case 'group': return [...(node.index === undefined ? [] : [node.index]), ...groupsOf(node.of)];
    case 'repeat': return groupsOf(node.of);
    default: return [];
  }
}

/** Instructions that are reached by several ways: between two of them all is straight. */
function marksOf(code: readonly number[], loops: readonly (readonly number[])[]): { marks: Int32Array; count: number } {
  const length = code.length / 3, ways = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    const op = code[3 * i];
    if (op === SPLIT) { ways[code[3 * i + 1]]++; ways[code[3 * i + 2]]++; } else if (op === JUMP) ways[code[3 * i + 1]]++; else if (op !== MATCH) ways[i + 1]++;
  }
  let count = 0;
  const marks = new Int32Array(length).fill(-1);
  for (let i = 0; i < length; i++) {
    if (code[3 * i] !== SPLIT && ways[i] < 2) continue;
    marks[i] = count;
    count += loops[i].length + 1;
  }
  return { marks, count };
}
