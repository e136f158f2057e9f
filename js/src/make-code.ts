/**
 * Whether code may be made from text here. A Content-Security-Policy without 'unsafe-eval' forbids it and says so by throwing, which is the only
 * way to ask; a page asks once. Each user has a way without.
 */
let allowed: boolean | undefined;

export function canMakeCode(): boolean {
  if (allowed === undefined) {
    try {
      allowed = (new Function('return 1')() as number) === 1;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

/** Rows of more columns than this make more code than they save. */
export const MOST_COLUMNS = 200;
