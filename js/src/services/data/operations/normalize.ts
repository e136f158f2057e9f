/** normalize: dates to ISO 8601 in UTC, numbers to [0, 1], texts to NFC without superfluous space, by what the column holds. */
import { onError, oneOf, optional } from './args.js';
import { isoText, msOf, parseISO, parseRFC } from './dates.js';
import { toUnit, toUnitCode } from './numbers.js';
import { BoundsOf, type Bounds } from './statistics.js';
import type { Operation, Statistic } from './types.js';

/** ISO 8601 or RFC 2822. */
const parseDate = (text: string): number | undefined => parseISO(text) ?? parseRFC(text);

/** Whether all texts are dates, and there is one. */
class AllDates implements Statistic<boolean> {
  #all = true;
  #some = false;
  add(value: string): boolean {
    this.#some = true;
    return (this.#all &&= parseDate(value) !== undefined);
  }
  result(): boolean { return this.#all && this.#some; }
}

export function tidy(value: string): string {
  return value.normalize('NFC').trim().replace(/\s+/g, ' ');
}

const dateText = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoText(ms));

export const normalize: Operation = {
  args: { as: optional(oneOf('timestamp')), onError },
  takes: ['f64', 'i32', 'i64', 'timestamp', 'utf8'],
  gives: (input, { as }) => (input === 'utf8' || input === 'timestamp' || as === 'timestamp' ? 'utf8' : 'f64'),
  statistic: ({ as }, input) => (as === 'timestamp' || input === 'timestamp' ? undefined : input === 'utf8' ? new AllDates() : new BoundsOf()),
  cell({ as }, input, known: boolean | Bounds | undefined) {
    if (input === 'timestamp') return isoText;
    if (input === 'utf8') return as === 'timestamp' || known === true ? (value: string) => dateText(parseDate(value)) : tidy;
    if (as === 'timestamp') return (value: number | bigint) => dateText(msOf(Number(value), 1));
    const of = toUnit(known as Bounds);
    return input === 'i64' ? (value: bigint) => of(Number(value)) : of;
  },
  code: (value, constant, input, known: boolean | Bounds | undefined) => (input !== 'f64' && input !== 'i32' || typeof known !== 'object' ? undefined : toUnitCode(value, constant, known)),
  loop(values, out, _args, known: Bounds) {
    const of = toUnit(known);
    for (let i = 0; i < values.length; i++) out[i] = of(values[i]);
  },
};
