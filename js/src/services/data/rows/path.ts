/** Fields of rows by name or path: `price`, `ctx.w`, `tags[0]`. A field of that very name comes before the path. */

export type Segment = string | number;

/** The parts of a path; undefined where the text is a plain name. */
export function pathOf(field: string): readonly Segment[] | undefined {
  if (!/[.[]/.test(field)) return undefined;
  const parts: Segment[] = [];
  const part = /(?:^|\.)([^.[\]]+)|\[(\d{1,9})\]/y;
  while (part.lastIndex < field.length) {
    const match = part.exec(field);
    if (!match || (match[1] === undefined && parts.length === 0)) return undefined;
    parts.push(match[1] ?? Number(match[2]));
  }
  return parts;
}

export const ownField = (row: object, name: string): unknown => (Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined);

/** One step into a nested value; undefined where it has no such part. */
export function step(value: unknown, part: Segment): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof part === 'number' ? (value as unknown[])[part] : undefined;
  return typeof part === 'string' ? ownField(value, part) : undefined;
}

/** Reads a field of a row. `own`: what rows inherit under that name must not pass. */
export function reader(field: string, path: readonly Segment[] | undefined, own: boolean): (row: object) => unknown {
  if (path) return (row) => {
    let value: unknown = row;
    for (const part of path) value = step(value, part);
    return value;
  };
  if (own) return (row) => ownField(row, field);
  return (row) => (row as Record<string, unknown>)[field];
}

/** The same as an expression of JavaScript over `r`; `step` and `own` are in scope. */
export function readerCode(field: string, path: readonly Segment[] | undefined, own: boolean): string {
  if (path) {
    const [head, ...rest] = path as [string, ...Segment[]];
    return rest.reduce<string>((value, part) => `step(${value}, ${JSON.stringify(part)})`, readerCode(head, undefined, own));
  }
  return own ? `own(r, ${JSON.stringify(field)})` : `r[${JSON.stringify(field)}]`;
}
