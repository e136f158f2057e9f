/** Start, info, order of calls, dispose; what answered and why; recovery after a trap and a lost worker. */
import { sameRows, sameValues } from '../lib/data.mjs';

const ROWS = [{ k: 'a', v: 1 }, { k: 'b', v: 2 }, { k: 'a', v: 3 }];
const sum = { groupBy: ['k'], operations: [{ field: 'v', operation: 'sum', alias: 's' }] };
const SUMS = [{ k: 'a', s: 4 }, { k: 'b', s: 2 }];
/** The variant that answers in this cell. */
const answering = (variant) => (['js', 'simd-threads'].includes(variant) ? variant : 'simd');

export default [
  {
    name: 'info before and after the start',
    async run({ createData, assert, variant, host }) {
      const service = createData(), before = service.info;
      assert.equal(before.service, 'data');
      assert.equal(before.loaded, false);
      await service.ready();
      assert.equal(service.info.loaded, true);
      assert.equal(service.info.variant, host.disableWasm ? 'js' : answering(variant));
      assert.ok(['inline', 'worker'].includes(service.info.host));
      assert.ok(service.info.reason.length > 3, 'reason');
      assert.ok(Array.isArray(service.info.rejected), 'rejected');
      assert.atLeast(service.info.threads, 1);
    },
  },
  {
    name: 'a worker that dies: its tables are made again in the next one, from what was loaded and done, whatever became of the sources',
    async run({ createData, faults, assert }) {
      const service = createData({ host: 'worker' }), rows = ROWS.map((row) => ({ ...row })), values = Float64Array.from([1, 2, 3]);
      const table = await service.load(rows), csv = await service.load('k,w\na,10\nb,20\n', { format: 'csv' }), columns = await service.load({ values });
      const grouped = await table.aggregate(sum), joined = await grouped.join(csv, { on: 'k' });
      rows[0].v = 99;
      values.fill(9);
      faults.killWorker('data');
      sameRows(assert, await joined.toRows(), [{ k: 'a', s: 4, w: 10 }, { k: 'b', s: 2, w: 20 }], 'derived from tables that are made again');
      sameValues(assert, await columns.column('values'), [1, 2, 3], 'as it was loaded');
      grouped.free();
      table.free();
      faults.killWorker('data');
      sameRows(assert, await joined.toRows(), [{ k: 'a', s: 4, w: 10 }, { k: 'b', s: 2, w: 20 }], 'what it came from was freed meanwhile');
      await assert.code(() => grouped.toRows(), 'DISPOSED');
      sameRows(assert, await (await csv.filter('w > 10')).toRows(), [{ k: 'b', w: 20 }], 'and it goes on');
    },
  },
  {
    name: 'ready may be called by many and often',
    async run({ createData, assert }) {
      const service = createData();
      await Promise.all([service.ready(), service.ready(), service.load(ROWS), service.ready()]);
      await service.ready();
      assert.equal(service.info.loaded, true);
    },
  },
  {
    name: 'hosts: inline and worker give the same answers',
    async run({ createData, assert }) {
      for (const host of ['inline', 'worker']) {
        const service = createData({ host }), table = await service.load(ROWS);
        assert.equal(service.info.host, host);
        sameRows(assert, await (await table.aggregate(sum)).toRows(), SUMS, host);
        sameRows(assert, (await service.aggregate(ROWS, sum)).data, SUMS, host);
        await assert.code(table.filter('v >'), 'PARSE', host);
        table.free();
        await assert.code(() => table.toRows(), 'DISPOSED', host);
      }
    },
  },
  {
    name: 'metadata: what answered, and why',
    async run({ createData, assert, variant, host }) {
      const service = createData(), table = await service.load(ROWS), mine = host.disableWasm ? 'js' : answering(variant);
      for (const [data, allowed] of [[ROWS, ['js', mine]], [{ v: [1, 2], k: ['a', 'b'] }, ['js', mine]], [table, [mine]]]) {
        for (const { metadata } of [await service.aggregate(data, sum), await service.transform(data, { transformations: [{ field: 'k', operation: 'uppercase' }] })]) {
          assert.ok(allowed.includes(metadata.implementation), `${metadata.implementation} is not of ${allowed}`);
          assert.ok(typeof metadata.reason === 'string' && metadata.reason.length > 5, `reason: ${metadata.reason}`);
          assert.atLeast(metadata.durationMs, 0);
        }
      }
      const { metadata } = await service.aggregate(table, sum);
      assert.equal(metadata.inputSize, 3);
      assert.equal(metadata.outputSize, 2);
      assert.equal(metadata.compressionRatio, undefined);
    },
  },
  {
    name: 'metadata: implementation auto answers rows handed over once in JavaScript',
    async run({ createData, assert }) {
      const service = createData({ implementation: 'auto' });
      const { data, metadata } = await service.aggregate(ROWS, sum);
      assert.equal(metadata.implementation, 'js');
      sameRows(assert, data, SUMS);
      await service.load(ROWS);
    },
  },
  {
    name: 'order: calls take effect in the order they were made, awaited or not',
    async run({ createData, assert }) {
      const service = createData(), done = [];
      const loading = service.load(ROWS).then((table) => { done.push('load'); return table; });
      const others = [service.aggregate(ROWS, sum).then(() => done.push('aggregate')), service.transform(ROWS, { transformations: [] }).then(() => done.push('transform'))];
      const table = await loading;
      await Promise.all(others);
      done.length = 0;
      await Promise.all([table.filter('v > 1').then(() => done.push(1)), table.sort([{ field: 'v' }]).then(() => done.push(2)), table.slice(0, 1).then(() => done.push(3)), table.toRows().then(() => done.push(4)), table.column('v').then(() => done.push(5))]);
      sameValues(assert, done, [1, 2, 3, 4, 5]);
    },
  },
  {
    name: 'order: rows are read when the call is made',
    async run({ createData, assert }) {
      const service = createData();
      await service.ready();
      const rows = [{ k: 'a', v: 1 }], columns = { k: ['a'], v: Float64Array.of(1) };
      const calls = [service.aggregate(rows, sum), service.aggregate(columns, sum), service.load(rows), service.load(columns)];
      rows[0].v = 100; rows.push({ k: 'z', v: 5 }); columns.v[0] = 100;
      const [a, b, c, d] = await Promise.all(calls);
      sameRows(assert, a.data, [{ k: 'a', s: 1 }], 'rows');
      sameRows(assert, [{ s: b.data.s[0] }], [{ s: 1 }], 'columns');
      sameRows(assert, await c.toRows(), [{ k: 'a', v: 1 }], 'loaded rows');
      sameRows(assert, await d.toRows(), [{ k: 'a', v: 1 }], 'loaded columns');
    },
  },
  {
    name: 'dispose: everything afterwards is DISPOSED, twice is fine, pending calls end',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      const pending = [table.toRows(), table.filter('v > 1'), service.aggregate(ROWS, sum)];
      const closing = service.dispose();
      const { value: outcomes } = await assert.settles(Promise.allSettled(pending), 5000);
      for (const { status, reason } of outcomes) if (status === 'rejected') await assert.code(() => { throw reason; }, 'DISPOSED');
      await closing;
      await service.dispose();
      for (const use of [() => service.load(ROWS), () => service.aggregate(ROWS, sum), () => service.transform(ROWS, { transformations: [] }), () => service.compress('x'), () => service.decompress(Uint8Array.of(1)), () => service.ready(), () => table.toRows(), () => table.filter('v > 1'), () => table.compact(), async () => { for await (const r of service.processStream([1], async (c) => c)) assert.fail(String(r)); }]) await assert.code(use, 'DISPOSED', String(use));
      table.free();
    },
  },
  {
    name: 'dispose: before the first use, and Symbol.asyncDispose where the host has it',
    async run({ createData, assert }) {
      const service = createData();
      await service.dispose();
      await assert.code(() => service.load(ROWS), 'DISPOSED');
      if (Symbol.asyncDispose) { const other = createData(); await other.load(ROWS); await other[Symbol.asyncDispose](); await assert.code(() => other.load(ROWS), 'DISPOSED'); }
    },
  },
  {
    name: 'dispose: one service leaves the others alone',
    async run({ createData, assert }) {
      const one = createData(), two = createData(), a = await one.load(ROWS), b = await two.load(ROWS);
      await one.dispose();
      sameRows(assert, await b.toRows(), ROWS);
      await assert.code(() => a.toRows(), 'DISPOSED');
    },
  },
  {
    name: 'a manager gives one data processor, with its configuration',
    async run({ services, pin, assert, createData }) {
      const manager = services();
      await assert.code(async () => manager.getDataProcessor(), 'NOT_INITIALIZED');
      await manager.initialize({ ...pin, dataProcessor: { chunkSize: 2, implementation: pin.implementation === 'js' ? 'js' : 'simd' } });
      const service = manager.getDataProcessor();
      assert.ok(service === manager.getDataProcessor(), 'the same one');
      sameRows(assert, (await service.aggregate(ROWS, sum)).data, SUMS);
      const sizes = [];
      for await (const { metadata } of service.processStream([1, 2, 3], async (c) => c)) sizes.push(metadata.inputSize);
      sameValues(assert, sizes, [2, 1]);
      await manager.dispose();
      await assert.code(async () => manager.getDataProcessor(), ['DISPOSED', 'NOT_INITIALIZED']);
      await createData().ready();
    },
  },
  {
    name: 'recovery: a trap in the instance loses no table; the call is answered or INSTANCE_POISONED, the next one is answered',
    async run({ createData, assert, trapData }) {
      for (const host of ['inline', 'worker']) {
        const service = createData({ host }), table = await service.load(ROWS), part = await table.filter('v > 1'), grouped = await table.aggregate(sum);
        trapData();
        const { value, error } = await assert.settles(table.aggregate(sum), 15_000, host);
        if (error) await assert.code(() => { throw error; }, 'INSTANCE_POISONED', host);
        else sameRows(assert, await value.toRows(), SUMS, host);
        sameRows(assert, await table.toRows(), ROWS, `${host}: the table`);
        sameRows(assert, await part.toRows(), ROWS.filter((r) => r.v > 1), `${host}: a derived table`);
        sameRows(assert, await grouped.toRows(), SUMS, `${host}: an aggregated table`);
        sameRows(assert, await (await table.aggregate(sum)).toRows(), SUMS, `${host}: the next call`);
        table.free();
        await assert.code(() => table.toRows(), 'DISPOSED', host);
      }
    },
  },
  {
    name: 'nothing global changes: Object.prototype, Array.prototype and globalThis stay as they were',
    async run({ createData, assert }) {
      const names = () => [Object.prototype, Array.prototype, Uint8Array.prototype, String.prototype].map((p) => Object.getOwnPropertyNames(p).join()).join('|');
      const service = createData();
      await service.ready();
      const before = names(), globals = Object.getOwnPropertyNames(globalThis).sort().join();
      const evil = JSON.parse('[{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a.b":1},{"__proto__":null,"toString":"x"}]');
      const table = await service.load(evil, { schema: { constructor: 'json', toString: 'json', ['__proto__']: 'json' } });
      await service.transform(evil, { transformations: [{ field: 'a.b', operation: 'scale', args: { factor: 2 }, as: '__proto__' }] });
      await service.load(await table.toArrow());
      await service.load('__proto__,constructor,prototype.x\n1,2,3\n', { format: 'csv' });
      await service.load('{"__proto__":{"polluted":1}}\n', { format: 'ndjson' });
      await table.toRows(); await table.toColumns(); await table.toCSV();
      assert.equal({}.polluted, undefined);
      assert.equal(names(), before);
      assert.equal(Object.getOwnPropertyNames(globalThis).sort().join(), globals);
    },
  },
];
