/** Powers of two as scales: exact. crates/data-processor/src/powers.rs is its twin. */

/** A mean square that lost nothing below what doubles hold, nor passed them. */
export const inRange = (square: number): boolean => square >= 1e-290 && square < Infinity;

const SMALL = 2 ** -400;
const LARGE = 2 ** 400;
const view = new DataView(new ArrayBuffer(8));

/**
 * The power of two that brings numbers up to `most` near 1; 1 where their squares need none, as among all but the smallest and largest:
 * there, differences are too large for their squares to vanish, and too small to pass the doubles.
 */
export function scaleOf(most: number): number {
  if (most === 0 || !(most < Infinity) || (most >= SMALL && most <= LARGE)) return 1;
  view.setFloat64(0, most);
  // As far as it and its reciprocal are normal doubles.
  const exponent = Math.min(Math.max((view.getUint16(0) >> 4) - 1023, -1022), 1022);
  view.setUint32(0, (1023 - exponent) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}
