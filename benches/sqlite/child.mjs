/** A contender in a process of its own: one JSON order a line on standard input, one JSON answer a line on standard output. */
import { createInterface } from 'node:readline';
import { digest } from './digest.mjs';
import { HOSTS } from './hosts.mjs';
import { answerOf, prepare, sample, TASKS } from './tasks.mjs';

let contender, task, db, last;
const gc = typeof Bun === 'undefined' ? globalThis.gc : () => Bun.gc(true);
const orders = {
  async load({ engine }) { contender = await HOSTS[engine](); return { name: contender.name, kind: contender.kind, version: contender.version }; },
  async prepare({ name }) { task = TASKS[name]; const made = await prepare(contender, task); db = made.db; return { reason: made.reason }; },
  async sample() { const { ms, value } = await sample(task, db, gc); last = value; return { ms }; },
  async answer() { return { digest: digest(await answerOf(task, db, last)) }; },
  async close() { last = undefined; await db?.close(); db = undefined; return {}; },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...rest } = JSON.parse(line);
  let reply;
  try { reply = await orders[order](rest); } catch (e) { reply = { error: e.message }; }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
