/**
 * What a call is given while its code is still on the way, as it was when the call was made, whatever its caller does to it meanwhile. Rows of a class stay
 * themselves, as their fields may not be their own, and so does what lies deeper than a row's fields.
 *
 * @param most rows; a longer array is handed on as it is, for calls that read long ones with pauses anyway
 */
export function ownInput<T>(data: T, most = Infinity): T {
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return ownValues(data) as T;
  if (Array.isArray(data)) return data.length > most ? data : data.map((row: unknown) => (isPlain(row) ? ownFields(row, (field) => field) : row)) as T;
  return isPlain(data) ? ownFields(data, ownValues) as T : data;
}

export const ownOptions = <T>(options: T): T => (isPlain(options) ? { ...options } : options);

function ownValues(values: unknown): unknown {
  if (Array.isArray(values)) return values.slice();
  if (values instanceof ArrayBuffer) return values.slice(0);
  if (!ArrayBuffer.isView(values)) return values;
  if (values instanceof DataView) return new DataView(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
  return Uint8Array.prototype.slice.call(values); // of every kind; a Buffer's own `slice` is a view
}

/** With the same prototype: what a row has not, it must not find there. */
function ownFields(from: Record<string, unknown>, own: (value: unknown) => unknown): Record<string, unknown> {
  const made = Object.create(Object.getPrototypeOf(from) as object | null) as Record<string, unknown>;
  for (const name of Object.keys(from)) Object.defineProperty(made, name, { value: own(from[name]), enumerable: true, configurable: true, writable: true });
  return made;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
