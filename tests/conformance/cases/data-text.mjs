/** CSV, NDJSON and JSON: text, bytes and streams give one table however they are cut; bad text is a typed error with its place. */
import { bytesOf, sameRows, sameValues, streamOf } from '../lib/data.mjs';

/** [name, text, rows, options] */
const CSV = [
  ['plain', 'a,b\n1,x\n2,y\n', [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]],
  ['no line end at the end', 'a,b\n1,x\n2,y', [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]],
  ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n', [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]],
  ['mixed line ends', 'a,b\r\n1,x\n2,y\r\n', [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]],
  ['a BOM', '\ufeffa,b\n1,x\n', [{ a: 1, b: 'x' }]],
  ['a BOM before a quote', '\ufeff"a",b\n1,x\n', [{ a: 1, b: 'x' }]],
  ['quoted fields', '"a","b"\n"x, y","z"\n', [{ a: 'x, y', b: 'z' }]],
  ['quotes in quotes', 'a\n"say ""hi"""\n""""\n', [{ a: 'say "hi"' }, { a: '"' }]],
  ['line ends in quotes', 'a,b\n"x\ny","p\r\nq"\nu,v\n', [{ a: 'x\ny', b: 'p\r\nq' }, { a: 'u', b: 'v' }]],
  ['a quote inside an unquoted field', 'a\n5" disk\nx\n', [{ a: '5" disk' }, { a: 'x' }]],
  ['empty fields are null', 'a,b,c\n1,,x\n,2,\n', [{ a: 1, b: null, c: 'x' }, { a: null, b: 2, c: null }]],
  ['a row of empty fields', 'a,b\n,\n1,2\n', [{ a: null, b: null }, { a: 1, b: 2 }]],
  ['spaces belong to the text', 'a,b\n x , y\nz,w\n', [{ a: ' x ', b: ' y' }, { a: 'z', b: 'w' }]],
  ['unicode', 'größe,😀\nä,東京\n\u{1d11e},ñ\n', [{ größe: 'ä', '😀': '東京' }, { größe: '\u{1d11e}', '😀': 'ñ' }]],
  ['NUL characters', 'a\nx\0y\nz\n', [{ a: 'x\0y' }, { a: 'z' }]],
  ['semicolons', 'a;b\n1;2,5\n', [{ a: 1, b: '2,5' }], { delimiter: ';' }],
  ['tabs', 'a\tb\n1\tx y\n', [{ a: 1, b: 'x y' }], { delimiter: '\t' }],
  ['pipes', 'a|b\n1|x\n', [{ a: 1, b: 'x' }], { delimiter: '|' }],
  ['no header', '1,x\n2,y\n', [{ column1: 1, column2: 'x' }, { column1: 2, column2: 'y' }], { header: false }],
  ['texts that are null', 'a,b\n1,NA\nNULL,x\n', [{ a: 1, b: null }, { a: null, b: 'x' }], { nulls: ['NA', 'NULL'] }],
  ['ragged rows filled', 'a,b,c\n1,2\n3,4,5,6\n7,8,9\n', [{ a: 1, b: 2, c: null }, { a: 3, b: 4, c: 5 }, { a: 7, b: 8, c: 9 }], { ragged: 'fill' }],
  ['ragged rows skipped', 'a,b,c\n1,2\n3,4,5,6\n7,8,9\n', [{ a: 7, b: 8, c: 9 }], { ragged: 'skip' }],
  ['numbers of every shape', 'i,f,e,n\n-5,1.5,1e3,-0.25\n7,2,-2.5E-3,3\n', [{ i: -5, f: 1.5, e: 1000, n: -0.25 }, { i: 7, f: 2, e: -0.0025, n: 3 }]],
  ['booleans', 'a,b\ntrue,1\nfalse,2\n', [{ a: true, b: 1 }, { a: false, b: 2 }]],
  ['a column of numbers and text is text', 'a\n1\nx\n2.50\n', [{ a: '1' }, { a: 'x' }, { a: '2.50' }]],
  ['a schema over what is inferred', 'a,b\n01,1\n2,x\n', [{ a: '01', b: '1' }, { a: '2', b: 'x' }], { schema: { a: 'utf8', b: 'utf8' } }],
  ['whole numbers as f64 by the schema', 'a\n1\n2\n', [{ a: 1 }, { a: 2 }], { schema: { a: 'f64' } }],
  ['the header alone', 'a,b\n', []],
  ['__proto__ as a column', '__proto__,constructor\n1,x\n', [JSON.parse('{"__proto__":1,"constructor":"x"}')]],
  ['long fields', `a,b\n${'x'.repeat(5000)},"${'y""'.repeat(3000)}"\n`, [{ a: 'x'.repeat(5000), b: 'y"'.repeat(3000) }]],
  ['exact decimals', 'a\n0.1\n123456789.123456789\n2.2250738585072014e-308\n1.7976931348623157e308\n9007199254740993.5\n', [0.1, 123456789.12345679, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740994].map((a) => ({ a }))],
];

/** The source as text, bytes, and streams of several cuts. */
const FORMS = { text: (t) => t, bytes: bytesOf, 'a stream byte by byte': (t) => streamOf(bytesOf(t), 1), 'a stream of 3': (t) => streamOf(bytesOf(t), 3), 'a stream in one': (t) => streamOf(bytesOf(t), 1e9) };

const readCases = (list, format) => list.map(([name, text, rows, options]) => ({
  name: `${format}: ${name}, as text, bytes and streams of any cut`,
  async run({ createData, assert }) {
    const service = createData();
    let first;
    for (const [form, make] of Object.entries(FORMS)) {
      const table = await service.load(make(text), { format, ...options });
      assert.equal(table.rowCount, rows.length, `${form}: rowCount`);
      sameRows(assert, await table.toRows(), rows, form);
      first ??= { ...table.schema };
      assert.deepEqual({ ...table.schema }, first, `${form}: schema`);
    }
  },
}));

const RAGGED = [
  ['too few', 'a,b,c\n1,2,3\n4,5\n6,7,8\n', 3], ['too many', 'a,b\n1,2\n3,4\n5,6,7\n', 4], ['too few after a quoted line end', 'a,b\n"x\ny",2\n3\n', 4],
];
const NDJSON = [
  ['plain', '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', [{ a: 1, b: 'x' }, { a: 2, b: 'y' }]],
  ['no line end at the end', '{"a":1}\n{"a":2}', [{ a: 1 }, { a: 2 }]],
  ['CRLF, blank lines and spaces', ' {"a" : 1 }\r\n\r\n\n\t{"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
  ['a BOM', '\ufeff{"a":1}\n', [{ a: 1 }]],
  ['missing fields and other orders', '{"a":1,"b":true}\n{"b":false}\n{"c":"x","a":null}\n', [{ a: 1, b: true, c: null }, { a: null, b: false, c: null }, { a: null, b: null, c: 'x' }]],
  ['escapes', String.raw`{"a":"\"\\\/\b\f\n\r\t\u0041\u00e4\ud83d\ude00"}`, [{ a: '"\\/\b\f\n\r\tAä😀' }]],
  ['lone surrogates by escapes', String.raw`{"a":"\ud800x"}` + '\n' + String.raw`{"a":"\udc00\ud800"}`, [{ a: '\ud800x' }, { a: '\udc00\ud800' }]],
  ['unicode', '{"größe":"東京😀"}\n', [{ größe: '東京😀' }]],
  ['escaped names', String.raw`{"\u0061":1}` + '\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
  ['nested values', '{"o":{"x":[1,{"y":null}],"z":"q"},"l":[]}\n{"o":null,"l":[[1]]}\n', [{ o: { x: [1, { y: null }], z: 'q' }, l: [] }, { o: null, l: [[1]] }]],
  ['numbers of every shape', '{"a":0,"b":-1.5e3}\n{"a":-7,"b":0.1}\n{"a":2147483647,"b":1E-7}\n', [{ a: 0, b: -1500 }, { a: -7, b: 0.1 }, { a: 2147483647, b: 1e-7 }]],
  ['the last of equal names', '{"a":1,"a":2}\n', [{ a: 2 }]],
  ['__proto__ as a field', '{"__proto__":1,"constructor":{"__proto__":2}}\n', [JSON.parse('{"__proto__":1,"constructor":{"__proto__":2}}')]],
  ['empty objects', '{}\n{"a":1}\n{}\n', [{ a: null }, { a: 1 }, { a: null }]],
  ['exact doubles', '{"a":0.1}\n{"a":1.7976931348623157e308}\n{"a":5e-324}\n{"a":123456789012345680000}\n', [{ a: 0.1 }, { a: 1.7976931348623157e308 }, { a: 5e-324 }, { a: 123456789012345680000 }]],
  ['a schema', '{"a":1,"b":1}\n{"a":2,"b":2}\n', [{ a: '1', b: 1 }, { a: '2', b: 2 }], { schema: { a: 'utf8', b: 'f64' } }],
];
const JSON_TEXTS = [
  ['an array of objects', '[{"a":1,"b":"x"},{"a":2,"b":null}]', [{ a: 1, b: 'x' }, { a: 2, b: null }]],
  ['white space everywhere', ' [ { "a" : 1 } ,\n { "a" : 2 }\t]\r\n', [{ a: 1 }, { a: 2 }]],
  ['an empty array', '[]', []],
  ['a BOM', '\ufeff[{"a":1}]', [{ a: 1 }]],
  ['nested values and escapes', String.raw`[{"a":{"b":["\u0000","\n"]}}]`, [{ a: { b: ['\0', '\n'] } }]],
];

/** [name, a line that is no JSON] */
const BAD_JSON = [
  ['a missing brace', '{"a":1'], ['a missing quote', '{"a":"x}'], ['a bare word', '{"a":nope}'], ['a trailing comma', '{"a":1,}'], ['single quotes', "{'a':1}"], ['NaN', '{"a":NaN}'],
  ['a leading zero', '{"a":01}'], ['a plus sign', '{"a":+1}'], ['a lonely dot', '{"a":1.}'], ['a broken escape', String.raw`{"a":"\x"}`], ['a broken unicode escape', String.raw`{"a":"\u12g4"}`], ['a control character in a string', '{"a":"\n"}'],
  ['two values on a line', '{"a":1}{"a":2}'], ['a comment', '{"a":1} // x'], ['a missing colon', '{"a" 1}'], ['a name that is no string', '{1:2}'],
];
const badJSON = BAD_JSON.map(([name, line]) => ({
  name: `ndjson: ${name} is PARSE with its place, as text, bytes and stream`,
  async run({ createData, assert }) {
    const service = createData(), text = `{"a":0}\n${line}\n`;
    const places = [];
    for (const [form, make] of Object.entries(FORMS)) {
      const error = await assert.code(service.load(make(text), { format: 'ndjson' }), 'PARSE', form);
      assert.ok(/\d/.test(error.message), `${form}: the place is told: ${error.message}`);
      places.push(error.message);
    }
    assert.equal(new Set(places).size, 1, `every cut tells the same: ${JSON.stringify(places)}`);
    await assert.code(service.load(`[{"a":0},${line}]`, { format: 'json' }), 'PARSE', 'json');
    assert.equal((await service.load('{"a":1}', { format: 'ndjson' })).rowCount, 1, 'the service goes on');
  },
}));

export default [
  ...readCases(CSV, 'csv'), ...readCases(NDJSON, 'ndjson'), ...readCases(JSON_TEXTS, 'json'), ...badJSON,
  ...RAGGED.map(([name, text, line]) => ({
    name: `csv: a row with ${name} fields is PARSE with its line`,
    async run({ createData, assert }) {
      const service = createData();
      for (const [form, make] of Object.entries(FORMS)) {
        const error = await assert.code(service.load(make(text), { format: 'csv' }), 'PARSE', form);
        assert.ok(new RegExp(`\\b${line}\\b`).test(error.message), `${form}: line ${line} is told: ${error.message}`);
      }
    },
  })),
  {
    name: 'csv: an unclosed quote is PARSE with the line where it opened',
    async run({ createData, assert }) {
      const service = createData();
      for (const [form, make] of Object.entries(FORMS)) {
        const error = await assert.code(service.load(make('a,b\n1,2\n3,"open\n5,6\n'), { format: 'csv' }), 'PARSE', form);
        assert.ok(/\b3\b/.test(error.message) && /quote/i.test(error.message), `${form}: ${error.message}`);
      }
    },
  },
  {
    name: 'csv: text after a closing quote is PARSE or kept, the same in every cut',
    async run({ createData, assert }) {
      const service = createData(), outcomes = [];
      for (const make of Object.values(FORMS)) {
        const { value, error } = await assert.settles(service.load(make('a,b\n"x"y,2\n'), { format: 'csv' }), 5000);
        outcomes.push(error ? `${error.code} ${error.message}` : JSON.stringify(await value.toRows()));
      }
      assert.equal(new Set(outcomes).size, 1, JSON.stringify(outcomes));
    },
  },
  {
    name: 'csv: types are read from all rows, not from the first ones',
    async run({ createData, assert }) {
      const lines = Array.from({ length: 5000 }, (_, i) => `${i},${i},${i},`);
      lines.push('x,0.5,3000000000,last');
      const table = await createData().load(`a,b,c,d\n${lines.join('\n')}\n`, { format: 'csv' });
      assert.equal(table.schema.a, 'utf8');
      assert.equal(table.schema.b, 'f64');
      assert.ok(['i64', 'f64'].includes(table.schema.c), table.schema.c);
      assert.equal(table.schema.d, 'utf8');
      const rows = await table.toRows();
      sameRows(assert, [rows[7], rows[5000]], [{ a: '7', b: 7, c: 7, d: null }, { a: 'x', b: 0.5, c: 3000000000, d: 'last' }]);
    },
  },
  {
    name: 'csv: a schema that a field does not convert to is an error with line and column',
    async run({ createData, assert }) {
      const error = await assert.code(createData().load('a,price\n1,2\n3,x\n', { format: 'csv', schema: { price: 'f64' } }), ['PARSE', 'INVALID_ARGUMENT']);
      assert.ok(/price/.test(error.message) && /\b3\b/.test(error.message), error.message);
    },
  },
  {
    name: 'csv: dates by the schema, whole numbers past 2^53 as i64',
    async run({ createData, assert }) {
      const table = await createData().load('at,big\n2024-06-01T12:00:00Z,9007199254740993\n1969-12-31T23:59:59.999Z,-9223372036854775808\n', { format: 'csv', schema: { at: 'timestamp', big: 'i64' } });
      sameRows(assert, await table.toRows(), [{ at: new Date('2024-06-01T12:00:00Z'), big: 9007199254740993n }, { at: new Date(-1), big: -9223372036854775808n }]);
    },
  },
  {
    name: 'csv: a text is read as its UTF-8 bytes, so a lone surrogate is U+FFFD as in a file; pairs stay whole where pieces meet',
    async run({ createData, assert }) {
      const service = createData(), lone = [{ a: '\ud800', b: 'x\udc00' }, { a: '😀', b: '\ud83d' }, { a: 'y'.repeat(300_000), b: '\ude00' }];
      const rows = [{ a: '\ufffd', b: 'x\ufffd' }, { a: '😀', b: '\ufffd' }, { a: 'y'.repeat(300_000), b: '\ufffd' }];
      sameRows(assert, await (await service.load(`a,b\n${lone.map((r) => `${r.a},${r.b}`).join('\n')}\n`, { format: 'csv' })).toRows(), rows);
      for (const shift of [0, 1]) {
        const text = 'z'.repeat(shift) + '😀'.repeat(200_000);
        sameRows(assert, await (await service.load(`a\n${text}\n`, { format: 'csv' })).toRows(), [{ a: text }], `shifted by ${shift}`);
      }
      const table = await service.load(rows);
      sameRows(assert, await (await service.load(await table.toCSV(), { format: 'csv' })).toRows(), rows, 'toCSV');
      sameRows(assert, await (await service.load(`{"a":"\ud800","b":"😀\udc00"}`, { format: 'ndjson' })).toRows(), [{ a: '\ufffd', b: '😀\ufffd' }], 'ndjson');
    },
  },
  {
    name: 'csv: equal names of columns are refused or told apart, never lost',
    async run({ createData, assert }) {
      const { value, error } = await assert.settles(createData().load('a,a\n1,2\n', { format: 'csv' }), 5000);
      if (error) await assert.code(() => { throw error; }, ['PARSE', 'INVALID_ARGUMENT']);
      else sameValues(assert, Object.values((await value.toRows())[0]), [1, 2]);
    },
  },
  {
    name: 'csv: bytes that are no UTF-8 are read as U+FFFD or refused, the same in every cut',
    async run({ createData, assert }) {
      const service = createData(), bytes = Uint8Array.of(0x61, 0x0a, 0xff, 0x78, 0x0a, 0xc3, 0x0a, 0x79, 0x0a), outcomes = [];
      for (const source of [bytes, streamOf(bytes, 1), streamOf(bytes, 2), streamOf(bytes, 99)]) {
        const { value, error } = await assert.settles(service.load(source, { format: 'csv' }), 5000);
        outcomes.push(error ? `${error.code} ${error.message}` : JSON.stringify(await value.toRows()));
      }
      assert.equal(new Set(outcomes).size, 1, JSON.stringify(outcomes));
      assert.ok(/^PARSE|^\[/.test(outcomes[0]), outcomes[0]);
    },
  },
  {
    name: 'load: the format is read from the first bytes where none is named',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load([{ a: 1, b: 'x' }]);
      const sources = { csv: 'a,b\n1,x\n', ndjson: '{"a":1,"b":"x"}\n', json: '[{"a":1,"b":"x"}]', arrow: await table.toArrow(), 'arrow file': await table.toArrow({ format: 'file' }) };
      for (const [format, source] of Object.entries(sources)) {
        const bytes = typeof source === 'string' ? bytesOf(source) : source;
        for (const given of [source, bytes, streamOf(bytes, 5)]) sameRows(assert, await (await service.load(given)).toRows(), [{ a: 1, b: 'x' }], format);
      }
    },
  },
  {
    name: 'json: what is no array of objects is refused',
    async run({ createData, assert }) {
      const service = createData();
      for (const text of ['5', '"x"', 'null', '[1,2]', '[{"a":1},null]', '[[1]]', '[{"a":1}', '[{"a":1}] x', '', ' ']) await assert.code(service.load(text, { format: 'json' }), ['PARSE', 'INVALID_ARGUMENT'], text);
      for (const text of ['5\n', '[1]\n', 'null\n']) await assert.code(service.load(text, { format: 'ndjson' }), ['PARSE', 'INVALID_ARGUMENT'], text);
    },
  },
  {
    name: 'json: a depth bomb is refused and the service goes on; 200 deep is read',
    async run({ createData, assert }) {
      const service = createData(), deep = (n) => `{"a":${'['.repeat(n)}${']'.repeat(n)}}`;
      for (const n of [300, 100_000]) {
        await assert.code(service.load(deep(n), { format: 'ndjson' }), ['TOO_LARGE', 'PARSE'], `ndjson ${n}`);
        await assert.code(service.load(`[${deep(n)}]`, { format: 'json' }), ['TOO_LARGE', 'PARSE'], `json ${n}`);
        await assert.code(service.load(streamOf(bytesOf('{"a":' + '['.repeat(n)), 1000), { format: 'ndjson' }), ['TOO_LARGE', 'PARSE'], `unclosed ${n}`);
      }
      assert.equal((await service.load(deep(200), { format: 'ndjson' })).rowCount, 1);
    },
  },
  {
    name: 'ndjson: mixed types in one column are refused with row and column, unless a schema takes both',
    async run({ createData, assert }) {
      const service = createData(), text = '{"v":1}\n{"v":"x"}\n';
      const error = await assert.code(service.load(text, { format: 'ndjson' }), ['INVALID_ARGUMENT', 'PARSE']);
      assert.ok(/\bv\b/.test(error.message) && /\b[12]\b/.test(error.message), error.message);
      sameRows(assert, await (await service.load(text, { format: 'ndjson', schema: { v: 'utf8' } })).toRows(), [{ v: '1' }, { v: 'x' }]);
      sameRows(assert, await (await service.load(text, { format: 'ndjson', schema: { v: 'json' } })).toRows(), [{ v: 1 }, { v: 'x' }]);
    },
  },
  {
    name: 'load: a stream that fails gives its error once, and a stream that gives no bytes is refused',
    async run({ createData, assert }) {
      const service = createData();
      let pulls = 0;
      const failing = new ReadableStream({ pull(c) { if (pulls++ < 2) c.enqueue(bytesOf('a,b\n1,2\n')); else c.error(new Error('the network is gone')); } });
      const { error } = await assert.settles(service.load(failing, { format: 'csv' }), 5000);
      assert.ok(error && /the network is gone/.test(`${error.message} ${error.cause?.message}`), `the source's own error is told: ${error?.message}`);
      let cancelled = false;
      const wrong = new ReadableStream({ start(c) { c.enqueue(5); c.enqueue(6); }, cancel() { cancelled = true; } });
      await assert.code(service.load(wrong, { format: 'csv' }), 'INVALID_ARGUMENT');
      assert.ok(cancelled, 'the stream is cancelled');
      assert.equal((await service.load('a\n1\n', { format: 'csv' })).rowCount, 1);
    },
  },
  {
    name: 'load: a stream that broke the format is cancelled',
    async run({ createData, assert }) {
      let cancelled = false;
      const bytes = bytesOf(`a,b\n1,2,3\n${'1,2\n'.repeat(10_000)}`);
      await assert.code(createData().load(streamOf(bytes, 100, () => { cancelled = true; }), { format: 'csv' }), 'PARSE');
      assert.ok(cancelled, 'the source is closed');
    },
  },
  {
    name: 'load: progress of a stream counts up and ends with everything',
    async run({ createData, assert }) {
      const bytes = bytesOf(`a,b\n${'1,2\n'.repeat(20_000)}`), calls = [];
      const table = await createData().load(streamOf(bytes, 4096), { format: 'csv', onProgress: (done, total) => calls.push([done, total]) });
      assert.equal(table.rowCount, 20_000);
      assert.ok(calls.length >= 1, 'called');
      assert.equal(calls.at(-1)[0], bytes.length, 'the last call has all bytes');
      for (let i = 1; i < calls.length; i++) assert.atLeast(calls[i][0], calls[i - 1][0]);
    },
  },
];
