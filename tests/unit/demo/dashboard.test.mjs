// What the dashboard computes without a page: links, files of embeddings, clusters in words, histograms out of Prometheus text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterColor, describeClusters, places } from '../../../demo/compute-panel/clusters.js';
import { firstDifference, seeded } from '../../../demo/compute-panel/jobs.js';
import { questionOfLink } from '../../../demo/data-panel/query.js';
import { bucketsOf, operationsOf, partOf, Window } from '../../../demo/live/measure.js';
import { EmbeddingsError, readEmbeddings, readNpy } from '../../../demo/search/embeddings.js';
import { linkTo, numberOf, readLink } from '../../../demo/state.js';

const bytes = (text) => new TextEncoder().encode(text);

/** As numpy.save writes it. */
function npy(rows, columns, values, type = '<f4') {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117) + '\n';
  const numbers = type === '<f8' ? new Float64Array(values) : new Float32Array(values);
  return new Uint8Array([0x93, ...bytes('NUMPY'), 1, 0, header.length, 0, ...bytes(header), ...new Uint8Array(numbers.buffer)]);
}

test('a link gives back what was put into it, signs and lines too', () => {
  const state = { query: "SELECT 'a&b=c#d' AS \"x?\"\nFROM t -- 100 %", vector: 3 };
  const { panel, state: read } = readLink(linkTo('sql', state));
  assert.equal(panel, 'sql');
  assert.equal(read.get('query'), state.query);
  assert.equal(numberOf(read, 'vector', 0, 10), 3);
});

test('a link leaves out what is empty, and what would make it too long', () => {
  assert.equal(linkTo('search', { q: '', section: undefined }), '#search');
  assert.equal(linkTo('sql', { query: 'x'.repeat(7000) }), '#sql');
});

test('numbers of a link are whole and within bounds, or nothing', () => {
  const { state } = readLink('#compute?k=8&big=99&half=1.5&word=eight&empty=');
  assert.deepEqual(['k', 'big', 'half', 'word', 'absent'].map((name) => numberOf(state, name, 2, 16)), [8, undefined, undefined, undefined, undefined]);
});

test('embeddings: a JSON array, lines of JSON, bare vectors', () => {
  const array = readEmbeddings('a.json', bytes('[{"id":"x","text":"one","embedding":[1,2]},{"content":"two","vector":[3,4]}]'));
  assert.deepEqual(array, { dimensions: 2, documents: [{ id: 'x', content: 'one', embedding: [1, 2] }, { id: '2', content: 'two', embedding: [3, 4] }] });
  assert.equal(readEmbeddings('a.jsonl', bytes('{"text":"one","embedding":[1,2,3]}\n\n{"text":"two","embedding":[4,5,6]}\n')).documents.length, 2);
  assert.deepEqual(readEmbeddings('a.json', bytes('[[1,2],[3,4]]')).documents.map((d) => d.embedding), [[1, 2], [3, 4]]);
  assert.deepEqual(readEmbeddings('a.ndjson', bytes('[1,2]\n[3,4]\n')).documents.map((d) => d.embedding), [[1, 2], [3, 4]]);
});

test('embeddings: what is wrong is named with its place and its cure', () => {
  const wrong = (text, message) => assert.throws(() => readEmbeddings('a.json', bytes(text)), (error) => error instanceof EmbeddingsError && message.test(error.message), text);
  wrong('[]', /no documents/);
  wrong('[{"text":"x"}]', /document 1 has no vector/);
  wrong('[{"embedding":[1,null]}]', /document 1 has no vector of finite numbers/);
  wrong('[{"embedding":[1,2]},{"embedding":[1]}]', /document 2 has 1 numbers, the first has 2/);
  wrong('{"a":', /is no JSON/);
});

test('.npy: f32 and f64; what is cut off or of another type is refused', () => {
  assert.deepEqual([...readNpy(npy(2, 2, [1, 2, 3, 4])).values], [1, 2, 3, 4]);
  assert.deepEqual([...readNpy(npy(1, 3, [1, 2, 3], '<f8')).values], [1, 2, 3]);
  assert.deepEqual(readEmbeddings('m.npy', npy(2, 2, [1, 2, 3, 4])).documents.map((d) => [...d.embedding]), [[1, 2], [3, 4]]);
  assert.throws(() => readNpy(npy(2, 2, [1, 2, 3, 4]).subarray(0, -4)), /cut off/);
  assert.throws(() => readNpy(npy(2, 2, [1, 2], '<i8')), /<i8/);
  assert.throws(() => readNpy(bytes('no numbers at all')), /no \.npy file/);
});

test('a question of a link keeps what fits the table and drops the rest', () => {
  const schema = { section: 'utf8', bytes: 'f64' };
  const asked = { groupBy: ['section', 'gone', 5], operations: [{ field: '*', operation: 'count' }, { field: 'bytes', operation: 'quantile', args: { q: 0.5, other: 1 } }, { field: 'gone', operation: 'sum' }, null], where: 'bytes > 1', orderBy: [{ field: 'count' }], limit: 5, evil: true };
  assert.deepEqual(questionOfLink(JSON.stringify(asked), schema), {
    groupBy: ['section'], operations: [{ field: '*', operation: 'count', args: {} }, { field: 'bytes', operation: 'quantile', args: { q: 0.5 } }], where: 'bytes > 1', having: '', orderBy: [{ field: 'count', descending: true }], limit: 5,
  });
  for (const text of [undefined, '', '{', 'null', '5', '{"operations":5}']) assert.equal(questionOfLink(text, schema), undefined, text);
});

test('clusters are told by the words that are oftener in them than elsewhere', () => {
  const texts = ['red apple fruit', 'green apple fruit', 'fast car wheel', 'slow car wheel', 'the car'];
  const found = describeClusters(texts, [0, 0, 1, 1, 1], 2);
  assert.deepEqual(found.map(({ size }) => size), [2, 3]);
  assert.deepEqual(found[0].words.slice(0, 2), ['apple', 'fruit']);
  assert.equal(found[1].words[0], 'car');
  assert.ok(!found[1].words.includes('the'));
});

test('colours of sixteen clusters are all different', () => {
  assert.equal(new Set(Array.from({ length: 16 }, (_, c) => clusterColor(c, false))).size, 16);
});

test('points fill their box, keep their shape and stay inside', () => {
  const at = places([0, 0, 9, 4, 0, 2, 9, 2, 2, 9], 3, 3, 120, 60, 10); // rows of three coordinates: (0,0) (4,0) (9,2)
  assert.ok(at.every((v, i) => v >= 9.99 && v <= (i % 2 ? 50.01 : 110.01)), String(at));
  assert.ok(Math.abs((at[2] - at[0]) / (at[4] - at[0]) - 4 / 9) < 1e-5);
  assert.ok([...places([1, 1, 1, 1], 2, 2, 50, 50)].every(Number.isFinite), 'all in one place');
});

test('answers differ by place, count and size of the difference', () => {
  assert.equal(firstDifference([1, NaN, 3], [1, NaN, 3]), undefined);
  assert.equal(firstDifference([1, 2], [1, 2.5]), 'value 2: 2 against 2.5');
  assert.equal(firstDifference([1], [1, 2]), '1 values against 2');
  assert.equal(firstDifference([1000, 2], [1000, 2.0001], 3), undefined);
  assert.match(firstDifference([1000, 2], [1000, NaN], 3), /NaN/);
  assert.deepEqual(seeded(3, 5), seeded(3, 5));
});

test('histograms are read out of Prometheus text: buckets of all implementations, of one operation or of all', () => {
  const text = ['# TYPE x histogram', 'x_duration_seconds_bucket{operation="a.b",implementation="js",le="0.001"} 2', 'x_duration_seconds_bucket{operation="a.b",implementation="js",le="+Inf"} 3',
    'x_duration_seconds_bucket{operation="a.b",implementation="simd",le="0.001"} 10', 'x_duration_seconds_bucket{operation="a.b",implementation="simd",le="+Inf"} 10',
    'x_duration_seconds_bucket{operation="say \\"c\\"",implementation="js",le="0.001"} 0', 'x_duration_seconds_bucket{operation="say \\"c\\"",implementation="js",le="+Inf"} 5', 'other_bucket{le="1"} 7'].join('\n');
  assert.deepEqual(bucketsOf(text, 'a.b'), [{ upTo: 1, calls: 12 }, { upTo: Infinity, calls: 1 }]);
  assert.deepEqual(bucketsOf(text, 'say "c"'), [{ upTo: 1, calls: 0 }, { upTo: Infinity, calls: 5 }]);
  assert.deepEqual(bucketsOf(text), [{ upTo: 1, calls: 12 }, { upTo: Infinity, calls: 6 }]);
  assert.deepEqual(bucketsOf(''), []);
});

test('a part that a build lacks is a reason, and its operations are none', () => {
  const manager = { getPerformanceTracker: () => { throw Object.assign(new Error('not in this release'), { code: 'UNSUPPORTED' }); } };
  assert.equal(partOf(() => manager.getPerformanceTracker()).why, 'UNSUPPORTED: not in this release');
  assert.deepEqual(operationsOf([{ label: 'x', manager }]), []);
  const tracked = { getPerformanceTracker: () => ({ getMetrics: () => ({ clockResolution: 0.1, operations: { 'vector.search': { count: 2, errors: 0, p50: null, p95: 1, p99: 1, implementations: { simd: 2 } } } }) }) };
  assert.equal(operationsOf([{ label: 'x', manager: tracked }])[0].clockResolution, 0.1);
});

test('a window of figures: late series begin with nothing, old seconds and ended series go', () => {
  const window = new Window(3);
  window.push(0, { a: 1 });
  window.push(1, { a: 2, b: 5 });
  assert.deepEqual([...window.series], [['a', [1, 2]], ['b', [null, 5]]]);
  for (let second = 2; second < 5; second++) window.push(second, { b: 6 });
  assert.deepEqual(window.seconds, [2, 3, 4]);
  assert.deepEqual([...window.series], [['b', [6, 6, 6]]]);
});
