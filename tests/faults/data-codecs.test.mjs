// Hostile compressed data (FAULTS 47): bombs, bombs in bombs, headers that lie about sizes, data cut off or longer than it says, noise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOTH, each, outcome, refused } from '../support/data-twins.mjs';

const ALGORITHMS = ['gzip', 'deflate', 'brotli', 'zstd', 'lz4'];
const MB = 1 << 20;
const hex = (text) => Uint8Array.from(text.replace(/\s/g, '').match(/../g), (b) => parseInt(b, 16));
const zeros = new Uint8Array(16 * MB);
/** Without WebAssembly some hosts have no zstd: then that is said. */
async function packed(service, variant, algorithm, data) {
  const { value, code } = await outcome(() => service.compress(data, { algorithm }));
  if (value) return value.data;
  assert.equal(code, 'UNSUPPORTED');
  assert.ok(variant === 'js' && ['zstd', 'brotli'].includes(algorithm), `${algorithm} is missing in ${variant}`);
  return undefined;
}
const settled = async () => { for (let i = 0; i < 3; i++) { await new Promise((resolve) => { setTimeout(resolve, 10); }); globalThis.gc?.(); } return memory(); };
const memory = () => { const { heapUsed, external, arrayBuffers } = process.memoryUsage(); return heapUsed + Math.max(external, arrayBuffers); };

for (const algorithm of ALGORITHMS) {
  each(`47: a bomb of ${algorithm} is TOO_LARGE by bytes and by ratio, and is not held`, async (service, variant) => {
    const bomb = await packed(service, variant, algorithm, zeros);
    if (!bomb) return;
    const all = async () => { for (const limits of [{ maxOutputBytes: 1000 }, { maxOutputBytes: zeros.length - 1 }, { maxRatio: 2 }, { maxOutputBytes: 0 }]) await refused(service.decompress(bomb, { algorithm, ...limits }), 'TOO_LARGE', JSON.stringify(limits)); };
    await all(); // what is loaded on first use is there now
    const before = await settled();
    for (let i = 0; i < 8; i++) await all();
    const held = await settled() - before;
    assert.ok(held < zeros.length, `${held / MB} MB of 32 bombs of 16 MB are still held`);
    // Control: with the limits out of the way, all of it comes.
    const { data } = await service.decompress(bomb, { algorithm, maxOutputBytes: zeros.length, maxRatio: 1e9 });
    assert.equal(data.length, zeros.length);
    assert.ok(data.every((byte) => byte === 0));
  });

  each(`47: a bomb of ${algorithm} within a bomb: one call opens one layer, each within its limit`, async (service, variant) => {
    const inner = await packed(service, variant, algorithm, zeros), outer = inner && await packed(service, variant, algorithm, inner);
    if (!outer) return;
    const { data } = await service.decompress(outer, { algorithm, maxOutputBytes: MB });
    assert.deepEqual(data, inner, 'the inner one stays as it is');
    await refused(service.decompress(data, { algorithm, maxOutputBytes: MB }), 'TOO_LARGE');
  });

  each(`47: ${algorithm} cut off at every byte is CORRUPT, bytes behind its end are refused, whole data comes back`, async (service, variant) => {
    const text = new TextEncoder().encode('the quick brown fox '.repeat(20) + Math.PI), data = await packed(service, variant, algorithm, text);
    if (!data) return;
    assert.deepEqual((await service.decompress(data, { algorithm })).data, text, 'control: what is whole');
    for (let n = 1; n < data.length; n++) await refused(service.decompress(data.slice(0, n), { algorithm }), 'CORRUPT', `${n} of ${data.length}`);
    for (const junk of [[0], [1, 2, 3], [0xff, 0xff, 0xff, 0xff, 0xff]]) await refused(service.decompress(Uint8Array.of(...data, ...junk), { algorithm }), 'CORRUPT', `and ${junk}`);
  });

  each(`47: noise and damaged ${algorithm}: a typed error or what it was, within its limit`, async (service, variant) => {
    const text = new TextEncoder().encode('abcdefgh'.repeat(64)), data = await packed(service, variant, algorithm, text);
    if (!data) return;
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) >>> 0) / 2 ** 32;
    for (let run = 0; run < 150; run++) {
      const damaged = data.slice();
      for (let k = 0; k < 1 + run % 3; k++) damaged[Math.floor(random() * damaged.length)] ^= 1 + Math.floor(random() * 255);
      const { value, code } = await outcome(() => service.decompress(damaged, { algorithm, maxOutputBytes: 4 * MB }));
      assert.ok(value ? value.data.length <= 4 * MB : ['CORRUPT', 'TOO_LARGE', 'UNSUPPORTED'].includes(code), code);
    }
    assert.deepEqual((await service.decompress(data, { algorithm })).data, text, 'the service goes on');
  });
}

// [what, algorithm, frame]: each says it is of another size than it is.
const LYING = [
  ['zstd says 1 EiB, holds 5 bytes', 'zstd', hex('28b52ffd e0 0000000000000010 290000 68656c6c6f')],
  ['zstd says 6, holds 5', 'zstd', hex('28b52ffd 20 06 290000 68656c6c6f')], ['zstd says 4, holds 5', 'zstd', hex('28b52ffd 20 04 290000 68656c6c6f')],
  ['zstd asks for a window of 2 GiB and more', 'zstd', hex('28b52ffd 00 f8 290000 68656c6c6f')],
  ['lz4 says 2^60, holds 5', 'lz4', hex('04224d18 68 40 0000000000000010 a5 05000080 68656c6c6f 00000000')],
  ['lz4 says a block of 256 MB', 'lz4', hex('04224d18 604082 00000090 68656c6c6f 00000000')],
  ['gzip says 4 bytes at its end, holds 5', 'gzip', hex('1f8b0800000000000003 01 0500 faff 68656c6c6f 86a61036 04000000')],
  ['gzip with a wrong checksum', 'gzip', hex('1f8b0800000000000003 01 0500 faff 68656c6c6f 87a61036 05000000')],
  ['zlib with a wrong checksum', 'deflate', hex('7801 01 0500 faff 68656c6c6f 062c0216')],
  ['a stored block whose length is not its complement', 'deflate', hex('7801 01 0500 fbff 68656c6c6f 062c0215')],
];
const HONEST = [['zstd', hex('28b52ffd 20 05 290000 68656c6c6f')], ['lz4', hex('04224d18 604082 05000080 68656c6c6f 00000000')], ['gzip', hex('1f8b0800000000000003 01 0500 faff 68656c6c6f 86a61036 05000000')], ['deflate', hex('7801 01 0500 faff 68656c6c6f 062c0215')]];

each('47: headers that lie about sizes are refused without their memory being asked for', async (service, variant) => {
  for (const [what, algorithm, bytes] of LYING) {
    if (!await packed(service, variant, algorithm, 'x')) continue;
    const before = process.memoryUsage().rss;
    await refused(service.decompress(bytes, { algorithm }), ['CORRUPT', 'TOO_LARGE', 'UNSUPPORTED'], what);
    assert.ok(process.memoryUsage().rss - before < 256 * MB, `${what}: memory was taken`);
  }
});

test('47 control: the honest neighbours of the lying frames are read', async () => {
  for (const [variant, service] of BOTH) for (const [algorithm, bytes] of HONEST) {
    if (!await packed(service, variant, algorithm, 'x')) continue;
    assert.equal(new TextDecoder().decode((await service.decompress(bytes, { algorithm })).data), 'hello', `${variant} ${algorithm}`);
  }
});
