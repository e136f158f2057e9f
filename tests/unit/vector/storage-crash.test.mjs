// Power is lost at every operation of a store's life; whatever the disk kept, the store must come back with what it had acknowledged.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openStore } from '../../../js/dist/services/vector/storage/store.js';
import { MemoryBackend, MemoryDisk } from '../../conformance/storage-memory-backend.mjs';
import { applied, appliedAll, emptyState, fingerprint, random, randomRecord, sourceOf, stateOf } from './storage-model.mjs';

const OPTIONS = { checkpointBytes: 3000, checkpointRatio: 0 };

/** Resolves with undefined when the disk has crashed, whatever the store is still waiting for. */
function orCrash(backend, promise) {
  return Promise.race([promise, new Promise((resolve) => { backend.onCrash = () => resolve(undefined); })]);
}

/**
 * Lives one life on `disk`: opens, checks that what is found is one of `expected`, makes changes until `steps` are done or the
 * crash comes. Returns the fingerprints that may be found afterwards, and whether it crashed.
 */
async function live(disk, plan, expected, next, steps) {
  const backend = new MemoryBackend(disk, plan);
  const opened = await orCrash(backend, openStore(backend, OPTIONS));
  if (!opened) return { expected, crashed: true };
  const { store, recovered } = opened;
  let state = stateOf(recovered);
  assert.ok(expected.some((s) => fingerprint(s) === fingerprint(state)), `found a state that was never acknowledged or is half of a change: ${fingerprint(state).slice(0, 300)}`);

  for (let step = 0; step < steps; step++) {
    // Several changes at once share a sync; some are units of several records.
    const units = [];
    let ahead = state;
    for (let i = 0; i < 1 + Math.floor(next() * 3); i++) {
      const first = randomRecord(ahead, next);
      const unit = next() < 0.3 ? [first, randomRecord(applied(ahead, first), next)] : [first];
      ahead = appliedAll(ahead, unit);
      units.push({ unit, after: ahead, acknowledged: false });
    }
    const work = Promise.all(units.map((u) => store.append(u.unit.length === 1 ? u.unit[0] : u.unit).then(() => { u.acknowledged = true; })));
    if (!await orCrash(backend, work)) {
      let sure = state;
      for (const u of units) if (u.acknowledged) sure = u.after;
      return { expected: [sure, ...units.filter((u) => !u.acknowledged).map((u) => u.after)], crashed: true };
    }
    state = ahead;
    if (store.checkpointDue && !await orCrash(backend, store.checkpoint(sourceOf(state)).then(() => true))) return { expected: [state], crashed: true };
  }
  if (!await orCrash(backend, store.close().then(() => true))) return { expected: [state], crashed: true };
  return { expected: [state], crashed: false };
}

const die = (disk, next) => (next() < 0.3 ? disk.killProcess() : disk.losePower(next));

test('a crash before or after every single operation, each with several ways to tear what was not synced', async () => {
  let crashes = 0;
  for (const how of ['crash-before', 'crash-after']) {
    for (let tearing = 0; tearing < 6; tearing++) {
      for (let at = 1; ; at++) {
        const disk = new MemoryDisk();
        const next = random(1000 * tearing + at);
        const first = await live(disk, (n) => (n === at ? how : undefined), [emptyState()], random(7), 12);
        if (!first.crashed) break;
        crashes++;
        die(disk, next);
        // The next life must find it, and go on.
        const second = await live(disk, () => undefined, first.expected, next, 3);
        const third = await live(disk, () => undefined, second.expected, next, 0);
        assert.equal(third.crashed, false);
      }
    }
  }
  assert.ok(crashes > 500, `only ${crashes} crash points were tried`);
});

test('what a killed process had written and the next one has shown survives a power cut after that', async () => {
  for (let at = 4; at < 60; at++) {
    for (let again = 1; again < 5; again++) {
      const disk = new MemoryDisk();
      const first = await live(disk, (n) => (n === at ? 'crash-after' : undefined), [emptyState()], random(7), 12);
      disk.killProcess();
      const second = await live(disk, (n) => (n === again ? 'crash-before' : undefined), first.expected, random(at), 3);
      disk.losePower(() => 0);
      await live(disk, () => undefined, second.expected, random(at), 0);
    }
  }
});

test('random lives: crash after crash, also during recovery', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const next = random(seed * 31337);
    const disk = new MemoryDisk();
    let expected = [emptyState()];
    for (let round = 0; round < 12; round++) {
      const at = 1 + Math.floor(next() * 40);
      const how = next() < 0.5 ? 'crash-before' : 'crash-after';
      const result = await live(disk, (n) => (n === at ? how : undefined), expected, next, 8);
      expected = result.expected;
      if (result.crashed) die(disk, next);
    }
  }
});

async function failingLife(at, fails) {
  const disk = new MemoryDisk();
  const next = random(at);
  let failing = true;
  const backend = new MemoryBackend(disk, (n, operation, name) => (failing ? fails(n, operation, name) : undefined));
  const outcome = { failures: 0, refused: undefined, state: emptyState(), disk };
  const typed = (error) => assert.ok(['QUOTA', 'STORAGE_IO'].includes(error.code), error.stack);
  let opened;
  try {
    opened = await openStore(backend, OPTIONS);
  } catch (error) {
    typed(error);
    assert.equal(disk.holder, undefined, 'a failed opening gives the lock back');
    return undefined;
  }
  const { store } = opened;
  for (let step = 0; step < 15; step++) {
    const record = randomRecord(outcome.state, next);
    try {
      await store.append(record);
      outcome.state = applied(outcome.state, record);
      outcome.refused = undefined;
    } catch (error) {
      typed(error);
      outcome.failures++;
      outcome.refused ??= record;
    }
    if (store.checkpointDue) await store.checkpoint(sourceOf(outcome.state)).catch((error) => { typed(error); outcome.failures++; });
  }
  await store.close();
  failing = false;
  outcome.found = fingerprint(stateOf((await openStore(new MemoryBackend(disk))).recovered));
  return outcome;
}

for (const fault of ['quota', 'io', 'io-after']) {
  test(`one operation that fails (${fault}) takes back its change alone; the store goes on and the rest is found again`, async () => {
    let failures = 0;
    for (let at = 1; at < 120; at++) {
      const life = await failingLife(at, (n) => (n === at ? fault : undefined));
      if (!life) continue;
      failures += life.failures;
      assert.equal(life.found, fingerprint(life.state), `failure at operation ${at}`);
    }
    assert.ok(failures > 30, `only ${failures} failures were played`);
  });
}

test('a medium that fails for good: every later change is refused, and what was acknowledged is found again', async () => {
  let failures = 0;
  for (let at = 1; at < 60; at++) {
    const life = await failingLife(at, (n) => (n >= at ? 'io' : undefined));
    if (!life) continue;
    // The change whose roll-back failed too may be there, as one that a crash interrupted may.
    const allowed = [fingerprint(life.state), ...(life.refused ? [fingerprint(applied(life.state, life.refused))] : [])];
    assert.ok(allowed.includes(life.found), `failure from operation ${at} on`);
    failures += life.failures;
  }
  assert.ok(failures > 100, `only ${failures} failures were played`);
});

test('after a checkpoint that failed the next one is not due at once, and comes when the journal has grown again', async () => {
  const disk = new MemoryDisk();
  let full = true;
  const { store } = await openStore(new MemoryBackend(disk, (_n, operation, name) => (full && operation === 'append' && name.startsWith('snapshot') ? 'quota' : undefined)), OPTIONS);
  let state = emptyState();
  const grow = async () => {
    const record = randomRecord(emptyState(), random(3));
    state = applied(state, record);
    await store.append(record);
  };
  while (!store.checkpointDue) await grow();
  const before = store.bytes.journal;
  await assert.rejects(store.checkpoint(sourceOf(state)), { code: 'QUOTA' });
  assert.equal(store.checkpointDue, false);
  full = false;
  while (!store.checkpointDue) await grow();
  assert.ok(store.bytes.journal >= 2 * before - 1000, 'due again too early');
  await store.checkpoint(sourceOf(state));
  assert.equal(store.bytes.journal, 40);
  await store.close();
  assert.equal(fingerprint(stateOf((await openStore(new MemoryBackend(disk))).recovered)), fingerprint(state));
});

test('control: a disk that forgets synced bytes is noticed by these tests', async () => {
  let noticed = false;
  for (let at = 6; at < 40 && !noticed; at++) {
    const disk = new MemoryDisk();
    const first = await live(disk, (n) => (n === at ? 'crash-after' : undefined), [emptyState()], random(7), 12);
    disk.losePower(random(at));
    const journal = [...disk.files].find(([name, file]) => name.startsWith('journal') && file.current?.length > 200)?.[1];
    if (!journal || !first.crashed) continue;
    journal.current = journal.durable = journal.current.slice(0, 41);
    await live(disk, () => undefined, first.expected, random(1), 0).catch(() => { noticed = true; });
  }
  assert.ok(noticed);
});
