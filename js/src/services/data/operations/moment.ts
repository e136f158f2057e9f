/** A time of the calendar to milliseconds since 1970 UTC. */
import { MOST_MS } from '../convert.js';

/** `undefined`: no such date. */
export type DateReader = (text: string) => number | undefined;

export const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export interface Fields { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number; /** Minutes east of UTC. */ offset: number }

/** Milliseconds of a time that there is; 24:00 is the next day's 0:00. */
export function moment({ year, month, day, hour, minute, second, ms, offset }: Fields): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (minute > 59 || second > 59 || hour > 24 || (hour === 24 && minute + second + ms > 0)) return undefined;
  return within(date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms);
}

/** What a Date holds. */
export function within(ms: number): number | undefined { return Math.abs(ms) <= MOST_MS ? ms : undefined; }
