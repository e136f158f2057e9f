/** Values to the type that a schema names, as the transforms toNumber, toBoolean and toDate convert them. `undefined`: it does not convert. */

/** Decimal and exponent forms, `Infinity` and `NaN`, blanks around them. */
const NUMBER = /^\s*(?:[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|Infinity)|NaN)\s*$/;

export function toNumber(value: unknown): number | undefined {
  switch (typeof value) {
    case 'number': return value;
    case 'boolean': return value ? 1 : 0;
    case 'bigint': return Number(value);
    case 'string': return NUMBER.test(value) ? Number(value) : undefined;
    default: return value instanceof Date ? value.getTime() : undefined;
  }
}

/** A whole number, in or out of range. */
export function toWhole(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return value.trim().startsWith('+') ? BigInt(value.trim().slice(1)) : BigInt(value.trim());
  const number = toNumber(value);
  return number !== undefined && Number.isInteger(number) ? BigInt(number) : undefined;
}

export function toBoolean(value: unknown): boolean | undefined {
  switch (typeof value) {
    case 'boolean': return value;
    case 'number': return value === 1 ? true : value === 0 ? false : undefined;
    case 'bigint': return value === 1n ? true : value === 0n ? false : undefined;
    case 'string': {
      const text = value.trim().toLowerCase();
      return text === 'true' || text === '1' || text === 'yes' ? true : text === 'false' || text === '0' || text === 'no' ? false : undefined;
    }
    default: return undefined;
  }
}

/** The furthest moment that a Date holds, either way. */
export const MOST_MS = 8.64e15;
const ISO = /^\s*([+-]\d{6}|\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s?(Z|[+-]\d\d:?(?:\d\d)?))?)?)?\s*$/i;

/** Milliseconds since 1970 UTC. Numbers are that already; texts are ISO 8601, without a zone UTC. */
export function toTimestamp(value: unknown): number | undefined {
  let ms: number | undefined;
  if (typeof value === 'number') ms = Math.trunc(value);
  else if (typeof value === 'bigint') ms = Number(value);
  else if (typeof value === 'string') ms = parseISO(value);
  else if (value instanceof Date) ms = value.getTime();
  return ms !== undefined && Math.abs(ms) <= MOST_MS ? ms : undefined; // NaN too
}

function parseISO(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  if (year === '-000000') return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A day that its month does not have would roll over.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const h = Number(hour), m = Number(minute), s = Number(second), ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  if (m > 59 || s > 59 || h > 24 || (h === 24 && (m > 0 || s > 0 || ms > 0))) return undefined;
  let offset = 0;
  if (zone.length > 1) {
    const hours = Number(zone.slice(1, 3)), minutes = Number(zone.replace(':', '').slice(3) || 0);
    if (hours > 23 || minutes > 59) return undefined;
    offset = (hours * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
  }
  return date.getTime() + ((h * 60 + m - offset) * 60 + s) * 1000 + ms;
}
