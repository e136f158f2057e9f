/** Times as milliseconds since 1970 UTC, in the proleptic Gregorian calendar. crates/expression/src/time.rs is its twin. */

const DAY = 86_400_000;
/** What a Date can hold; beyond it the parts of a time are null. */
export const MAX_TIME = 8.64e15;

const FORM = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?$/;

/** ISO 8601: a date, or a date and a time, UTC where no zone stands; digits past milliseconds are cut off. */
export function parseTime(text: string): number | undefined {
  const m = FORM.exec(text);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4] ?? '0', m[5] ?? '0', m[6] ?? '0'].map(Number);
  if (m[1] === '-000000' || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const [zoneHour, zoneMinute] = [Number(m[10] ?? 0), Number(m[11] ?? 0)];
  if (zoneHour > 23 || zoneMinute > 59) return undefined;
  const zone = (m[9] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const milli = Number((m[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const time = daysOf(year, month, day) * DAY + ((hour * 60 + minute - zone) * 60 + second) * 1000 + milli;
  return Math.abs(time) <= MAX_TIME ? time : undefined;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970 of a date. Howard Hinnant, "chrono-compatible low-level date algorithms". */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

export type TimePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'dayOfWeek';

/** `dayOfWeek`: 0 is Sunday. */
export function partOf(part: TimePart, time: number): number {
  const days = Math.floor(time / DAY);
  const rest = time - days * DAY;
  switch (part) {
    case 'year': return dateOf(days).year;
    case 'month': return dateOf(days).month;
    case 'day': return dateOf(days).day;
    case 'hour': return Math.floor(rest / 3_600_000);
    case 'minute': return Math.floor(rest / 60_000) % 60;
    case 'second': return Math.floor(rest / 1000) % 60;
    case 'dayOfWeek': return (((days + 4) % 7) + 7) % 7;
  }
}

export const TIME_UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** The beginning of the unit that `time` lies in; weeks begin on Monday. */
export function truncateTime(unit: TimeUnit, time: number): number {
  const down = (step: number): number => Math.floor(time / step) * step;
  switch (unit) {
    case 'second': return down(1000);
    case 'minute': return down(60_000);
    case 'hour': return down(3_600_000);
    case 'day': return down(DAY);
    case 'week': return (Math.floor((Math.floor(time / DAY) + 3) / 7) * 7 - 3) * DAY;
    default: {
      const { year, month } = dateOf(Math.floor(time / DAY));
      return daysOf(year, unit === 'year' ? 1 : unit === 'quarter' ? month - ((month - 1) % 3) : month, 1) * DAY;
    }
  }
}

/** As Date.prototype.toISOString. */
export function timeText(time: number): string {
  const days = Math.floor(time / DAY);
  const { year, month, day } = dateOf(days);
  const rest = time - days * DAY;
  const two = (n: number): string => String(n).padStart(2, '0');
  const y = year >= 0 && year <= 9999 ? String(year).padStart(4, '0') : (year < 0 ? '-' : '+') + String(Math.abs(year)).padStart(6, '0');
  return `${y}-${two(month)}-${two(day)}T${two(Math.floor(rest / 3_600_000))}:${two(Math.floor(rest / 60_000) % 60)}:${two(Math.floor(rest / 1000) % 60)}.${String(rest % 1000).padStart(3, '0')}Z`;
}
