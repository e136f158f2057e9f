// Rooms for parameters in the module's memory: what was refused is not counted on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Staging } from '../../../js/dist/services/sqlite/wasm/staging.js';
import { Memory } from '../../../js/dist/services/sqlite/wasm/core.js';

/** A module that has room for `most` bytes of texts and blobs, from `BYTES` on. */
const CELLS = 1024, BYTES = 65_536;
function engine(most) {
  const memory = new Memory(new WebAssembly.Memory({ initial: 4 }));
  const asked = [];
  const core = { stage: (cells, bytes) => { asked.push(bytes); return bytes <= most ? 0 : -1; }, stagedCells: () => CELLS, stagedBytes: () => BYTES };
  return { staging: new Staging({ memory, guard: (work) => work(core) }), memory, asked };
}
const NAMES = [undefined];

test('control: twice as much is asked for, so that growing texts do not ask each time', () => {
  const { staging, asked } = engine(1e6);
  for (let length = 5000; length < 9000; length += 500) staging.stage([new Uint8Array(length)], NAMES);
  assert.deepEqual(asked, [0, 5000, 10_000]);
});

test('where no more than what is needed is granted, nothing is written beyond it', () => {
  const { staging, memory, asked } = engine(9000);
  staging.stage([new Uint8Array(6000).fill(1)], NAMES);
  staging.stage([new Uint8Array(8000).fill(2)], NAMES);
  assert.deepEqual(asked, [0, 6000, 12_000, 8000]);
  for (const value of [new Uint8Array(10_000).fill(3), 'x'.repeat(10_000)]) {
    assert.throws(() => staging.stage([value], NAMES), { code: 'OUT_OF_MEMORY', message: /bind less at once/ });
    assert.ok(memory.u8.subarray(BYTES + 9000, BYTES + 20_000).every((byte) => byte === 0), 'the room was overrun');
  }
  staging.stage([new Uint8Array(8500).fill(4)], NAMES);
  assert.equal(memory.u8[BYTES + 8499], 4);
});
