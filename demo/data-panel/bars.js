/** Where the bars of a chart stand, in pixels. Names no page. */

export const BAR = 20, GAP = 6;
const LETTER = 6.8, TEXT_GAP = 8;

const shortened = (text, letters) => (text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text);
const isShown = (value) => typeof value === 'number' && Number.isFinite(value);

/** A number for the end of a bar: few digits, grouped. */
export function barText(value) {
  if (value === null || value === undefined) return 'null';
  if (!isShown(value)) return String(value);
  return Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 0.001) ? value.toExponential(2) : value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 1 });
}

/**
 * Bars from a common zero, to the right for positive values and to the left for negative ones.
 * @param {{ labels: string[], values: (number | null)[], width: number }} chart
 * @returns {{ height: number, zero: number, bars: { label: string, text: string, textX: number, y: number, x: number, length: number }[] }}
 */
export function barLayout({ labels, values, width }) {
  const texts = values.map(barText);
  const longest = (list) => list.reduce((most, t) => Math.max(most, t.length), 0);
  const labelWidth = Math.min(width * 0.38, longest(labels) * LETTER) + TEXT_GAP;
  const textWidth = longest(texts) * LETTER + TEXT_GAP;
  const shown = values.filter(isShown);
  const least = Math.min(0, ...shown), most = Math.max(0, ...shown);
  // The texts of negative bars stand to their left.
  const left = labelWidth + (least < 0 ? textWidth : 0);
  const room = Math.max(10, width - left - (most > 0 || least === 0 ? textWidth : 0));
  const span = most - least || 1;
  const zero = left + (-least / span) * room;
  const bars = values.map((value, i) => {
    const length = isShown(value) ? (Math.abs(value) / span) * room : 0;
    const negative = isShown(value) && value < 0;
    return {
      label: shortened(labels[i], Math.floor((labelWidth - TEXT_GAP) / LETTER + 0.01)), text: texts[i], y: i * (BAR + GAP), length,
      x: negative ? zero - length : zero, textX: negative ? zero - length - TEXT_GAP / 2 : zero + length + TEXT_GAP / 2, negative,
    };
  });
  return { height: Math.max(0, values.length * (BAR + GAP) - GAP), zero, bars };
}
