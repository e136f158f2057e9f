/** Turns a collection's name, which may be any string, into one that every file system and case-folding host accepts. */
import { ServiceError } from '../../errors.js';

const MAX_LENGTH = 200;
/** Devices, not files, on Windows. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * Keeps a-z, 0-9, '-' and '_'; every other UTF-16 unit becomes '%' and four hex digits, so different names stay different
 * (also 'a' and 'A' on a case-insensitive disk, also lone surrogates) and none can leave its folder.
 *
 * @example collectionFileName('Notes/2026') // '%004Eotes%002F2026'
 * @throws ServiceError INVALID_ARGUMENT for an empty name or one longer than 200 characters once written so.
 */
export function collectionFileName(name: string): string {
  if (typeof name !== 'string' || name.length === 0) {
    throw new ServiceError('INVALID_ARGUMENT', 'a stored collection needs a name: pass a non-empty string as `name`');
  }
  let out = '';
  for (let i = 0; i < name.length && out.length <= MAX_LENGTH; i++) {
    const unit = name.charCodeAt(i);
    const plain = !(i === 0 && RESERVED.test(name)) && ((unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === 45 || unit === 95);
    out += plain ? name[i] : `%${unit.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  if (out.length > MAX_LENGTH) {
    throw new ServiceError('INVALID_ARGUMENT', `the collection name is too long to be a file name (${name.length} characters): choose a shorter one; characters other than a-z, 0-9, - and _ count five times`);
  }
  return out;
}
