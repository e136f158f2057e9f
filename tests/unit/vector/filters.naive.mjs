// The filter language once more, as plainly as it can be said: one document at a time, no index, no compiled form.
// docs/vector-filters.md in code; the property tests hold the product to it.

const equal = (value, operand) => (operand === null ? value === null || value === undefined : (Array.isArray(value) ? value : [value]).some((v) => v === operand));

const compare = (value, operand, holds) => (Array.isArray(value) ? value : [value])
  .some((v) => typeof v === typeof operand && (typeof v === 'number' || typeof v === 'string') && holds(v, operand));

const OPERATORS = {
  $eq: equal,
  $ne: (v, o) => !equal(v, o),
  $gt: (v, o) => compare(v, o, (a, b) => a > b),
  $gte: (v, o) => compare(v, o, (a, b) => a >= b),
  $lt: (v, o) => compare(v, o, (a, b) => a < b),
  $lte: (v, o) => compare(v, o, (a, b) => a <= b),
  $in: (v, o) => o.some((x) => equal(v, x)),
  $nin: (v, o) => !o.some((x) => equal(v, x)),
  $exists: (v, o) => (v !== undefined) === o,
  $contains: (v, o) => (Array.isArray(v) ? v.includes(o) : typeof v === 'string' && typeof o === 'string' && v.includes(o)),
  $not: (v, o) => !condition(v, o),
};

const condition = (value, c) => (typeof c === 'object' && c !== null
  ? Object.entries(c).every(([operator, operand]) => OPERATORS[operator](value, operand))
  : equal(value, c));

export function matches(metadata, filter) {
  return Object.entries(filter).every(([key, operand]) => {
    if (key === '$and') return operand.every((f) => matches(metadata, f));
    if (key === '$or') return operand.some((f) => matches(metadata, f));
    if (key === '$not') return !matches(metadata, operand);
    return condition(Object.hasOwn(metadata ?? {}, key) ? metadata[key] : undefined, operand);
  });
}
