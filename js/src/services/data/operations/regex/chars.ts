/** Sets of code points. What is in one, the host's own RegExp says, a code point at a time: classes, properties and case as there. */

export type CharTest = (point: number) => boolean;

const FEW = 256;
/** Answers that are kept beside those. */
const MOST = 1 << 16;

/** @param source of one code point: a literal, an escape, a class */
export function charTest(source: string, flags: string): CharTest {
  const pattern = new RegExp(`^(?:${source})$`, `u${flags.replaceAll(/[^is]/g, '')}`);
  const ask = (point: number): boolean => pattern.test(String.fromCodePoint(point));
  // 0: not asked yet, 1: in it, 2: not.
  const few = new Uint8Array(FEW);
  const more = new Map<number, boolean>();
  return (point) => {
    if (point < FEW) return (few[point] ||= ask(point) ? 1 : 2) === 1;
    let is = more.get(point);
    if (is === undefined) {
      if (more.size > MOST) more.clear();
      more.set(point, is = ask(point));
    }
    return is;
  };
}
