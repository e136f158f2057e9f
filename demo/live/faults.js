/** Faults on purpose in the artifacts as they are shipped: how long until the next right answer, and whether anything was lost. */
import { faults } from 'wasm-services/testing';
import { end, subject, SUBJECTS } from './subjects.js';

const WRITES = 20;
/** A service that can not answer within this has not recovered. */
const PATIENCE_MS = 15_000, PAUSE_MS = 50;

export const FAULTS = {
  kill: { name: 'Kill the worker', says: 'ended while a call was on its way, as by a crashed tab' },
  trap: { name: 'Trap in WebAssembly', says: 'the next call reads out of bounds' },
  quota: { name: 'Fill the quota', says: 'the next write finds no room', only: ['sqlite'] },
  network: { name: 'Drop the network on load', says: 'it starts anew and half of its file arrives' },
};

export const canHave = (fault, name) => !FAULTS[fault].only || FAULTS[fault].only.includes(name);

const said = (error) => `${error.code ?? error.name}: ${error.message}`;
const brief = (text) => (text.length > 140 ? `${text.slice(0, 139)}…` : text);

/**
 * Asks until an answer comes, as a program would that means to go on.
 * @param begun a call that is on its way already @param {(error: object) => Promise<void>} mend what such a program does about an error before it asks again
 */
async function untilAnswered(ask, begun, mend) {
  const began = performance.now();
  const errors = [];
  for (let pending = begun; ; pending = undefined) {
    try {
      return { answer: await (pending ?? ask()), errors };
    } catch (error) {
      errors.push(said(error));
      if (performance.now() - began > PATIENCE_MS) return { answer: undefined, errors };
      await mend(error);
      await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    }
  }
}

/** What was acknowledged and is not there, and what was refused and is. */
async function whatIsLost(one) {
  const difference = one.acknowledged - await one.kept();
  if (difference > 0) return `${difference} of ${one.acknowledged} acknowledged writes`;
  return difference < 0 ? `nothing, but ${-difference} writes are there that were refused` : undefined;
}

/** Each breaks the running service `one` and gives the call that met it, or what that came to. */
const BREAK = {
  kill: async (one) => {
    const begun = one.ask();
    faults.killWorker(one.name);
    return { begun };
  },
  trap: async (one) => { faults.trapNextCall(one.name); return {}; },
  quota: async (one) => {
    faults.failStorageAfter(one.name, 0, 'quota');
    return { met: await one.write().then(() => 'the write was accepted', (error) => `the write was refused, ${said(error)}`) };
  },
  network: async (one) => {
    const before = await end(one.name);
    faults.failNextLoad(one.name, 'truncated');
    return { before };
  },
};

/**
 * @returns {Promise<{ service: string, fault: string, ms: number, right: boolean, lost?: string, holds: string, met: string, full: string }>}
 * `ms` from the fault to the next right answer; `met`: what the call that met the fault came to, `full`: the whole of it; `lost`: left out where nothing is
 */
export async function play(fault, name) {
  let one = await subject(name);
  if (one.write) for (let i = 0; i < WRITES; i++) await one.write();
  const expected = await one.ask();
  const began = performance.now();
  const { begun, met, before } = await BREAK[fault](one);
  let loadedAgain = false;
  const { answer, errors } = await untilAnswered(async () => (one = await subject(name, before)).ask(), begun, async (error) => {
    // A table lives with its worker: who holds the rows loads them again.
    if (error.code === 'WORKER_LOST' && one.fill) loadedAgain = await one.fill().then(() => true, () => false);
    // What can not do without its WebAssembly starts anew.
    if (fault === 'network') await end(name).catch(() => {});
  });
  const ms = performance.now() - began;
  const right = answer === expected;
  const by = one.service.info;
  const full = met ?? (errors.length ? `rejected, ${errors[0]}` : `answered by ${by.variant}${fault === 'network' ? `: ${by.reason}` : ''}`);
  let lost = right ? undefined : 'no right answer came';
  if (right && one.kept) lost = await whatIsLost(one);
  if (fault === 'quota') await one.write(); // there is room again
  const holds = `${one.holds}${loadedAgain ? ', loaded again from the rows that the page holds' : ''}${one.acknowledged ? `, ${one.acknowledged} acknowledged writes` : ''}`;
  // A lower build, or JavaScript, answers for this life; the next one loads well.
  if (fault === 'network' && errors.length === 0) await end(name);
  return { service: SUBJECTS[name].name, fault: FAULTS[fault].name, ms, right, lost, holds, met: brief(full), full };
}
