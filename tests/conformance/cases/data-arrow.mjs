/** Arrow IPC and CSV out and in again: nothing is lost. */
import { bytesOf, rowsOf, sameRows, sameValues, streamOf } from '../lib/data.mjs';

const D = (ms) => new Date(ms);
/** Every type with nulls and its edges. */
export const EVERYTHING = [
  { f: 1.5, i: 1, l: 1n, b: true, s: 'ä', t: D(0), j: { a: [1, null] } },
  { f: NaN, i: -2147483648, l: -9223372036854775808n, b: false, s: '', t: D(-1), j: [] },
  { f: null, i: null, l: null, b: null, s: null, t: null, j: null },
  { f: -0, i: 2147483647, l: 9007199254740993n, b: true, s: '\ud800 lone', t: D(8.64e15), j: 'text'.split('') },
  { f: -Infinity, i: 0, l: 0n, b: false, s: '東京😀\0', t: D(-8.64e15), j: { __proto: 1, '': null } },
];
const BACK = EVERYTHING.map((row) => ({ ...row, l: typeof row.l === 'bigint' && BigInt(Number(row.l)) === row.l && Math.abs(Number(row.l)) < 2 ** 53 ? Number(row.l) : row.l }));
/** Arrow holds Unicode text: a lone surrogate has no place there. */
const THROUGH_ARROW = BACK.map((row) => ({ ...row, s: row.s?.replace('\ud800', '\ufffd') ?? null }));
const TYPES = { f: 'f64', i: 'i32', l: 'i64', b: 'bool', s: 'utf8', t: 'timestamp', j: 'json' };

export default [
  {
    name: 'rows of every type come back from toRows and toColumns',
    async run({ createData, assert }) {
      const table = await createData().load(EVERYTHING);
      assert.deepEqual({ ...table.schema }, TYPES);
      sameRows(assert, await table.toRows(), BACK);
      sameRows(assert, rowsOf(await table.toColumns()), BACK);
    },
  },
  ...['stream', 'file'].map((format) => ({
    name: `arrow: a ${format} of every type comes back`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(EVERYTHING), bytes = await table.toArrow({ format });
      assert.ok(bytes instanceof Uint8Array && bytes.length > 100, 'bytes');
      for (const source of [bytes, streamOf(bytes, 11), streamOf(bytes, 1e9)]) {
        const again = await service.load(source, { format: 'arrow' });
        assert.deepEqual({ ...again.schema }, TYPES);
        sameRows(assert, await again.toRows(), THROUGH_ARROW);
      }
    },
  })),
  {
    name: 'arrow: the default is a stream, a file begins with ARROW1',
    async run({ createData, assert }) {
      const table = await createData().load([{ a: 1 }]);
      const plain = await table.toArrow(), stream = await table.toArrow({ format: 'stream' }), file = await table.toArrow({ format: 'file' });
      assert.deepEqual(plain, stream);
      assert.equal(String.fromCharCode(...file.subarray(0, 6)), 'ARROW1');
      assert.equal(String.fromCharCode(...file.subarray(-6)), 'ARROW1');
      assert.deepEqual(plain.subarray(0, 4), Uint8Array.of(255, 255, 255, 255));
      await assert.code(table.toArrow({ format: 'feather' }), 'INVALID_ARGUMENT');
    },
  },
  {
    name: 'arrow: no rows, no columns, one row, a column of nulls, names of any kind',
    async run({ createData, assert }) {
      const service = createData();
      for (const [source, options] of [[[], { schema: { a: 'i32', b: 'utf8', c: 'bool' } }], [{ a: [] }], [[{ a: 1 }]], [[{ a: null }, { a: null }]], [JSON.parse('[{"__proto__":1,"":2,"ä😀":"x"}]')]]) {
        const table = await service.load(source, options), again = await service.load(await table.toArrow());
        assert.deepEqual({ ...again.schema }, { ...table.schema });
        sameRows(assert, await again.toRows(), await table.toRows());
      }
    },
  },
  {
    name: 'arrow: lengths around a multiple of 8 and 64, with and without nulls',
    async run({ createData, assert }) {
      const service = createData();
      for (const n of [1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 1000]) {
        const rows = Array.from({ length: n }, (_, i) => ({ b: i % 3 === 0, n: i % 5 === 4 ? null : i, s: i % 7 === 6 ? null : `s${i % 10}`, u: `unique ${i}` }));
        const again = await service.load(await (await service.load(rows)).toArrow());
        sameRows(assert, await again.toRows(), rows, `${n} rows`);
      }
    },
  },
  {
    name: 'arrow: a table that was filtered, sliced and sorted comes back',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(Array.from({ length: 300 }, (_, i) => ({ i, s: i % 4 ? `x${i % 6}` : null })));
      const part = await (await (await table.filter('i % 2 = 1')).slice(10, 60)).sort([{ field: 's' }, { field: 'i', descending: true }]);
      const again = await service.load(await part.toArrow());
      sameRows(assert, await again.toRows(), await part.toRows());
      assert.equal(again.rowCount, 50);
    },
  },
  {
    name: 'arrow: damaged and foreign bytes are refused, never a crash',
    timeoutMs: 60_000,
    async run({ createData, assert }) {
      const service = createData(), bytes = await (await service.load(EVERYTHING)).toArrow(), file = await (await service.load(EVERYTHING)).toArrow({ format: 'file' });
      for (const source of [new Uint8Array(0), bytes.slice(0, 3), bytes.slice(0, 9), bytes.slice(0, bytes.length >> 1), file.slice(0, 20), file.slice(0, file.length - 9), bytesOf('ARROW1 but no arrow at all'), new Uint8Array(64).fill(255)]) {
        await assert.code(service.load(source, { format: 'arrow' }), ['CORRUPT', 'PARSE', 'UNSUPPORTED'], `${source.length} bytes`);
      }
      for (const whole of [bytes, file]) {
        for (let i = 0; i < whole.length; i += 5) {
          const damaged = whole.slice();
          damaged[i] ^= 0x55;
          const { value, error } = await assert.settles(service.load(damaged, { format: 'arrow' }), 5000, `byte ${i}`);
          if (error) await assert.code(() => { throw error; }, ['CORRUPT', 'PARSE', 'UNSUPPORTED', 'INVALID_ARGUMENT', 'INTEGER_RANGE', 'TOO_LARGE', 'OUT_OF_MEMORY'], `byte ${i}`);
          else { const { error: late } = await assert.settles(value.toRows(), 5000, `byte ${i}`); if (late) await assert.code(() => { throw late; }, ['CORRUPT', 'PARSE'], `byte ${i}`); }
        }
      }
      assert.equal((await service.load(bytes)).rowCount, EVERYTHING.length, 'the service goes on');
    },
  },
  {
    name: 'csv: what toCSV writes is read back',
    async run({ createData, assert }) {
      const service = createData();
      const rows = [{ s: 'plain', n: 1.5, b: true, q: 'say "hi"' }, { s: 'a,b', n: -2, b: false, q: 'line\nend' }, { s: ' spaces ', n: 1e-7, b: null, q: 'cr\r\nlf' }, { s: null, n: null, b: true, q: 'ä😀' }];
      const table = await service.load(rows);
      sameRows(assert, await (await service.load(await table.toCSV(), { format: 'csv' })).toRows(), rows);
      sameRows(assert, await (await service.load(await table.toCSV({ delimiter: ';' }), { format: 'csv', delimiter: ';' })).toRows(), rows);
      const bare = await service.load(await table.toCSV({ header: false }), { format: 'csv', header: false });
      sameValues(assert, Object.keys(bare.schema), ['column1', 'column2', 'column3', 'column4']);
      sameValues(assert, await bare.column('column1'), rows.map((r) => r.s));
    },
  },
  {
    name: 'csv: toCSV writes plain lines, quoting only where it must',
    async run({ createData, assert }) {
      const table = await createData().load([{ a: 1, b: 'x', 'c,d': 'p"q' }, { a: null, b: 'y z', 'c,d': null }]);
      const lines = (await table.toCSV()).split(/\r?\n/).filter(Boolean);
      sameValues(assert, lines, ['a,b,"c,d"', '1,x,"p""q"', ',y z,']);
    },
  },
  {
    name: 'csv: toCSV writes dates as ISO 8601, json as JSON, big integers in full',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load([{ t: D(0), j: { a: 1 }, l: 9007199254740993n }]);
      const text = await table.toCSV();
      assert.ok(text.includes('1970-01-01T00:00:00.000Z') && text.includes('9007199254740993') && text.includes('"{""a"":1}"'), text);
    },
  },
  {
    name: 'csv: escapeFormulas puts an apostrophe before what a spreadsheet would run, and only there',
    async run({ createData, assert }) {
      const service = createData(), risky = ['=cmd()', '+1+2', '-x', '@SUM(A1)', '\tx', '\rx'], table = await service.load([...risky, 'safe', 'a=b'].map((s, i) => ({ s, n: -i })));
      const escaped = await (await service.load(await table.toCSV({ escapeFormulas: true }), { format: 'csv' })).toRows();
      sameValues(assert, escaped.map((r) => r.s), [...risky.map((s) => `'${s}`), 'safe', 'a=b']);
      assert.equal(escaped[3].n, -3, 'numbers are left alone');
      const plain = await (await service.load(await table.toCSV(), { format: 'csv' })).toRows();
      sameValues(assert, plain.map((r) => r.s), [...risky, 'safe', 'a=b']);
    },
  },
  {
    name: 'csv: options of toCSV that are wrong are refused',
    async run({ createData, assert }) {
      const table = await createData().load([{ a: 1 }]);
      for (const options of [{ delimiter: '' }, { delimiter: ',,' }, { delimiter: '"' }, { delimiter: '\n' }, { header: 'no' }, { escapeFormulas: 1 }, { quote: "'" }, 'x']) await assert.code(() => table.toCSV(options), 'INVALID_ARGUMENT', JSON.stringify(options));
    },
  },
];
