/** Options of `aggregate`: what to ask first of an unknown table, and the call as code. Names no page. */

const NUMERIC = ['f64', 'i64', 'i32'];

/** The name of an operation's column. */
export function aliasOf({ operation, field, args }) {
  if (field === '*') return operation;
  if (operation === 'quantile') return `q${Number((args.q * 100).toPrecision(6))}_${field}`;
  return operation === 'correlation' ? `correlation_${field}_${args.with}` : `${operation}_${field}`;
}

/**
 * A first question: grouped by the text that repeats most usefully, with a count and what the first measure comes to.
 * @param {Record<string, string>} schema
 * @param {Map<string, { distinct: number }>} facts what is known of columns; may be incomplete
 */
export function firstQuestion(schema, facts, rowCount) {
  const names = Object.keys(schema);
  const distinct = (name) => facts.get(name)?.distinct ?? Infinity;
  const most = Math.max(12, Math.min(1000, rowCount / 3));
  const groups = (types) => names.find((name) => types.includes(schema[name]) && distinct(name) > 1 && distinct(name) <= most);
  const key = groups(['utf8']) ?? groups(['bool', 'i32', 'timestamp']);
  // A column with another number in every row and 'id' in its name tells nothing when summed.
  const measures = names.filter((name) => NUMERIC.includes(schema[name]) && name !== key && !/(?:^|_)id$/i.test(name));
  const operations = [{ field: '*', operation: 'count' }, ...measures.slice(0, 1).flatMap((field) => [{ field, operation: 'sum' }, { field, operation: 'median' }])];
  return { groupBy: key === undefined ? [] : [key], operations, ...(key !== undefined && { orderBy: [{ field: 'count', descending: true }], limit: 20 }) };
}

const names = (list, schema) => (Array.isArray(list) ? list.filter((name) => typeof name === 'string' && Object.hasOwn(schema, name)) : []);
const words = (value) => (typeof value === 'string' ? value.slice(0, 2000) : '');

/**
 * The question that a link carries, as far as it fits this table. Whatever else the text holds is left out.
 * @param {string | undefined} text JSON of AggregationOptions
 * @param {Record<string, string>} schema
 */
export function questionOfLink(text, schema) {
  let asked;
  try {
    asked = JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
  if (typeof asked !== 'object' || asked === null || !Array.isArray(asked.operations)) return undefined;
  const operations = asked.operations.slice(0, 20).filter((step) => typeof step?.operation === 'string' && (step.field === '*' ? step.operation === 'count' : names([step.field], schema).length))
    .map(({ operation, field, args }) => ({ operation, field, args: { ...(Number.isFinite(args?.q) && { q: args.q }), ...(names([args?.with], schema).length && { with: args.with }) } }));
  const order = asked.orderBy?.[0];
  return {
    groupBy: names(asked.groupBy, schema), operations, where: words(asked.where), having: words(asked.having),
    ...(typeof order?.field === 'string' && { orderBy: [{ field: order.field, descending: order.descending !== false }] }),
    ...(Number.isInteger(asked.limit) && asked.limit >= 0 && { limit: asked.limit }),
  };
}

const text = (value) => `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** A value as a literal of JavaScript. */
export function literal(value) {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value).map(([key, v]) => `${/^[a-z_$][\w$]*$/i.test(key) ? key : text(key)}: ${literal(v)}`).join(', ')} }`;
}

/** The same in code. */
export function codeOf({ name, options: load }, options) {
  const lines = Object.entries(options).map(([key, value]) => `  ${key}: ${key === 'operations' && value.length > 1 ? `[\n${value.map((v) => `    ${literal(v)},`).join('\n')}\n  ]` : literal(value)},`);
  return `const data = createDataProcessor();\nconst table = await data.load(bytes${Object.keys(load).length ? `, ${literal(load)}` : ''}); // ${name.replace(/\s/g, ' ')}\nconst answer = await table.aggregate({\n${lines.join('\n')}\n});\nawait answer.toRows();`;
}
