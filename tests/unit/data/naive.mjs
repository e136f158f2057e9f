/** What the data processor must give, written as plainly as it can be: no typed array, no dictionary, one group at a time. */

/** By code point. */
export function compareText(a, b) {
  const x = [...a], y = [...b];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i].codePointAt(0) - y[i].codePointAt(0);
  return x.length - y.length;
}

/** A text that is equal where values are equal: NaN with NaN, -0 with 0. */
export function identity(value) {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : `date ${value.getTime()}`;
  if (typeof value === 'object') return `json ${JSON.stringify(value)}`;
  if (typeof value === 'bigint') return `number ${value}`;
  return `${typeof value} ${Object.is(value, -0) ? 0 : value}`;
}

const present = (value) => identity(value) !== 'null';
const number = (value) => Number(value);

/** Exact where whole numbers, else the sum of ever smaller parts. */
export function exactSum(values) {
  const finite = values.filter(Number.isFinite);
  if (finite.length < values.length) return values.reduce((a, b) => a + b, 0);
  // Shewchuk's partials: exact whatever the order.
  const partials = [];
  for (let x of finite) {
    let i = 0;
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (low !== 0) partials[i++] = low;
      x = high;
    }
    partials.length = i;
    partials.push(x);
  }
  return partials.reduceRight((a, b) => a + b, 0);
}

function compare(a, b) {
  if (typeof a === 'string') return compareText(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function quantile(values, q) {
  if (values.some(Number.isNaN)) return NaN;
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const place = (sorted.length - 1) * q, low = Math.floor(place), share = place - low;
  if (share === 0 || sorted[low] === sorted[low + 1]) return sorted[low];
  return sorted[low] * (1 - share) + sorted[low + 1] * share;
}

/** Differences from the mean, taken from the first value on: a mean of neighbours a bit apart would be rounded to one of them. */
function centred(values) {
  const from = values.map((v) => v - values[0]);
  const mean = exactSum(from) / from.length;
  return from.map((d) => d - mean);
}

function variance(values, population) {
  if (values.length < (population ? 1 : 2)) return null;
  return exactSum(centred(values).map((d) => d ** 2)) / (values.length - (population ? 0 : 1));
}

const stringified = (value) => (value === null || value === undefined ? null : typeof value === 'bigint' ? JSON.parse(String(value)) : JSON.parse(JSON.stringify(value)));

/** One operation over the values of a group's rows. */
export function operate({ operation, q, population }, values, others) {
  const some = values.filter(present);
  const numbers = some.map(number);
  // Bigints sum as such: past 2^53 the sum of their doubles is another.
  const total = () => (some.some((value) => typeof value === 'bigint') ? Number(some.reduce((sum, value) => sum + BigInt(value), 0n)) : exactSum(numbers));
  switch (operation) {
    case 'count': return some.length;
    case 'countDistinct': return new Set(some.map(identity)).size;
    case 'sum': return numbers.length === 0 ? 0 : total();
    case 'avg': case 'mean': return numbers.length === 0 ? null : total() / numbers.length;
    case 'min': case 'max': {
      if (some.length === 0) return null;
      if (some.every((value) => typeof value === 'number')) return operation === 'min' ? Math.min(...some) : Math.max(...some);
      return some.reduce((best, value) => ((operation === 'min' ? compare(value, best) : compare(best, value)) < 0 ? value : best));
    }
    case 'median': return numbers.length === 0 ? null : quantile(numbers, 0.5);
    case 'quantile': return numbers.length === 0 ? null : quantile(numbers, q);
    case 'variance': return variance(numbers, population);
    case 'stddev': { const v = variance(numbers, population); return v === null ? null : Math.sqrt(v); }
    case 'first': return some.length === 0 ? null : some[0];
    case 'last': return some.length === 0 ? null : some.at(-1);
    case 'mode': {
      const times = new Map();
      for (const value of some) times.set(identity(value), (times.get(identity(value)) ?? 0) + 1);
      const most = Math.max(...times.values());
      return some.length === 0 ? null : some.find((value) => times.get(identity(value)) === most);
    }
    case 'list': return values.map(stringified);
    case 'correlation': {
      const pairs = values.map((v, i) => [v, others[i]]).filter(([a, b]) => present(a) && present(b)).map((pair) => pair.map(number));
      if (pairs.length < 2) return null;
      const x = pairs.map(([a]) => a), y = pairs.map(([, b]) => b);
      if (new Set(x).size === 1 || new Set(y).size === 1) return NaN;
      const [dx, dy] = [centred(x), centred(y)];
      return exactSum(dx.map((d, i) => d * dy[i])) / Math.sqrt(exactSum(dx.map((d) => d * d))) / Math.sqrt(exactSum(dy.map((d) => d * d)));
    }
    default: throw new Error(operation);
  }
}

/** Rows of `get(row, field)` grouped and aggregated; a list of [name, value] pairs per group. */
export function aggregate(rows, { groupBy, operations }, get) {
  const groups = new Map();
  for (const row of rows) {
    const key = JSON.stringify(groupBy.map((field) => identity(get(row, field))));
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  if (groupBy.length === 0 && rows.length === 0) groups.set('', []);
  return [...groups.values()].map((members) => [
    ...groupBy.map((field) => [field, get(members[0], field) ?? null]),
    ...operations.map((step) => [step.alias, step.field === '*' ? members.length
      : operate(step, members.map((row) => get(row, step.field)), step.with === undefined ? undefined : members.map((row) => get(row, step.with)))]),
  ]);
}

/** Equal as the rules say: floats to 1e-9 of their size, all else exactly. */
export function same(a, b) {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) || Math.abs(a - b) < 1e-12;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (typeof a === 'object' && typeof b === 'object') return JSON.stringify(a) === JSON.stringify(b);
  return a === b || (typeof a !== 'string' && typeof b !== 'string' && String(a) === String(b));
}
