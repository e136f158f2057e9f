/**
 * Texts to milliseconds since 1970 UTC. What has no zone is UTC, whatever the host's zone; a leap second, a day that its month does not
 * have and a weekday that is another one are refused.
 */
import { toTimestamp } from '../convert.js';
import { patternReader } from './date-pattern.js';
import { invalid } from '../errors.js';
import { MONTHS, moment, within, type DateReader } from './moment.js';

export const parseISO: DateReader = toTimestamp;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Hours of the zones that RFC 2822 still reads by name. */
const ZONES: Readonly<Record<string, number>> = { ut: 0, gmt: 0, z: 0, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 };
const RFC = /^(?:(sun|mon|tue|wed|thu|fri|sat)\s*,)?\s*(\d{1,2})\s+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+(\d{2,4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+([+-]\d{4}|[a-z]{1,3})$/i;

export const parseRFC: DateReader = (text) => {
  const trimmed = text.trim();
  if (trimmed.length > 64) return undefined; // spaces without end
  const match = RFC.exec(trimmed);
  if (!match) return undefined;
  const [, weekday, day, month, yearText, hour, minute, second = '0', zone] = match;
  let year = Number(yearText);
  if (yearText.length === 2) year += year < 50 ? 2000 : 1900;
  else if (yearText.length === 3) year += 1900;
  let offset: number;
  if (/^[+-]/.test(zone)) {
    const minutes = Number(zone.slice(3));
    if (minutes > 59) return undefined;
    offset = (Number(zone.slice(1, 3)) * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
  } else {
    const name = zone.toLowerCase();
    if (!Object.hasOwn(ZONES, name)) return undefined;
    offset = ZONES[name] * 60;
  }
  const local = moment({ year, month: MONTHS.indexOf(month.toLowerCase()) + 1, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second), ms: 0, offset: 0 });
  if (local === undefined) return undefined;
  if (weekday !== undefined && DAYS.indexOf(weekday.toLowerCase()) !== new Date(local).getUTCDay()) return undefined;
  return within(local - offset * 60000);
};

const EPOCH = /^\s*[+-]?\d+(?:\.\d+)?\s*$/;
const epoch = (unit: number): DateReader => (text) => (EPOCH.test(text) ? within(Math.trunc(Number(text) * unit)) : undefined);

/** Formats by name; every other one is a pattern. */
const FORMATS: Readonly<Record<string, DateReader>> = { iso: parseISO, rfc2822: parseRFC, 'epoch-ms': epoch(1), 'epoch-s': epoch(1000) };

/** @throws ServiceError INVALID_ARGUMENT */
export function dateReader(format: string, what: string): DateReader {
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format];
  const reader = patternReader(format);
  if (typeof reader === 'string') throw invalid(`${what}: args.format ${reader}: it is ${Object.keys(FORMATS).map((name) => `'${name}'`).join(', ')}, or a pattern such as 'yyyy-MM-dd HH:mm:ss'`, { format });
  return reader;
}

/** What numbers are in that format: the milliseconds of one; undefined where the format is one of texts. */
export function numberUnit(format: string): number | undefined {
  return format === 'iso' || format === 'epoch-ms' ? 1 : format === 'epoch-s' ? 1000 : undefined;
}

export const msOf = (value: number, unit: number): number | undefined => within(Math.trunc(value * unit) + 0);

/** As Date.prototype.toISOString. */
export const isoText = (ms: number): string => new Date(ms).toISOString();
