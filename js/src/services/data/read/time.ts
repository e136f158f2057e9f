/** Dates and times of ISO 8601, and how they were written. Nothing here knows a local time: a time without a zone is UTC. */

/** Milliseconds since 1970 of what was parsed last, its form (see `FORM`), and whether there are digits beyond milliseconds that are not 0. */
export const moment = { millis: 0, form: 0, finer: false };

/*
 * FORM, a number of 30 bits so that two can be compared at once: bits 0–1 the separator (0 a date alone, 1 'T', 2 ' '), bit 2 seconds,
 * bits 3–6 digits after the point (0: no point), bits 7–9 the zone (0 none, 1 Z, 2 ±hh:mm, 3 ±hhmm, 4 ±hh), bit 10 a minus, from bit 11 on
 * the zone's minutes.
 */
export const DATE_ALONE = 0;

const DASH = 0x2d, COLON = 0x3a;

/** Two digits, or NaN. */
function two(text: Uint8Array, at: number): number {
  const a = text[at] - 0x30, b = text[at + 1] - 0x30;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : NaN;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant's algorithm); years from 0 on. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year, era = Math.floor(y / 400), ofEra = y - era * 400;
  const ofYear = Math.trunc((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + ofEra * 365 + Math.trunc(ofEra / 4) - Math.trunc(ofEra / 100) + ofYear - 719468;
}

/** `2024-02-29`, `2024-02-29T12:30`, `2024-02-29 12:30:15.123456Z`, `…+02:00`, `…+0200`, `…+02`. */
export function parse(text: Uint8Array, start: number, end: number): boolean {
  if (end - start < 10 || text[start + 4] !== DASH || text[start + 7] !== DASH) return false;
  const year = two(text, start) * 100 + two(text, start + 2), month = two(text, start + 5), day = two(text, start + 8);
  if (!(year >= 0) || !(month >= 1 && month <= 12) || !(day >= 1 && day <= daysInMonth(year, month))) return false;
  let millis = daysFromCivil(year, month, day) * 86400000, form = DATE_ALONE;
  moment.finer = false;
  if (end - start > 10) {
    const separator = text[start + 10];
    if ((separator !== 0x54 && separator !== 0x20) || end - start < 16 || text[start + 13] !== COLON) return false;
    form = separator === 0x54 ? 1 : 2;
    const hour = two(text, start + 11), minute = two(text, start + 14);
    let second = 0, at = start + 16;
    if (end - at >= 3 && text[at] === COLON) {
      second = two(text, at + 1);
      form |= 4;
      at += 3;
      if (at < end && text[at] === 0x2e) {
        const from = ++at;
        while (at < end && isDigit(text[at])) at++;
        const digits = at - from;
        if (digits < 1 || digits > 9) return false;
        form |= digits << 3;
        for (let place = 0, worth = 100; place < digits; place++, worth /= 10) {
          const digit = text[from + place] - 0x30;
          if (place < 3) millis += digit * worth; else if (digit !== 0) moment.finer = true;
        }
      }
    }
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return false;
    const zone = parseZone(text, at, end);
    if (zone < 0) return false;
    form |= zone;
    millis += ((hour * 60 + minute) * 60 + second) * 1000 - offset(form);
  }
  moment.millis = millis;
  moment.form = form;
  return true;
}

/** The zone's bits of the form; -1 where it is none. */
function parseZone(text: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length === 0) return 0;
  if (length === 1) return text[at] === 0x5a ? 1 << 7 : -1;
  const sign = text[at];
  if (sign !== 0x2b && sign !== DASH) return -1;
  const style = length === 6 && text[at + 3] === COLON ? 2 : length === 5 ? 3 : length === 3 ? 4 : 0;
  if (style === 0) return -1;
  const hours = two(text, at + 1), minutes = style === 4 ? 0 : two(text, end - 2);
  return hours <= 23 && minutes <= 59 ? style << 7 | (sign === DASH ? 1 << 10 : 0) | (hours * 60 + minutes) << 11 : -1;
}

/** Milliseconds that the zone of a form is ahead of UTC. */
function offset(form: number): number {
  const ahead = (form >> 11) * 60000;
  return form & 1 << 10 ? -ahead : ahead;
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** The text that was read, of that form. */
export function print(millis: number, form: number): string {
  const date = new Date(millis + offset(form));
  let text = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  if (form === DATE_ALONE) return text;
  text += `${(form & 3) === 1 ? 'T' : ' '}${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  if (form & 4) text += `:${pad(date.getUTCSeconds())}`;
  const digits = form >> 3 & 15, zone = form >> 7 & 7;
  if (digits > 0) text += `.${pad(date.getUTCMilliseconds(), 3).padEnd(9, '0').slice(0, digits)}`;
  if (zone === 1) text += 'Z';
  if (zone > 1) {
    const minutes = form >> 11;
    text += `${form & 1 << 10 ? '-' : '+'}${pad(Math.trunc(minutes / 60))}${zone === 2 ? ':' : ''}${zone === 4 ? '' : pad(minutes % 60)}`;
  }
  return text;
}
