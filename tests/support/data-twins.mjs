// Both implementations of the data processor, side by side, for tests of faults.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createDataProcessor } from '../../js/dist/data.js';

export const js = createDataProcessor({ implementation: 'js', host: 'inline' });
export const simd = createDataProcessor({ implementation: 'simd', host: 'inline' });
export const BOTH = [['js', js], ['simd', simd]];
await Promise.all([js.ready(), simd.ready()]);
after(() => Promise.all([js.dispose(), simd.dispose()]));
assert.deepEqual([js.info.variant, simd.info.variant], ['js', 'simd'], 'they are two implementations');

/** One test for each implementation. */
export const each = (name, run) => { for (const [variant, service] of BOTH) test(`${name} (${variant})`, () => run(service, variant)); };

/** Refused with that code; gives the error. */
export async function refused(call, codes, what) {
  const error = await (async () => { await (typeof call === 'function' ? call() : call); })().then(() => undefined, (reason) => reason);
  assert.ok(error, `${what ?? ''}: it went well`);
  assert.equal(error.name, 'ServiceError', error.stack);
  assert.ok([codes].flat().includes(error.code), `${what ?? ''}: ${error.code} ${error.message}`);
  return error;
}

/** The same value from both, which it gives back. */
export async function agreed(ask, what) {
  const [a, b] = [await ask(js), await ask(simd)];
  assert.deepStrictEqual(a, b, what);
  return a;
}

/** The code a call ends with, or its value. */
export const outcome = async (call) => { try { return { value: await call() }; } catch (error) { assert.equal(error.name, 'ServiceError', error.stack); return { code: error.code, message: error.message }; } };

/** That a check is one: it must fail where it is given what is wrong. */
export const fails = (check, what) => assert.rejects(async () => { await check(); }, undefined, `the control of ${what} did not fail`);
