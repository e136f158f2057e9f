/** Contenders take turns at one task, here and in child processes; a contender whose answer differs from native SQLite's has no time. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median } from '../lib/measure.mjs';
import { digest } from './digest.mjs';
import { answerOf, prepare, sample, TASKS } from './tasks.mjs';

setFlagsFromString('--expose-gc');
/** Run before each sample, so that nobody's garbage is collected in another's time. */
export const gc = runInNewContext('gc');

/** A contender of this process, as turns sees it. */
export function here(contender) {
  let task, db, last;
  return {
    name: contender.name, kind: contender.kind, version: contender.version, rounds: contender.rounds,
    async prepare(name) { task = TASKS[name]; const made = await prepare(contender, task); db = made.db; return made.reason; },
    async sample() { const { ms, value } = await sample(task, db, gc); last = value; return ms; },
    answer: async () => digest(await answerOf(task, db, last)),
    async close() { last = undefined; await db?.close(); db = undefined; },
    end: () => contender.end?.(),
  };
}

/** The same in a child process of another host. */
export async function there(command, args, engine) {
  const child = spawn(command, [...args, fileURLToPath(new URL('child.mjs', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  const ask = async (order, rest = {}) => {
    child.stdin.write(`${JSON.stringify({ order, ...rest })}\n`);
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`${command} ended`);
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  return {
    ...await ask('load', { engine }),
    prepare: async (name) => (await ask('prepare', { name })).reason, sample: async () => (await ask('sample')).ms,
    answer: async () => (await ask('answer')).digest, close: () => ask('close'), end: () => child.kill(),
  };
}

/**
 * A contender with a `task` of its own does that instead, and must give the same answer.
 * @returns {Promise<Record<string, { samples?: number[], median?: number, note?: string, kind: string, version: string }>>} by contender's name; `note` says why one has no time
 */
export async function turns(name, contenders, { rounds = 7, reference = contenders[0] } = {}) {
  const state = new Map(), results = {};
  let right;
  for (const c of [reference, ...contenders.filter((o) => o !== reference)]) {
    const entry = results[c.name] = { kind: c.kind, version: c.version };
    try {
      const reason = await c.prepare(c.task ?? name);
      if (reason) { entry.note = reason; continue; }
      await c.sample();
      const got = await c.answer();
      right ??= got;
      if (got !== right) { entry.note = `wrong answer (${got}, not ${right})`; await c.close(); continue; }
      entry.samples = [];
      state.set(c, entry);
    } catch (e) { entry.note = `failed: ${String(e?.message ?? e).slice(0, 160)}`; await Promise.resolve(c.close()).catch(() => {}); }
  }
  for (let round = -1; round < rounds; round++) { // round -1 warms up, after the one that was checked
    for (const [c, entry] of state) {
      if (c.rounds !== undefined && (round < 0 || round >= c.rounds)) continue; // the slow ones
      const ms = await c.sample();
      if (round >= 0) entry.samples.push(ms);
    }
  }
  for (const [c, entry] of state) {
    if (await c.answer() !== right) { entry.note = 'wrong answer after the timed runs'; delete entry.samples; }
    else entry.median = median(entry.samples);
    await c.close();
  }
  return results;
}

/** Median over the rounds that both took part in of a/b; undefined where one has no time. */
export function over(results, a, b) {
  const x = results[a]?.samples, y = results[b]?.samples;
  if (!x || !y) return undefined;
  return median(Array.from({ length: Math.min(x.length, y.length) }, (_, i) => x[i] / y[i]));
}

/** The quickest contender of a kind, by its ratio to the reference; `except` leaves some out. */
export function best(results, kind, reference, except = () => false) {
  return Object.keys(results).filter((n) => results[n].samples && results[n].kind === kind && !except(n)).sort((a, b) => over(results, a, reference) - over(results, b, reference))[0];
}
