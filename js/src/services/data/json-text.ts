/** JSON text of a value that a `json` column holds. */
import { dataError, invalid } from './errors.js';

/** As deep as the readers go, on both sides. */
const MOST_DEPTH = 256;

/** @returns undefined where the value has no JSON (its toJSON gave none) @throws ServiceError INVALID_ARGUMENT, TOO_LARGE */
export function jsonText(value: unknown, name: string, row: number): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(name, row);
    throw invalid(`row ${row} of the column '${name}' has no JSON (${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}): turn bigints into texts or numbers, and leave cycles out`, { row, field: name });
  }
  // Fewer characters can not nest that deep.
  if (text !== undefined && text.length > 2 * MOST_DEPTH && depthOf(text) > MOST_DEPTH) throw tooDeep(name, row);
  return text;
}

function tooDeep(name: string, row: number): Error {
  return dataError('TOO_LARGE', `row ${row} of the column '${name}' nests more than ${MOST_DEPTH} deep: flatten it`, { row, field: name });
}

function depthOf(text: string): number {
  let depth = 0, most = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      for (i++; text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (unit === 0x7b || unit === 0x5b) { if (++depth > most) most = depth; } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return most;
}
