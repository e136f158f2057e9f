/** Typed arrays that grow by half; the caller keeps the count. */
export function roomy<T extends Uint32Array | Int32Array | Uint16Array | Float64Array>(array: T, length: number): T {
  if (length <= array.length) return array;
  const Type = array.constructor as new (length: number) => T;
  const next = new Type(Math.max(64, length, Math.ceil(array.length * 1.5)));
  next.set(array);
  return next;
}
