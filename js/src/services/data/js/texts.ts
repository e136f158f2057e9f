/** Texts of a column as a dictionary. */
import type { Body } from './column.js';
import { listTexts } from './lists.js';

export function mapTexts(body: Body & { kind: 'strings' | 'lists' }): { codes: Int32Array; dictionary: string[] } {
  const texts = body.kind === 'strings' ? body.values : listTexts(body.lists);
  const known = new Map<string, number>();
  const codes = new Int32Array(texts.length);
  for (let i = 0; i < codes.length; i++) {
    let code = known.get(texts[i]);
    if (code === undefined) known.set(texts[i], (code = known.size));
    codes[i] = code;
  }
  return { codes, dictionary: [...known.keys()] };
}
