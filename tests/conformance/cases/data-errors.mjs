/** Configuration, signals, deadlines: typed errors, the service unharmed and usable. */
import { sameRows, sameValues, streamOf, bytesOf } from '../lib/data.mjs';

const sum = { operations: [{ field: 'v', operation: 'sum', alias: 's' }] };
const ROWS = [{ v: 1 }, { v: 2 }];

/** Every call that takes a signal and a deadline, on a service and a table of it. */
const CALLS = {
  'load of rows': (service, table, o) => service.load(ROWS, o), 'load of text': (service, table, o) => service.load('v\n1\n', { format: 'csv', ...o }), 'load of bytes': (service, table, o) => service.load(bytesOf('v\n1\n'), o), 'load of a stream': (service, table, o) => service.load(streamOf(bytesOf('v\n1\n')), o),
  'aggregate of rows': (service, table, o) => service.aggregate(ROWS, { ...sum, ...o }), 'aggregate of columns': (service, table, o) => service.aggregate({ v: [1] }, { ...sum, ...o }), 'aggregate of a table': (service, table, o) => service.aggregate(table, { ...sum, ...o }), 'DataTable.aggregate': (service, table, o) => table.aggregate({ ...sum, ...o }),
  'transform of rows': (service, table, o) => service.transform(ROWS, { transformations: [], ...o }), 'transform of a table': (service, table, o) => service.transform(table, { transformations: [], ...o }), 'DataTable.transform': (service, table, o) => table.transform({ transformations: [], ...o }), 'DataTable.top': (service, table, o) => table.top({ limit: 1, ...o }),
};
const usable = async (assert, service, table) => {
  sameRows(assert, await table.toRows(), ROWS, 'the table');
  sameRows(assert, (await service.aggregate(ROWS, sum)).data, [{ s: 3 }], 'the service');
};

export default [
  ...Object.entries(CALLS).map(([name, call]) => ({
    name: `signals: ${name} refuses an aborted signal and a deadline of 0, and the service goes on`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      await assert.code(() => call(service, table, { signal: AbortSignal.abort() }), 'ABORTED');
      await assert.code(() => call(service, table, { signal: AbortSignal.abort(new Error('own reason')) }), 'ABORTED');
      await assert.code(() => call(service, table, { timeoutMs: 0 }), 'TIMEOUT');
      for (const bad of [{ timeoutMs: NaN }, { timeoutMs: '5' }, { timeoutMs: -1 }, { signal: 'stop' }, { onProgress: 'yes' }]) await assert.code(() => call(service, table, bad), 'INVALID_ARGUMENT', JSON.stringify(bad));
      await call(service, table, { signal: new AbortController().signal, timeoutMs: 60_000 });
      await usable(assert, service, table);
    },
  })),
  {
    name: 'signals: a stream that is loaded ends with ABORTED, its source is closed',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), controller = new AbortController();
      let pulls = 0, cancelled = false;
      const endless = new ReadableStream({ async pull(c) { pulls++; c.enqueue(bytesOf(pulls === 1 ? 'v\n1\n' : '1\n')); if (pulls === 20) controller.abort(); await new Promise((r) => { setTimeout(r, 1); }); }, cancel() { cancelled = true; } });
      await assert.code(service.load(endless, { format: 'csv', signal: controller.signal }), 'ABORTED');
      await new Promise((r) => { setTimeout(r, 20); });
      assert.ok(cancelled, 'cancelled');
      await usable(assert, service, table);
    },
  },
  {
    name: 'signals: a stream that says nothing more ends at the deadline',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      let cancelled = false;
      const silent = new ReadableStream({ start(c) { c.enqueue(bytesOf('v\n1\n')); }, cancel() { cancelled = true; } });
      const { error } = await assert.settles(service.load(silent, { format: 'csv', timeoutMs: 50 }), 5000, 'the deadline is kept');
      await assert.code(() => { throw error; }, 'TIMEOUT');
      assert.ok(cancelled, 'the source is closed');
      await usable(assert, service, table);
    },
  },
  {
    name: 'signals: listeners are taken off again',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal), remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args) => { listeners++; return add(...args); };
      signal.removeEventListener = (...args) => { listeners--; return remove(...args); };
      for (const call of Object.values(CALLS)) await call(service, table, { signal });
      assert.atMost(listeners, 0, 'no listener stays');
    },
  },
  ...[
    ['chunkSize 0', { chunkSize: 0 }], ['chunkSize -1', { chunkSize: -1 }], ['chunkSize 1.5', { chunkSize: 1.5 }], ['chunkSize NaN', { chunkSize: NaN }], ['chunkSize as a string', { chunkSize: '10' }], ['cache as a string', { cache: 'yes' }],
    ['an unknown implementation', { implementation: 'gpu' }], ['an unknown host', { host: 'moon' }], ['a string', 'js'],
  ].map(([name, config]) => ({
    name: `configuration: ${name} is refused with INVALID_ARGUMENT`,
    async run({ pkg, assert, host }) {
      if (host.disableWasm && config.implementation) return;
      await assert.code(async () => { const service = pkg.createDataProcessor(config); await service.ready(); await service.load(ROWS); }, 'INVALID_ARGUMENT');
    },
  })),
  {
    name: 'configuration: without any, and with cache off, the answers are the same',
    async run({ createData, assert }) {
      for (const config of [undefined, {}, { cache: false }, { cache: true, chunkSize: 1 }]) {
        const service = createData(config);
        for (let i = 0; i < 3; i++) sameRows(assert, (await service.aggregate(ROWS, { ...sum, where: 'v > 1' })).data, [{ s: 2 }]);
      }
    },
  },
  {
    name: 'errors: a call that was refused changes nothing; the next one is answered',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      const calls = [table.filter('v >'), table.filter('v > 1'), service.aggregate(table, { operations: [{ field: 'w', operation: 'sum' }] }), table.toRows(), table.column('nope'), table.sort([{ field: 'v', descending: true }])];
      const outcomes = await Promise.allSettled(calls);
      sameValues(assert, outcomes.map((o) => o.status), ['rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
      for (const { reason } of outcomes.filter((o) => o.status === 'rejected')) await assert.code(() => { throw reason; }, ['PARSE', 'INVALID_ARGUMENT']);
      await usable(assert, service, table);
    },
  },
  {
    name: 'errors: what a getter of a row throws comes out, and the service goes on',
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), bad = { get v() { throw new TypeError('own getter'); } };
      for (const attempt of [() => service.load([{ v: 1 }, bad]), () => service.aggregate([{ v: 1 }, bad], sum), () => service.transform([bad], { transformations: [{ field: 'v', operation: 'abs' }] })]) {
        const { error } = await assert.settles(Promise.resolve().then(attempt), 5000);
        assert.ok(/own getter/.test(`${error?.message} ${error?.cause?.message}`), String(error));
      }
      await usable(assert, service, table);
    },
  },
  {
    name: 'errors: they say which service they come from',
    async run({ createData, assert }) {
      const table = await createData().load(ROWS);
      const error = await assert.code(table.column('nope'), 'INVALID_ARGUMENT');
      assert.equal(error.service, 'data');
    },
  },
];
