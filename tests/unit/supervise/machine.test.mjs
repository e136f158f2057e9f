// The supervisor's state machine, alone: what it promises of any run of faults, calls and time (fast-check), and against a model that
// remembers everything and counts anew each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterFault, afterProbe, begin, isExhausted, isProbeDue, LONGEST_WAIT_MS, MOST_RESTARTS, NO_CALL, PROBE_AFTER_MS, WINDOW_MS } from '../../../js/dist/supervise/machine.js';

const READ = { repeatable: true, repeats: 0 };
const run = (state, faults) => faults.reduce(({ state: s, verdicts }, [fault, call, now]) => {
  const { next, verdict } = afterFault(s, fault, call, now);
  return { state: next, verdicts: [...verdicts, verdict] };
}, { state, verdicts: [] });

test('14: three restarts within a minute are made, the fourth fault opens the breaker; control: spread over more than a minute they do not', () => {
  for (const fault of ['trap', 'worker-lost']) {
    const close = run(begin(2), [1, 2, 3, 4].map((now) => [fault, READ, now]));
    assert.deepEqual(close.verdicts.map(({ lowered }) => lowered), [false, false, false, true]);
    assert.ok(close.verdicts.every(({ restart, retry }) => restart && (retry || fault === 'worker-lost')));
    const spread = run(begin(2), [0, 1, 2, 3, 4, 5].map((i) => [fault, READ, i * WINDOW_MS / 3]));
    assert.equal(spread.state.rung, 0);
    assert.equal(spread.state.restarts.length, 3);
  }
});

test('16: a call that traps again goes on one rung lower, down to JavaScript; on the last rung its error is the caller\'s', () => {
  let state = begin(3);
  const seen = [];
  for (let repeats = 0; repeats < 4; repeats++) {
    const { next, verdict } = afterFault(state, 'trap', { repeatable: true, repeats }, repeats);
    state = next;
    seen.push([state.rung, verdict.retry]);
  }
  assert.deepEqual(seen, [[0, true], [1, true], [2, true], [2, false]]);
});

test('13: a call whose worker dies twice is not made a third time, nor on the caller\'s thread; a write is never made again', () => {
  assert.deepEqual(afterFault(begin(2), 'worker-lost', { repeatable: true, repeats: 1 }, 0).verdict, { restart: true, lowered: false, retry: false });
  for (const fault of ['trap', 'worker-lost']) assert.equal(afterFault(begin(2), fault, { repeatable: false, repeats: 0 }, 0).verdict.retry, false);
});

test('1, 12: what can not be started goes one rung down and the call with it; a pinned one is the caller\'s error', () => {
  assert.deepEqual(afterFault(begin(2), 'start', NO_CALL, 0).verdict, { restart: true, lowered: true, retry: true });
  assert.deepEqual(afterFault(begin(1), 'start', READ, 0).verdict, { restart: false, lowered: false, retry: false });
});

test('18: memory that ends and time that is over are the call\'s own error: nothing is replaced, nothing is counted', () => {
  for (const fault of ['out-of-memory', 'timeout']) {
    const before = begin(2);
    const { next, verdict } = afterFault(before, fault, READ, 5);
    assert.equal(next, before);
    assert.deepEqual(verdict, { restart: false, lowered: false, retry: false });
  }
});

test('14: half open after a minute; on trial one fault opens at once and for twice as long; after a quiet minute trust is whole again', () => {
  let { state } = run(begin(2), [['start', READ, 0]]);
  assert.equal(isProbeDue(state, PROBE_AFTER_MS - 1), false);
  assert.equal(isProbeDue(state, PROBE_AFTER_MS), true);
  state = afterProbe(state, true, PROBE_AFTER_MS);
  assert.equal(state.rung, 0);
  const onTrial = run(state, [['trap', READ, PROBE_AFTER_MS + 10]]);
  assert.deepEqual([onTrial.state.rung, onTrial.verdicts[0].lowered, onTrial.state.waitMs], [1, true, 2 * PROBE_AFTER_MS]);
  const trusted = run(state, [['trap', READ, PROBE_AFTER_MS + WINDOW_MS]]);
  assert.equal(trusted.state.rung, 0);
  let failing = run(begin(2), [['start', READ, 0]]).state;
  for (let i = 0; i < 20; i++) failing = afterProbe(failing, false, i);
  assert.equal(failing.waitMs, LONGEST_WAIT_MS);
});

test('a pinned rung is restarted for ever, and says when that is too often', () => {
  const { state } = run(begin(1), Array.from({ length: 4 }, (_, i) => ['worker-lost', NO_CALL, i]));
  assert.equal(state.rung, 0);
  assert.equal(isExhausted(state, 4), true);
  assert.equal(isExhausted(state, WINDOW_MS + 4), false);
});

/** Everything that happened, and what follows from it by counting anew. */
class Model {
  now = 0;
  rung = 0;
  /** Of this rung. */
  faults = [];
  openedAt;
  trial = 0;
  wait = PROBE_AFTER_MS;
}

const fault = fc.record({ kind: fc.constantFrom('trap', 'trap', 'worker-lost', 'start', 'out-of-memory', 'timeout'), repeatable: fc.boolean(), repeats: fc.nat(3) });
class FaultCommand {
  constructor(value) { this.value = value; }
  check() { return true; }
  toString() { return JSON.stringify(this.value); }
  run(m, real) {
    const { kind, repeatable, repeats } = this.value;
    const { next, verdict } = afterFault(real.state, kind, { repeatable, repeats }, m.now);
    real.state = next;
    if (kind === 'out-of-memory' || kind === 'timeout') return assert.deepEqual(verdict, { restart: false, lowered: false, retry: false });
    const last = m.rung === real.rungs - 1;
    if (kind !== 'start') m.faults.push(m.now);
    const recent = m.faults.filter((time) => m.now - time < WINDOW_MS).length;
    const onTrial = m.now < m.trial;
    const lowered = !last && (kind === 'start' || recent > MOST_RESTARTS || onTrial || (kind === 'trap' && repeats > 0));
    if (lowered) {
      m.wait = onTrial ? Math.min(LONGEST_WAIT_MS, 2 * m.wait) : m.trial ? PROBE_AFTER_MS : m.wait;
      Object.assign(m, { rung: m.rung + 1, faults: [], openedAt: m.now, trial: 0 });
    }
    assert.equal(verdict.lowered, lowered);
    assert.equal(next.rung, m.rung);
    assert.equal(next.waitMs, m.wait);
    // A write is never made again after it may have begun; a read at most once on the same rung.
    if (kind !== 'start') {
      assert.equal(verdict.restart, true, 'what faulted is never used again');
      if (!repeatable) assert.equal(verdict.retry, false);
      if (repeats > 0 && !lowered) assert.equal(verdict.retry, false);
    } else assert.equal(verdict.retry, lowered);
    assert.ok(next.restarts.length <= MOST_RESTARTS || next.rung === real.rungs - 1, 'no rung with another below it is restarted a fourth time within a minute');
  }
}
class Wait {
  constructor(ms) { this.ms = ms; }
  check() { return true; }
  toString() { return `wait ${this.ms}`; }
  run(m, real) {
    m.now += this.ms;
    assert.equal(isProbeDue(real.state, m.now), m.rung > 0 && m.now - m.openedAt >= m.wait);
  }
}
class Probe {
  constructor(ok) { this.ok = ok; }
  check(m) { return m.rung > 0 && m.now - m.openedAt >= m.wait; }
  toString() { return `probe ${this.ok}`; }
  run(m, real) {
    real.state = afterProbe(real.state, this.ok, m.now);
    if (this.ok) Object.assign(m, { rung: 0, faults: [], openedAt: undefined, trial: m.now + WINDOW_MS });
    else Object.assign(m, { openedAt: m.now, wait: Math.min(LONGEST_WAIT_MS, 2 * m.wait) });
    assert.equal(real.state.rung, m.rung);
    assert.equal(isProbeDue(real.state, m.now), false, 'one probe at a time');
  }
}

test('property: in any run of faults, time and probes it says what a model says that counts everything anew', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.commands([
    fault.map((value) => new FaultCommand(value)),
    fc.integer({ min: 1, max: 2 * WINDOW_MS }).map((ms) => new Wait(ms)),
    fc.integer({ min: 1, max: 20 }).map((ms) => new Wait(ms)),
    fc.boolean().map((ok) => new Probe(ok)),
  ], { maxCommands: 60 }), (rungs, commands) => {
    fc.modelRun(() => ({ model: new Model(), real: { state: begin(rungs), rungs } }), commands);
  }), { seed: 20261127, numRuns: 3000 });
});

/**
 * A service of three rungs that holds acknowledged writes, under a schedule of faults: each call says how often it faults, and whether
 * its write had taken effect by then and been undone. The last rung never faults, as JavaScript.
 */
function serve(calls, { pinned, mayRepeat }) {
  let state = begin(pinned ? 1 : 3);
  let restored = [], now = 0, attempts = 0;
  const acknowledged = [];
  for (const { kind, faults, pause, id } of calls) {
    now += pause;
    if (isProbeDue(state, now)) state = afterProbe(state, true, now);
    let left = faults;
    for (let repeats = 0; ; repeats++) {
      attempts++;
      assert.ok(repeats <= 4, 'no endless loop');
      const bottom = !pinned && state.rung === 2;
      if (left > 0 && !bottom) {
        left--;
        const { next, verdict } = afterFault(state, 'trap', { repeatable: kind === 'read' || mayRepeat, repeats }, now);
        state = next;
        restored = [...acknowledged];
        if (verdict.retry) continue;
        if (!pinned) assert.equal(kind, 'write', 'a read that traps is answered in the end');
        break;
      }
      if (kind === 'write') { restored.push(id); acknowledged.push(id); }
      else assert.deepEqual(restored, acknowledged);
      break;
    }
  }
  assert.deepEqual(restored, acknowledged, 'nothing acknowledged is lost, nothing is there twice');
  return attempts;
}

test('16: property: under any schedule of traps a read is answered, a write is done once or rejects, and nothing acknowledged is lost', () => {
  const call = fc.record({ kind: fc.constantFrom('read', 'write'), faults: fc.nat(4), pause: fc.constantFrom(1, 100, WINDOW_MS / 2, 2 * WINDOW_MS) });
  fc.assert(fc.property(fc.array(call, { maxLength: 40 }), fc.boolean(), fc.boolean(), (calls, pinned, mayRepeat) => {
    serve(calls.map((value, id) => ({ ...value, id })), { pinned, mayRepeat });
  }), { seed: 20261128, numRuns: 1000 });
});
