/** compress and decompress: every algorithm there and back, limits against bombs, damaged bytes. */
import { bytesOf, random, textOf } from '../lib/data.mjs';

const ALGORITHMS = ['gzip', 'deflate', 'brotli', 'zstd', 'lz4'];
const MARKED = ALGORITHMS.filter((a) => a !== 'brotli');
const noise = (n, seed = 1) => { const r = random(seed); return Uint8Array.from({ length: n }, () => Math.floor(r() * 256)); };
const PAYLOADS = {
  nothing: new Uint8Array(0), 'one byte': Uint8Array.of(7), text: bytesOf('hello hello hello ä😀\n'.repeat(50)), noise: noise(5000), zeros: new Uint8Array(200_000),
  'a megabyte of JSON': bytesOf(JSON.stringify(Array.from({ length: 9000 }, (_, i) => ({ id: i, name: `user ${i % 977}`, tags: ['a', 'b', String(i % 7)], score: (i * 7919) % 1000 / 10 })))), '65,536 and one': noise(65_537, 3).map((b) => b & 7),
};
const hex = (text) => Uint8Array.from(text.replace(/\s/g, '').match(/../g), (b) => parseInt(b, 16));
/**
 * Whether the cell has the algorithm. JavaScript alone has no zstd and no brotli where the host has none: that is UNSUPPORTED with what to
 * do, both ways; everywhere else it must be there.
 */
async function has({ assert, variant }, service, algorithm) {
  if (variant !== 'js' || (algorithm !== 'zstd' && algorithm !== 'brotli')) return true;
  const { error } = await assert.settles(service.compress('x', { algorithm }), 10_000);
  if (!error) return true;
  for (const attempt of [() => { throw error; }, () => service.decompress(Uint8Array.of(1, 2, 3), { algorithm })]) {
    const refused = await assert.code(attempt, 'UNSUPPORTED');
    assert.ok(refused.message.includes(algorithm) && /gzip/.test(refused.message), refused.message);
  }
  return false;
}
/** Levels that each takes. */
const LEVELS = { gzip: [1, 5, 9], deflate: [1, 5, 9], brotli: [1, 5, 9], zstd: [1, 5, 9], lz4: [1] };

/** Frames made by hand or by the formats' own tools. */
const FOREIGN = [
  ['zstd, a raw block', 'zstd', hex('28b52ffd 20 05 290000 68656c6c6f'), 'hello'], ['zstd, a run', 'zstd', hex('28b52ffd 20 0a 530000 61'), 'aaaaaaaaaa'], ['zstd, two frames', 'zstd', hex('28b52ffd 20 05 290000 68656c6c6f 28b52ffd 20 05 290000 68656c6c6f'), 'hellohello'],
  ['lz4, a stored block', 'lz4', hex('04224d18 604082 05000080 68656c6c6f 00000000'), 'hello'], ['gzip, a stored block', 'gzip', hex('1f8b0800000000000003 01 0500 faff 68656c6c6f 86a61036 05000000'), 'hello'], ['zlib, a stored block', 'deflate', hex('7801 01 0500 faff 68656c6c6f 062c0215'), 'hello'],
];

export default [
  ...ALGORITHMS.flatMap((algorithm) => Object.entries(PAYLOADS).map(([name, payload]) => ({
    name: `compress: ${algorithm} of ${name} comes back`,
    timeoutMs: 60_000,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const kept = payload.slice();
      const { data, metadata } = await service.compress(payload, { algorithm });
      assert.ok(data instanceof Uint8Array, 'bytes');
      assert.deepEqual(payload, kept, 'the input is unchanged');
      assert.equal(metadata.inputSize, payload.length);
      assert.equal(metadata.outputSize, data.length);
      if (payload.length) assert.close(metadata.compressionRatio, data.length / payload.length, 1e-12);
      assert.atLeast(metadata.durationMs, 0);
      assert.ok(typeof metadata.reason === 'string' && metadata.reason.length > 3, 'reason');
      if (name === 'zeros') assert.atMost(data.length, 2000);
      if (name.startsWith('a megabyte')) assert.atMost(data.length, payload.length / 2);
      const back = await service.decompress(data, { algorithm });
      assert.deepEqual(back.data, payload);
      assert.equal(back.metadata.outputSize, payload.length);
      assert.equal(back.metadata.inputSize, data.length);
      if (algorithm !== 'brotli') assert.deepEqual((await service.decompress(data)).data, payload, 'the algorithm is read from the bytes');
    },
  }))),
  ...FOREIGN.map(([name, algorithm, bytes, text]) => ({
    name: `decompress: ${name} of another maker`,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      assert.equal(textOf((await service.decompress(bytes, { algorithm })).data), text);
      assert.equal(textOf((await service.decompress(bytes)).data), text);
    },
  })),
  {
    name: 'compress: gzip and deflate are those of the platform, both ways',
    async run({ createData, assert }) {
      const service = createData(), text = 'the same bytes everywhere '.repeat(100);
      const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
      for (const algorithm of ['gzip', 'deflate']) {
        if (typeof DecompressionStream !== 'undefined') {
          assert.equal(textOf(await through((await service.compress(text, { algorithm })).data, new DecompressionStream(algorithm))), text);
          assert.equal(textOf((await service.decompress(await through(bytesOf(text), new CompressionStream(algorithm)))).data), text);
        }
        assert.equal(textOf((await service.decompress((await service.compress(text, { algorithm })).data)).data), text);
      }
    },
  },
  {
    name: 'compress: the default is gzip; texts go as UTF-8, bytes as they are, anything else as JSON',
    async run({ createData, assert }) {
      const service = createData(), back = async (data) => (await service.decompress((await service.compress(data)).data)).data;
      assert.deepEqual((await service.compress('x')).data.subarray(0, 2), Uint8Array.of(0x1f, 0x8b));
      assert.equal(textOf(await back('ä😀')), 'ä😀');
      assert.deepEqual(await back(Uint8Array.of(0, 255, 128)), Uint8Array.of(0, 255, 128));
      assert.deepEqual(await back(Uint8Array.of(9, 1, 2, 9).subarray(1, 3)), Uint8Array.of(1, 2));
      assert.deepEqual(await back(Uint8Array.of(1, 2, 3).buffer), Uint8Array.of(1, 2, 3));
      for (const value of [{ a: [1, null, 'x'] }, [1, 2], 5, true, null]) assert.equal(textOf(await back(value)), JSON.stringify(value));
    },
  },
  {
    name: 'compress: what JSON can not hold is refused',
    async run({ createData, assert }) {
      const service = createData(), cycle = {};
      cycle.self = cycle;
      for (const value of [undefined, () => 1, Symbol('s'), 5n, cycle]) await assert.code(() => service.compress(value), 'INVALID_ARGUMENT', String(typeof value));
    },
  },
  ...ALGORITHMS.map((algorithm) => ({
    name: `compress: levels of ${algorithm}`,
    timeoutMs: 60_000,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const payload = PAYLOADS.text;
      for (const level of LEVELS[algorithm]) assert.deepEqual((await service.decompress((await service.compress(payload, { algorithm, level })).data, { algorithm })).data, payload, String(level));
      for (const level of [-1e9, 1000, 1.5, NaN, '3', null]) await assert.code(() => service.compress(payload, { algorithm, level }), 'INVALID_ARGUMENT', String(level));
    },
  })),
  ...ALGORITHMS.map((algorithm) => ({
    name: `decompress: a bomb of ${algorithm} is TOO_LARGE before its bytes are held, and the service goes on`,
    timeoutMs: 60_000,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const { data } = await service.compress(new Uint8Array(8_000_000), { algorithm });
      const started = performance.now();
      const error = await assert.code(service.decompress(data, { algorithm, maxOutputBytes: 100_000 }), 'TOO_LARGE');
      assert.ok(/100[, ]?000|maxOutputBytes/.test(error.message), error.message);
      await assert.code(service.decompress(data, { algorithm, maxRatio: 20 }), 'TOO_LARGE');
      assert.atMost(performance.now() - started, 20_000);
      await assert.code(service.decompress(data, { algorithm, maxOutputBytes: 7_999_999 }), 'TOO_LARGE');
      assert.equal((await service.decompress(data, { algorithm, maxOutputBytes: 8_000_000 })).data.length, 8_000_000);
      assert.equal((await service.decompress(data, { algorithm, maxRatio: 1e7 })).data.length, 8_000_000);
    },
  })),
  ...ALGORITHMS.map((algorithm) => ({
    name: `decompress: ${algorithm} cut off anywhere is CORRUPT`,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const { data } = await service.compress(PAYLOADS.text, { algorithm });
      for (const length of new Set([1, 2, 4, 5, 8, 12, data.length >> 1, data.length - 5, data.length - 1])) if (length > 0 && length < data.length) await assert.code(service.decompress(data.slice(0, length), { algorithm }), 'CORRUPT', `${length} of ${data.length}`);
      assert.deepEqual((await service.decompress(data, { algorithm })).data, PAYLOADS.text);
    },
  })),
  ...ALGORITHMS.map((algorithm) => ({
    name: `decompress: damaged ${algorithm} is CORRUPT or what it was, never a crash`,
    timeoutMs: 60_000,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const { data } = await service.compress(PAYLOADS.text.slice(0, 300), { algorithm });
      for (let i = 0; i < data.length; i++) {
        const damaged = data.slice();
        damaged[i] ^= 0xa5;
        const { error } = await assert.settles(service.decompress(damaged, { algorithm, maxOutputBytes: 1e6 }), 5000, `byte ${i}`);
        if (error) await assert.code(() => { throw error; }, ['CORRUPT', 'TOO_LARGE', 'UNSUPPORTED'], `byte ${i}`);
      }
      for (const bytes of [noise(500, 9), new Uint8Array(100), bytesOf('<html>not found</html>')]) await assert.code(service.decompress(bytes, { algorithm, maxOutputBytes: 1e6 }), ['CORRUPT', 'UNSUPPORTED']);
    },
  })),
  ...['gzip', 'deflate', 'zstd', 'lz4'].map((algorithm) => ({
    name: `decompress: bytes behind the end of ${algorithm} are CORRUPT`,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const { data } = await service.compress('hello', { algorithm });
      const longer = new Uint8Array(data.length + 3);
      longer.set(data);
      longer.set([1, 2, 3], data.length);
      await assert.code(service.decompress(longer, { algorithm }), 'CORRUPT');
    },
  })),
  ...MARKED.map((algorithm) => ({
    name: `decompress: a checksum of ${algorithm} that does not fit is CORRUPT`,
    async run(context) {
      const { createData, assert } = context, service = createData();
      if (!await has(context, service, algorithm)) return;
      const { data } = await service.compress(PAYLOADS.noise, { algorithm }), damaged = data.slice();
      damaged[damaged.length >> 1] ^= 1; // stored as it is: only a checksum can tell
      await assert.code(service.decompress(damaged, { algorithm }), 'CORRUPT');
    },
  })),
  {
    name: 'decompress: bytes of no known mark are refused and the message names what is known',
    async run({ createData, assert }) {
      const service = createData();
      for (const bytes of [new Uint8Array(0), bytesOf('plain text'), Uint8Array.of(0x50, 0x4b, 3, 4)]) {
        const error = await assert.code(service.decompress(bytes), ['CORRUPT', 'INVALID_ARGUMENT', 'UNSUPPORTED']);
        assert.ok(/gzip/.test(error.message) || /empty|no bytes/i.test(error.message), error.message);
      }
    },
  },
  {
    name: 'compress and decompress: wrong arguments are refused',
    async run({ createData, assert }) {
      const service = createData();
      for (const options of [{ algorithm: 'zip' }, { algorithm: 5 }, { algoritm: 'gzip' }, { signal: {} }, { timeoutMs: 'x' }, 'gzip']) await assert.code(() => service.compress('x', options), 'INVALID_ARGUMENT', JSON.stringify(options));
      const { data } = await service.compress('x');
      for (const options of [{ algorithm: 'zip' }, { maxOutputBytes: -1 }, { maxOutputBytes: NaN }, { maxOutputBytes: '5' }, { maxRatio: 0 }, { maxRatio: NaN }, { maxRatio: 'x' }, { level: 3 }]) await assert.code(() => service.decompress(data, options), 'INVALID_ARGUMENT', JSON.stringify(options));
      for (const bytes of ['text', null, undefined, 5, [31, 139], {}]) await assert.code(() => service.decompress(bytes), 'INVALID_ARGUMENT', String(bytes));
      const near = await assert.code(() => service.compress('x', { algorithm: 'gzp' }), 'INVALID_ARGUMENT');
      assert.ok(/gzip/.test(near.message), near.message);
    },
  },
  {
    name: 'compress: a signal that has ended refuses, and many calls at once keep their answers apart',
    async run(context) {
      const { createData, assert } = context, service = createData(), texts = Array.from({ length: 20 }, (_, i) => `text ${i} `.repeat(i + 1));
      await assert.code(service.compress('x', { signal: AbortSignal.abort() }), 'ABORTED');
      await assert.code(service.decompress((await service.compress('x')).data, { signal: AbortSignal.abort() }), 'ABORTED');
      const there = [];
      for (const algorithm of ALGORITHMS) if (await has(context, service, algorithm)) there.push(algorithm);
      const packed = await Promise.all(texts.map((t, i) => service.compress(t, { algorithm: there[i % there.length] })));
      const back = await Promise.all(packed.map(({ data }, i) => service.decompress(data, { algorithm: there[i % there.length] })));
      back.forEach(({ data }, i) => assert.equal(textOf(data), texts[i]));
    },
  },
];
