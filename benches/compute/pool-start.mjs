/** How long a pool of one helper takes until it runs, in this host: an instance is there, its module compiled. `node pool-start.mjs` prints the times, in ms. */
const url = (path) => new URL(`../../js/dist/${path}`, import.meta.url).href;

export async function poolStarts(times, module) {
  const [{ COMPUTE }, { createSharedMemory }, { startPool }, { COMPUTE_POOL }] = await Promise.all(['loader/compute.gen.js', 'loader/memory.js', 'worker/pool.js', 'worker/scripts/compute-pool.js'].map((path) => import(url(path))));
  const artifact = COMPUTE.artifacts['simd-threads'], { createGlue } = await artifact.glue(), found = [];
  module ??= await WebAssembly.compile(await (await fetch(url('loader/wasm/compute.simd-threads.wasm'))).arrayBuffer());
  for (let i = 0; i < times; i++) {
    const memory = createSharedMemory(artifact.memory, 256 << 20), glue = createGlue();
    glue.initSync({ module, memory });
    const core = new glue.Engine(), began = performance.now();
    core.openPool(1);
    const pool = await startPool(COMPUTE_POOL, 1, { module, memory, alarm: glue.poolAlarm() });
    core.usePool();
    found.push(performance.now() - began);
    core.closePool();
    pool.end();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return found;
}

if (globalThis.process?.argv[1]?.endsWith('pool-start.mjs')) {
  const { readFileSync } = await import('node:fs');
  const times = await poolStarts(Number(process.argv[2] ?? 9), new WebAssembly.Module(readFileSync(new URL(url('loader/wasm/compute.simd-threads.wasm')))));
  console.log(JSON.stringify(times));
  process.exit(0);
}
