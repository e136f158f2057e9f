/** Text as a part of an address: small ASCII letters and digits with hyphens between them. */

/** Latin letters that have no decomposition. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i', ŋ: 'n', ŧ: 't', ĸ: 'k',
};
const PLAIN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function slugify(value: string): string {
  if (PLAIN.test(value)) return value;
  return value
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    // Lower case has marks of its own: that of İ.
    .replace(/[^\0-\x7f]/gu, (letter) => (Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : /\p{M}/u.test(letter) ? '' : ' '))
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
    .join('-');
}
