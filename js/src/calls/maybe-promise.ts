/** A result that may be there already: a short call costs no promise turn. Apart from what drives such calls, since a page that only hands them on needs no more. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
