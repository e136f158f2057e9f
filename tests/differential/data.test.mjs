// The JavaScript implementation against the Rust core, through the public interface: random tables through random chains of operations.
// Integers, texts, dates and order are equal exactly, floats to 1e-9; what one refuses the other refuses with the same code.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createDataProcessor } from '../../js/dist/data.js';
import { aggregation, operation, rowsOf, source, table, topping, transformation } from './data-tables.mjs';

const RUNS = Number(process.env.DATA_RUNS ?? 250);
const check = (property, numRuns = RUNS) => fc.assert(property, { numRuns, seed: Number(process.env.DATA_SEED ?? 20260705), endOnFailure: process.env.DATA_SHRINK === undefined, includeErrorInReport: true });

const js = createDataProcessor({ implementation: 'js', host: 'inline' }), wasm = createDataProcessor({ implementation: 'simd', host: 'inline' });
await Promise.all([js.ready(), wasm.ready()]);
after(() => Promise.all([js.dispose(), wasm.dispose()]));

test('they are two implementations', () => {
  assert.equal(js.info.variant, 'js');
  assert.equal(wasm.info.variant, 'simd');
});

function equalValue(a, b, path) {
  a ??= null; b ??= null;
  if (Object.is(a, b)) return;
  if (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-300)) {
    if (!(Number.isInteger(a) && Number.isInteger(b) && Math.abs(a) <= 2 ** 53) || a === b) return;
  }
  if (a instanceof Date && b instanceof Date) { assert.equal(a.getTime(), b.getTime(), path); return; }
  if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object' && !(a instanceof Date) && !(b instanceof Date)) {
    assert.equal(Array.isArray(a), Array.isArray(b), path);
    assert.deepEqual(Object.keys(a), Object.keys(b), path);
    for (const key of Object.keys(a)) equalValue(Object.getOwnPropertyDescriptor(a, key).value, Object.getOwnPropertyDescriptor(b, key).value, `${path}.${key}`);
    return;
  }
  assert.fail(`${path}: js ${String(a)} (${typeof a}), simd ${String(b)} (${typeof b})`);
}
function equalRows(a, b, what) {
  assert.equal(a.length, b.length, `${what}: rows`);
  a.forEach((row, i) => equalValue(row, b[i], `${what} [${i}]`));
}
async function equalTables(a, b, what) {
  assert.equal(a.rowCount, b.rowCount, `${what}: rowCount`);
  assert.deepEqual(Object.entries(a.schema), Object.entries(b.schema), `${what}: schema`);
  equalRows(await a.toRows(), await b.toRows(), what);
}

/** What a call gives: `{ value }`, or `{ error }` with a code of ours. */
async function outcome(call) {
  try { return { value: await call() }; }
  catch (error) {
    if (error?.name !== 'ServiceError') throw error;
    return { error };
  }
}
/** Both succeed, or both refuse alike. */
async function both(left, right, what) {
  const [a, b] = [await outcome(left), await outcome(right)];
  assert.equal(a.error?.code, b.error?.code, `${what}: js ${a.error?.message ?? 'succeeds'}; simd ${b.error?.message ?? 'succeeds'}`);
  if (a.error) {
    assert.equal(a.error.message, b.error.message, what);
    // What a caller can cause has a code of its own; the rest is our defect.
    assert.ok(['INVALID_ARGUMENT', 'PARSE', 'TOO_LARGE', 'INTEGER_RANGE'].includes(a.error.code), `${what}: ${a.error.code} ${a.error.message}`);
  }
  return a.error ? undefined : [a.value, b.value];
}

/** A column of i64 is numbers or bigints as a whole; in rows each value goes by itself. */
const narrow = (value) => (typeof value === 'bigint' && value > -(2n ** 53n) && value < 2n ** 53n ? Number(value) : value);
const tell = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));
const pairOf = async (spec) => { const { data, schema } = source(spec); return Promise.all([js.load(data, { schema }), wasm.load(data, { schema })]); };
const fieldsOf = (spec) => spec.columns.map(({ name, type }) => [name, type]);

/** Chains of up to five operations; each is drawn for the columns that stand after the ones before it. */
test('chains of operations give equal tables', async () => {
  await check(fc.asyncProperty(table(), table(12), fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 5 }), async (spec, otherSpec, picks, steps) => {
    let [a, b] = await pairOf(spec);
    const [otherA, otherB] = await pairOf(otherSpec), open = [a, b, otherA, otherB], history = [];
    try {
      await equalTables(a, b, 'load');
      for (let i = 0; i < steps; i++) {
        const fields = Object.entries(a.schema);
        if (fields.length === 0) break;
        const { what, args } = fc.sample(operation(fields), { seed: picks.next().value, numRuns: 1 })[0];
        history.push(`${what} ${tell(args)}`);
        const results = what === 'join' ? await both(() => a.join(otherA, ...args), () => b.join(otherB, ...args), history.join('; ')) : await both(() => a[what](...args), () => b[what](...args), history.join('; '));
        if (!results) continue;
        open.push(...results);
        [a, b] = results;
        await equalTables(a, b, history.join('; '));
      }
    } catch (error) {
      error.message = `${history.join('; ')}: ${error.message}`;
      throw error;
    } finally { for (const t of open) t.free(); }
  }));
});

/** Groups by first appearance in a table of places, each sorted by the table's own sort. */
test('top gives the first rows of each group of a sorted table', async () => {
  await check(fc.asyncProperty(table(40, 1).chain((spec) => topping(fieldsOf(spec)).map((options) => ({ spec, options: { ...options, where: undefined, select: undefined } }))), async ({ spec, options }) => {
    const { groupBy, orderBy, limit } = options, what = tell(options), keys = [groupBy].flat();
    for (const [i, plain] of (await pairOf(spec)).entries()) {
      const made = [plain], keep = (t) => { made.push(t); return t; };
      if (plain.rowCount === 0) { plain.free(); continue; }
      // The place of each row, and the number of its group, from what aggregate and join say.
      const service = [js, wasm][i], columns = await plain.toColumns(), placed = keep(await service.load({ ...columns, '#': Int32Array.from({ length: plain.rowCount }, (_, row) => row) }, { schema: plain.schema }));
      const groups = await keep(await placed.aggregate({ groupBy: keys, operations: [{ field: '#', operation: 'list', alias: '#rows' }] })).column('#rows');
      const order = await keep(await placed.sort(orderBy)).column('#'), rank = new Map(Array.from(order, (row, at) => [row, at]));
      const expected = groups.flatMap((rows) => rows.sort((x, y) => rank.get(x) - rank.get(y)).slice(0, limit));
      assert.deepEqual(Array.from(await keep(await placed.top(options)).column('#')), expected, `${service.info.variant}: ${what}`);
      made.forEach((t) => t.free());
    }
  }));
});

test('aggregates of rows and columns equal those of resident tables', async () => {
  await check(fc.asyncProperty(table(30, 1).chain((spec) => aggregation(fieldsOf(spec)).map((options) => ({ spec, options }))), async ({ spec, options }) => {
    const { data, schema } = source(spec), what = tell(options), [a, b] = await pairOf(spec);
    const results = await both(() => a.aggregate(options), () => b.aggregate(options), what);
    if (results) {
      await equalTables(...results, what);
      // Without a schema a column of nulls alone is text, and whole numbers are i32: only then may an operation be refused that the schema allows.
      const inferred = await js.load(data);
      if (tell(Object.entries(inferred.schema)) === tell(Object.entries(schema))) {
        const expected = await results[1].toRows();
        for (const service of [js, wasm]) {
          equalRows((await service.aggregate(rowsOf(spec), options)).data, expected, `rows, ${what}`);
          const columns = (await service.aggregate(data, options)).data, names = Object.keys(columns);
          equalRows(Array.from({ length: expected.length }, (_, i) => { const row = Object.create(null); for (const name of names) row[name] = narrow(columns[name][i]); return row; }), expected, `columns, ${what}`);
        }
      }
      inferred.free();
      for (const t of results) t.free();
    }
    a.free(); b.free();
  }));
});

test('transforms of rows equal those of resident tables', async () => {
  await check(fc.asyncProperty(table(30, 1).chain((spec) => transformation(fieldsOf(spec)).map((options) => ({ spec, options }))), async ({ spec, options }) => {
    const { data, schema } = source(spec), what = tell(options), [a, b] = await pairOf(spec);
    const results = await both(() => a.transform(options), () => b.transform(options), what);
    if (results) {
      await equalTables(...results, what);
      const inferred = await js.load(data);
      if (tell(Object.entries(inferred.schema)) === tell(Object.entries(schema))) {
        const names = Object.keys(results[0].schema), expected = await results[0].toRows();
        for (const service of [js, wasm]) {
          const got = (await service.transform(rowsOf(spec), options)).data;
          // Rows pass bigints through as they came; a table gives those that fit as numbers.
          const plain = (row) => names.map((name) => narrow(Object.getOwnPropertyDescriptor(row, name)?.value ?? null));
          equalRows(got.map(plain), expected.map(plain), `rows, ${what}`);
        }
      }
      inferred.free();
      for (const t of results) t.free();
    }
    a.free(); b.free();
  }));
});

test('Arrow written by one is read by the other', async () => {
  await check(fc.asyncProperty(table(30), fc.constantFrom('stream', 'file'), async (spec, format) => {
    const [a, b] = await pairOf(spec), [c, d] = [await js.load(await b.toArrow({ format })), await wasm.load(await a.toArrow({ format }))];
    await equalTables(c, d, 'arrow');
    // Arrow holds Unicode text: a lone surrogate has no place there.
    const whole = (row) => Object.values(row).map((v) => (typeof v === 'string' ? v.toWellFormed() : v));
    equalRows((await c.toRows()).map(whole), (await a.toRows()).map(whole), 'arrow and its source');
    for (const t of [a, b, c, d]) t.free();
  }), Math.ceil(RUNS / 3));
});

/** Texts in the shape of CSV and NDJSON, sound or not, cut anywhere. */
const csvText = fc.array(fc.array(fc.constantFrom('1', '2.5', 'x', '', '"a,b"', '"q""q"', '"l\nl"', 'true', 'ä😀', ' s ', '1e3', '-7', '9007199254740993', '"', 'a"b', '2024-06-01'), { minLength: 1, maxLength: 4 }).map((r) => r.join(',')), { maxLength: 8 }).chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => `a,b,c\n${lines.join(end)}`));
const ndjsonText = fc.array(fc.oneof({ weight: 6, arbitrary: fc.record({ a: fc.integer(), b: fc.option(fc.string()), c: fc.constantFrom(1.5, 2, -0.25) }, { requiredKeys: [] }).map((r) => JSON.stringify(r)) }, { weight: 1, arbitrary: fc.constantFrom('', ' ', '{"a":01}', '{"a":1,}', '{"b":"\\ud800"}', '{"d":[1,{"x":null}]}', '{"a":"x"}', '{"a":1}{"a":2}', '[1]', '{"__proto__":1}') }), { maxLength: 10 }).map((lines) => lines.join('\n'));
const cut = (bytes, size) => new ReadableStream({ start(c) { for (let i = 0; i < bytes.length; i += size) c.enqueue(bytes.slice(i, i + size)); c.close(); } });

for (const [format, text] of [['csv', csvText], ['ndjson', ndjsonText]]) {
  test(`${format} in any cut gives equal tables or equal errors`, async () => {
    await check(fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), fc.constantFrom('error', 'fill', 'skip'), async (content, size, ragged) => {
      const bytes = new TextEncoder().encode(content), options = { format, ...(format === 'csv' && { ragged }) }, what = `${JSON.stringify(content)} by ${size}`;
      const whole = await both(() => js.load(bytes, options), () => wasm.load(bytes, options), what);
      const pieces = await both(() => js.load(cut(bytes, size), options), () => wasm.load(cut(bytes, size), options), what);
      assert.equal(whole === undefined, pieces === undefined, `${what}: the cut changes the answer`);
      if (whole) {
        await equalTables(...whole, what);
        await equalTables(whole[0], pieces[1], `${what}, cut`);
        for (const t of [...whole, ...pieces]) t.free();
      }
    }));
  });
}
