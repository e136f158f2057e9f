#!/usr/bin/env node
/**
 * Pools of helper threads that start and stop many times (FAULTS 22): no thread, no handle, no memory is left, and no start hangs.
 *
 *     node tests/soak/threads.mjs [--cycles 1000]
 *
 * Half of the cycles end in good order (the instance lets its helpers go, and they leave), half from outside, a third while they start. Then the
 * same through the service: a worker with a pool, a call, an end. Prints `N passed, M failed`; a cycle is one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COMPUTE } from '../../js/dist/loader/compute.gen.js';
import { createSharedMemory } from '../../js/dist/loader/memory.js';
import { createComputeEngine } from '../../js/dist/services/compute/index.js';
import { startPool } from '../../js/dist/worker/pool.js';
import { COMPUTE_POOL } from '../../js/dist/worker/scripts/compute-pool.js';

const cycles = Number(parseArgs({ options: { cycles: { type: 'string', default: '1000' } } }).values.cycles);
const artifact = COMPUTE.artifacts['simd-threads'];
const { createGlue } = await artifact.glue();
const module = new WebAssembly.Module(readFileSync(new URL('../../js/dist/loader/wasm/compute.simd-threads.wasm', import.meta.url)));
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const osThreads = () => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);
/** Helpers do not keep a program, and nothing else does here. */
const keep = setInterval(() => {}, 1000);
let passed = 0, failed = 0;
const check = (ok, why) => { if (ok) passed++; else { failed++; console.log(`  ✗ ${why}`); } };

async function pool(nth) {
  const memory = createSharedMemory(artifact.memory, 16 << 20), glue = createGlue();
  glue.initSync({ module, memory });
  const core = new glue.Engine();
  core.openPool(2);
  const starting = startPool(COMPUTE_POOL, 2, { module, memory, alarm: glue.poolAlarm() });
  if (nth % 3 === 0) {
    core.closePool();
    // Who finds no seat leaves at once, which may be before the other one runs.
    await starting.then((made) => made.end(), (error) => { if (error.code !== 'WORKER_START') throw error; });
    return;
  }
  const made = await starting;
  core.usePool();
  core.closePool();
  if (nth % 2 === 0) await made.left();
  made.end();
}

const noise = Float32Array.from({ length: 300 * 300 }, (_, i) => Math.sin(i * i));
const square = { data: noise, rows: 300, cols: 300 };
let right;
async function service() {
  const engine = createComputeEngine({ implementation: 'simd-threads', threads: 2 }, { sink: { call() {}, event() {} }, attach() {} });
  const { data } = await engine.matmul(square, square);
  right ??= data;
  check(data.every((x, i) => x === right[i]), 'an answer of another life is another answer');
  await engine.dispose();
}

async function many(what, times, cycle) {
  for (let i = 0; i < 5; i++) await cycle(i);
  await wait(500);
  const threads = osThreads(), handles = process.getActiveResourcesInfo().length, { rss } = process.memoryUsage();
  for (let i = 0; i < times; i++) {
    const began = Date.now();
    try { await cycle(i); check(Date.now() - began < 4000, `${what} ${i} took ${Date.now() - began} ms`); } catch (error) { check(false, `${what} ${i}: ${error.message}`); }
  }
  for (let i = 0; i < 200 && osThreads() > threads; i++) await wait(50);
  check(osThreads() <= threads, `${what}: ${osThreads()} threads are left, there were ${threads}`);
  check(process.getActiveResourcesInfo().length <= handles + 2, `${what}: ${process.getActiveResourcesInfo()} are left`);
  // A leaked thread is a stack of megabytes; what engines keep for themselves is far less a life.
  const grown = (process.memoryUsage().rss - rss) / times;
  check(grown < 262_144, `${what}: ${Math.round(grown / 1024)} kB more after each`);
  console.log(`  ${what}: ${times} cycles, ${Math.round(grown / 1024)} kB more after each`);
}

await many('pools', cycles, pool);
await many('services', Math.ceil(cycles / 4), service);
clearInterval(keep);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
