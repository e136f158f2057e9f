// What a worker holds is made again in the next one: in order, with what it came from, and no more than that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDataProcessor } from '../../../js/dist/data.js';
import { faults } from '../../../js/dist/testing.js';
import { Lineage, LINEAGE_LIMIT } from '../../../js/dist/worker/lineage.js';

/** A worker whose things are texts: a source is itself, what is derived is made of what it came from. */
class World {
  held = new Map();
  #next = 1;
  make({ origin, from }) {
    const parts = from.map(({ id }) => { assert.ok(this.held.has(id), 'what it came from is there'); return this.held.get(id); });
    this.held.set(this.#next, parts.length === 0 ? origin : `(${parts.join('+')})`);
    return this.#next++;
  }
  drop(id) { assert.ok(this.held.delete(id)); }
}

test('property: after any life, what is asked for is what it was, and nothing that was let go stays; control: without the parents it can not be made', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ kind: fc.constantFrom('source', 'derive', 'derive', 'free', 'die', 'ask'), a: fc.nat(30), b: fc.nat(30) }), { maxLength: 60 }), async (steps) => {
    const lineage = new Lineage();
    let world = new World(), life = 1, sources = 0;
    const live = new Map(); // number → text
    const pick = (n) => [...live.keys()][n % live.size];
    const bring = async (number) => {
      const kept = lineage.get(number);
      if (kept.life !== life) await lineage.bring(kept, life, async (one) => world.make(one), (id) => world.drop(id));
      return kept;
    };
    for (const { kind, a, b } of steps) {
      if (kind === 'source') {
        const text = `s${sources++}`;
        live.set(lineage.add(text, [], 10, life, world.make({ origin: text, from: [] })), text);
      } else if (live.size === 0) continue;
      else if (kind === 'derive') {
        const from = [await bring(pick(a)), await bring(pick(b))];
        const text = `(${live.get(pick(a))}+${live.get(pick(b))})`;
        live.set(lineage.add('sum', from, 0, life, world.make({ origin: 'sum', from })), text);
      } else if (kind === 'free') {
        const number = pick(a), kept = lineage.free(number);
        live.delete(number);
        if (kept.life === life) world.drop(kept.id);
      } else if (kind === 'die') { world = new World(); life++; }
      else assert.equal(world.held.get((await bring(pick(a))).id), live.get(pick(a)));
      assert.ok(world.held.size <= live.size, 'nothing that was let go stays in the worker');
    }
    for (const number of [...live.keys()]) lineage.free(number);
    assert.equal(lineage.bytes, 0);
    assert.equal(lineage.isWhole, true);
  }), { seed: 20261127, numRuns: 400 });
  const lineage = new Lineage(), parent = lineage.add(undefined, [], 10, 1, 1), child = lineage.add('sum', [lineage.get(parent)], 0, 1, 2);
  assert.deepEqual([lineage.get(child).lasting, lineage.isWhole, lineage.bytes], [false, false, 0], 'control');
});

test('13: a table from more than can be kept goes with its worker, and says so; control: a smaller one beside it stays', { timeout: 120_000 }, async () => {
  const data = createDataProcessor({ host: 'worker' });
  const small = await data.load({ x: new Float64Array(10).fill(2) });
  const large = await data.load({ x: new Float64Array(LINEAGE_LIMIT / 8) });
  const half = await large.filter('x > 0');
  faults.killWorker('data');
  await assert.rejects(large.column('x'), (error) => error.code === 'WORKER_LOST' && /64 MiB.*load it again/.test(error.message));
  await assert.rejects(half.toRows(), { code: 'WORKER_LOST' });
  assert.deepEqual(await small.column('x'), new Float64Array(10).fill(2), 'control');
  await data.dispose();
});
