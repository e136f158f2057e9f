/** Strings of a column as JavaScript has them, decoded once for each list. */
import type { StringList } from '../../services/data/columns.js';
import { utf8Decoder } from '../../utf8.js';

const decoded = new WeakMap<object, readonly string[]>();

export function stringsOf(list: StringList): readonly string[] {
  if (!('offsets' in list)) return list;
  let strings = decoded.get(list);
  if (!strings) {
    const { offsets, bytes } = list;
    const made = new Array<string>(offsets.length - 1);
    for (let i = 0; i < made.length; i++) made[i] = decode(bytes, offsets[i], offsets[i + 1]);
    decoded.set(list, strings = made);
  }
  return strings;
}


function decode(bytes: Uint8Array, start: number, end: number): string {
  let surrogate = false;
  if (end - start < 24) {
    // Short ASCII text is the usual case, and a call of TextDecoder costs more than it.
    let text = '';
    for (let i = start; i < end; i++) {
      if (bytes[i] > 127) { text = ''; break; }
      text += String.fromCharCode(bytes[i]);
    }
    if (text !== '' || start === end) return text;
  }
  for (let i = start; i < end - 1; i++) if (bytes[i] === 0xed && bytes[i + 1] >= 0xa0) { surrogate = true; break; }
  // Shared memory is refused by TextDecoder in browsers.
  const piece = (from: number, to: number): string => utf8Decoder().decode(bytes.slice(from, to));
  if (!surrogate) return piece(start, end);
  let text = '';
  let from = start;
  for (let i = start; i < end - 2; i++) {
    if (bytes[i] !== 0xed || bytes[i + 1] < 0xa0) continue;
    text += piece(from, i) + String.fromCharCode(0xd000 | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f));
    from = i + 3;
    i += 2;
  }
  return text + piece(from, end);
}
