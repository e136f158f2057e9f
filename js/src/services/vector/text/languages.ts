/** Languages of `content`, by the names users write. All Snowball stemmers; English is english.ts, the others are vendored. */
import { ServiceError } from '../../../errors.js';
import {
  danish, dutch, finnish, french, german, hungarian, italian, norwegian, portuguese, romanian, russian, spanish, swedish, turkish,
} from '../../../vendor/stemmers/index.js';
import { stemEnglish } from './english.js';
import { LANGUAGES } from './names.js';

export interface Language {
  readonly name: string;
  /** From a lower-case word to its stem. */
  readonly stem: (word: string) => string;
  /** Whether an apostrophe inside a word ends it: French and Italian elide ("l'avion" is about an avion). */
  readonly splitsAtApostrophe: boolean;
}

const STEMMERS = new Map<string, (word: string) => string>([
  ['english', stemEnglish], ['danish', danish], ['dutch', dutch], ['finnish', finnish], ['french', french], ['german', german],
  ['hungarian', hungarian], ['italian', italian], ['norwegian', norwegian], ['portuguese', portuguese], ['romanian', romanian],
  ['russian', russian], ['spanish', spanish], ['swedish', swedish], ['turkish', turkish], ['none', (word) => word],
]);

/** @throws ServiceError INVALID_ARGUMENT listing the names. */
export function findLanguage(name: string): Language {
  const stem = STEMMERS.get(name);
  if (stem === undefined) {
    throw new ServiceError('INVALID_ARGUMENT', `language '${String(name)}' is not known; accepted: ${LANGUAGES.join(', ')} ('none' keeps words whole)`, { service: 'vector' });
  }
  return { name, stem, splitsAtApostrophe: name === 'french' || name === 'italian' };
}
