/** Numbers and values in words. Names no page. */
export const count = (n) => n.toLocaleString('en');
export const rows = (n) => `${count(n)} row${n === 1 ? '' : 's'}`;

/** Decimal units, as disks and networks count. */
export function bytes(n) {
  if (n < 1000) return `${n} byte${n === 1 ? '' : 's'}`;
  // By what is shown: 999,600 bytes are 1.00 MB.
  const power = Math.min(3, Math.floor(Math.log10(Number(n.toPrecision(3))) / 3));
  return `${(n / 1000 ** power).toPrecision(3)} ${['', 'kB', 'MB', 'GB'][power]}`;
}

/** How many a second. A time below the clock's step makes no rate. */
export function rate(n, ms, unit) {
  if (!(ms > 0)) return `too fast for this page's clock`;
  const perSecond = (n / ms) * 1000;
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toPrecision(3)} million ${unit}/s`;
  return `${count(Math.round(perSecond))} ${unit}/s`;
}

export const megabytes = (n, ms) => (ms > 0 ? (n / 1e6 / (ms / 1000)).toPrecision(3) : '∞');

const isWhole = (value) => Number.isInteger(value) && !Object.is(value, -0);

/** One value of a table as text: short, with what was cut in `full`. */
export function valueText(value) {
  if (value === null || value === undefined) return { text: 'null', kind: 'null' };
  if (typeof value === 'bigint' || isWhole(value)) return { text: String(value), kind: 'number' };
  if (typeof value === 'number') {
    const full = Object.is(value, -0) ? '-0' : String(value);
    const text = Number.isFinite(value) && value !== 0 ? String(Number(value.toPrecision(8))) : full;
    return { text, kind: 'number', ...(text !== full && { full }) };
  }
  if (value instanceof Date) return { text: value.toISOString().replace(/T00:00:00\.000Z$/, ''), kind: 'date' };
  const full = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return full.length > 160 ? { text: `${full.slice(0, 160)}…`, kind: 'text', full: full.slice(0, 4000) } : { text: full, kind: 'text' };
}
