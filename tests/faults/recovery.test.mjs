// What happens to a service when its instance traps or its worker dies (FAULTS 13, 14, 16, 18, 21, 68), for all four services, in place and
// in a worker, in the artifacts that are shipped or copies of them with a trapdoor. Whatever is done to it, every later answer equals
// that of a service nothing was done to.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { takeFault } from '../../js/dist/faults.js';
import { createManager } from '../../js/dist/manager.js';
import { faults } from '../../js/dist/testing.js';
import { breakdown, NAMES, SERVICES } from '../support/recovering.mjs';

const HOSTS = ['inline', 'worker'];
const HOWS = ['bounds', 'unreachable', 'divide', 'memory', 'stack'];
const KEYS = { vector: 'vectorSearch', sqlite: 'sqlite', compute: 'compute', data: 'dataProcessor' };

/** The console is for the user; here its lines are counted. */
const lines = [];
const { warn } = console;
console.warn = (...args) => { lines.push(args.join(' ')); };
after(() => { console.warn = warn; });

/** One manager with one service, filled, and what it told. */
async function lively(name, { host = 'inline', implementation, onEvent = () => {}, ...rest } = {}) {
  const events = [];
  const manager = createManager({ call() {}, event: (event) => { events.push(event); onEvent(event); } });
  await manager.initialize({ host, ...rest, [KEYS[name]]: { ...(implementation && { implementation }), ...SERVICES[name].config } });
  const service = SERVICES[name].get(manager);
  const held = await SERVICES[name].fill(service);
  const types = (type) => events.filter((event) => event.type === type);
  return { manager, service, held, events, types, read: () => SERVICES[name].read(service, held), write: (n) => SERVICES[name].write(service, held, n) };
}

for (const name of NAMES) {
  for (const host of HOSTS) {
    for (const how of HOWS) {
      test(`16: ${name} (${host}): a trap by '${how}': the call is answered, what was held stands, one recovery is told; control: without it none is`, async () => {
        const unpatch = faults.patch(name);
        const one = await lively(name, { host, implementation: 'simd' });
        const expected = await one.read();
        assert.deepEqual(one.types('recovery'), [], 'control');
        faults.trapNextCall(name, how);
        unpatch();
        assert.deepEqual(await one.read(), expected);
        assert.equal(takeFault(name, 'trap'), undefined, 'the trap happened');
        assert.equal(one.types('recovery').length, 1);
        assert.match(one.types('recovery')[0].message, /instance/);
        assert.equal(one.service.info.variant, 'simd');
        await one.write(1);
        await one.manager.dispose();
      });
    }
  }

  test(`16: ${name}: the copy with a trapdoor answers like the artifact while nothing is armed, and each kind is the trap that it says`, async () => {
    const { messages, same } = await breakdown(name);
    assert.equal(same, true);
    assert.match(messages.unreachable, /unreachable/);
    assert.match(messages.divide, /divide by zero/);
    assert.match(messages.memory, /out of bounds/);
    assert.match(messages.stack, /call stack/);
  });

  test(`14: ${name}: an instance that traps again and again: JavaScript answers, right, once told on the console and by one event; health is degraded; a minute later WebAssembly answers again`, async () => {
    const one = await lively(name);
    const expected = await one.read();
    lines.length = 0;
    for (let i = 0; i < 6; i++) {
      faults.trapNextCall(name);
      assert.deepEqual(await one.read(), expected, `trap ${i}`);
      takeFault(name, 'trap');
    }
    assert.equal(one.service.info.variant, 'js');
    assert.equal(one.types('fallback').length, 1);
    assert.equal(lines.filter((line) => line.includes(`${name}:`)).length, 1, lines.join('\n'));
    assert.match(one.service.info.degraded, /given up|trapped/);
    const health = await one.manager.healthCheck();
    assert.deepEqual([health.overall, health.services[name].state], ['degraded', 'degraded']);
    assert.match(health.services[name].lastError, /trapped/);
    await later(61_000, async () => {
      assert.deepEqual(await one.read(), expected);
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.deepEqual(await one.read(), expected);
    });
    assert.equal(one.service.info.variant, 'simd');
    assert.equal(one.service.info.degraded, undefined);
    assert.equal((await one.manager.healthCheck()).overall, 'healthy');
    await one.manager.dispose();
  });

  test(`14 control: ${name}: three traps within a minute change nothing`, async () => {
    const one = await lively(name);
    const expected = await one.read();
    for (let i = 0; i < 3; i++) {
      faults.trapNextCall(name);
      assert.deepEqual(await one.read(), expected);
    }
    assert.equal(one.service.info.variant, 'simd');
    assert.deepEqual(one.types('fallback'), []);
    assert.equal((await one.manager.healthCheck()).overall, 'healthy');
    await one.manager.dispose();
  });

  test(`68: ${name}: requireWasm makes the fallback an error: a call that keeps trapping rejects with a code, and JavaScript never answers`, async () => {
    let armed = false;
    // The call that is made again on the fresh instance traps as well.
    const onEvent = ({ type }) => { if (armed && type === 'recovery') { armed = false; faults.trapNextCall(name); } };
    const one = await lively(name, { requireWasm: true, onEvent });
    const expected = await one.read();
    armed = true;
    faults.trapNextCall(name);
    await assert.rejects(one.read(), { code: 'INSTANCE_POISONED' });
    assert.equal(takeFault(name, 'trap'), undefined);
    assert.deepEqual(await one.read(), expected, 'control: the service goes on');
    for (let i = 0; i < 6; i++) {
      faults.trapNextCall(name);
      assert.deepEqual(await one.read(), expected);
    }
    assert.equal(one.service.info.variant, 'simd');
    assert.deepEqual(one.types('fallback'), []);
    await one.manager.dispose();
  });

  test(`13: ${name}: a worker that is killed: the next call is right on a new one, nothing acknowledged is lost; control: the worker that lives is the same`, async () => {
    const one = await lively(name, { host: 'worker' });
    const before = await one.read();
    assert.deepEqual(one.types('restart'), [], 'control');
    for (let i = 0; i < 3; i++) {
      faults.killWorker(name);
      assert.deepEqual(await one.read(), before);
      await one.write(i);
    }
    assert.equal(one.types('restart').length, 3);
    assert.equal(one.service.info.host, 'worker');
    await one.manager.dispose();
  });

  test(`14: ${name}: workers that keep dying: the calling thread takes over with everything, once told, and health says so; control: three deaths do not`, async () => {
    const one = await lively(name, { host: 'worker' });
    const expected = await one.read();
    lines.length = 0;
    for (let death = 1; death <= 5; death++) {
      faults.killWorker(name);
      assert.deepEqual(await one.read(), expected, `death ${death}`);
      if (death === 3) assert.equal(one.service.info.host, 'worker', 'control');
    }
    assert.equal(one.service.info.host, 'inline');
    assert.equal(one.types('fallback').length, 1);
    assert.equal(lines.filter((line) => line.includes(`${name}:`)).length, 1, lines.join('\n'));
    const { overall, services } = await one.manager.healthCheck();
    assert.deepEqual([overall, services[name].state], ['degraded', 'degraded']);
    assert.match(services[name].lastError, /died/);
    await one.manager.dispose();
  });

  test(`12: ${name}: a worker that can not be started: the calling thread answers, by one event, and health says so; control: one that starts is a worker`, async () => {
    lines.length = 0;
    const one = await lively(name, { host: 'worker', worker: () => { throw new Error('no workers today'); } });
    const control = await lively(name, { host: 'worker' });
    assert.deepEqual(await one.read(), await control.read());
    assert.deepEqual([one.service.info.host, control.service.info.host], ['inline', 'worker']);
    assert.deepEqual([one.types('fallback').length, control.types('fallback').length], [1, 0]);
    assert.match(one.service.info.degraded, /no workers today/);
    assert.deepEqual([(await one.manager.healthCheck()).overall, (await control.manager.healthCheck()).overall], ['degraded', 'healthy']);
    assert.equal(lines.length, 1);
    faults.trapNextCall(name);
    assert.deepEqual(await one.read(), await control.read());
    assert.equal((await one.manager.healthCheck()).overall, 'degraded', 'a recovery of the instance brings no worker back');
    await Promise.all([one.manager.dispose(), control.manager.dispose()]);
  });

  test(`21: ${name}: after dispose every call is DISPOSED, and dispose again is nothing; control: before it they are answered`, async () => {
    const one = await lively(name);
    await one.read();
    await one.service.dispose();
    await assert.rejects(one.read(), { code: 'DISPOSED' });
    await one.service.dispose();
    await one.manager.dispose();
  });
}

for (const name of ['vector', 'data', 'compute']) {
  test(`14: ${name}: a minute after the calling thread took over, a worker is tried again and has everything; control: before the minute is over it is not`, async () => {
    const one = await lively(name, { host: 'worker' });
    const expected = await one.read();
    for (let death = 1; death <= 4; death++) { faults.killWorker(name); await one.read(); }
    assert.equal(one.service.info.host, 'inline');
    await later(50_000, async () => { await one.read(); });
    assert.equal(one.service.info.host, 'inline', 'control');
    await later(61_000, async () => { assert.deepEqual(await one.read(), expected); });
    assert.equal(one.service.info.host, 'worker');
    assert.equal(one.service.info.degraded, undefined);
    assert.equal((await one.manager.healthCheck()).overall, 'healthy');
    await one.manager.dispose();
  });
}

/** A host that refuses the memory of every further instance. */
async function refusing(work) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function () { throw new RangeError('could not allocate memory'); };
  try { return await work(); } finally { WebAssembly.Instance = Instance; }
}

for (const name of ['vector', 'compute', 'data']) {
  test(`18: ${name}: a host that refuses the memory for the instance after a trap: JavaScript takes over with everything; control: a host that gives it`, async () => {
    const one = await lively(name);
    const expected = await one.read();
    faults.trapNextCall(name);
    assert.deepEqual(await one.read(), expected, 'control');
    assert.equal(one.service.info.variant, 'simd');
    await refusing(async () => {
      faults.trapNextCall(name);
      assert.deepEqual(await one.read(), expected);
    });
    assert.equal(one.service.info.variant, 'js');
    assert.equal(one.types('fallback').length, 1);
    assert.deepEqual(await one.read(), expected);
    await one.manager.dispose();
  });
}

/** Time that leaps, seen by the service's clock alone. */
async function later(ms, work) {
  const { now } = performance;
  performance.now = () => now.call(performance) + ms;
  try { return await work(); } finally { performance.now = now; }
}
