/**
 * Entry 'wasm-services/detect': what this host can do, found by doing it. One file that imports nothing, so that a page which only asks pays 1.5 kB; the rest of
 * the package asks here too (capabilities/detect.ts).
 *
 * ```ts
 * import { wasmDetector } from 'wasm-services/detect';
 * const { hasThreads, missing } = await wasmDetector.detectCapabilities();
 * if (!hasThreads) console.info(missing.hasThreads.fix);
 * ```
 */
import type { MissingReason, WASMCapabilities } from './capabilities/types.js';
import type { Runtime } from './host/types.js';

export type { MissingReason, WASMCapabilities } from './capabilities/types.js';

/** Globals that may be missing, asked when they are needed and never at import. */
const world = globalThis as unknown as {
  navigator?: { userAgent?: string; hardwareConcurrency?: number; storage?: { getDirectory?: unknown }; gpu: { requestAdapter(): Promise<unknown> } };
  process?: { type?: string; versions: { bun?: string }; env?: Record<string, string>; getBuiltinModule?(id: 'os'): { availableParallelism(): number } | undefined };
  window?: object; document?: object; Worker?: unknown; WorkerGlobalScope?: unknown; SharedArrayBuffer?: unknown; WebAssembly?: unknown; crossOriginIsolated?: boolean;
};

// ── which host ──

/** @internal Found when it is asked. */
export function whichRuntime(): Runtime {
  const { navigator, process } = world;
  // Cloudflare and Next set browser-like and Node-like globals too: ask for them first.
  if (navigator?.userAgent === 'Cloudflare-Workers' || 'EdgeRuntime' in world) return 'workerd';
  // Electron's pages have a Node-like `process` and are pages all the same; jsdom has a `document` and is Node all the same.
  if (process?.getBuiltinModule && process.type !== 'renderer') return process.versions.bun ? 'bun' : 'Deno' in world ? 'deno' : 'node';
  return world.window && world.document ? 'browser' : world.WorkerGlobalScope ? 'worker' : 'unknown';
}

/** @internal Which of the three implementations of the host room serves a runtime. */
export const hostKind = (runtime: Runtime = whichRuntime()): 'workerd' | 'node' | 'browser' => (
  runtime === 'workerd' ? runtime : runtime === 'browser' || runtime === 'worker' || runtime === 'unknown' ? 'browser' : 'node');

/** @internal Logical processors, at least 1. */
export const processors = (): number => Math.max(1, world.navigator?.hardwareConcurrency! | 0, world.process?.getBuiltinModule?.('os')?.availableParallelism()! | 0);

/** @internal `DISABLE_WASM=true` in the environment: everything runs in JavaScript and no WebAssembly is touched. */
export const isWasmDisabled = (): boolean => world.process?.env?.['DISABLE_WASM'] === 'true';

// ── tiny modules, one per tier: compiled, instantiated and called, and the answer checked ──

/** Validation alone says yes under a CSP that forbids compilation and in isolates that refuse bytes. */
export type Tier = 'baseline' | 'simd' | 'relaxed-simd' | 'atomics';
/** 'known' means: the engine knows the instructions, and something forbids compiling or running them. */
export type ProbeAnswer = 'yes' | 'known' | 'no';

/** Base64 after the first eight bytes, which all have in common. */
const MODULES: Record<Tier, string> = {
  // (memory.fill 0 250 4); i32.extend8_s(load8_u 2) + i32.trunc_sat_f32_s(48.5): bulk memory, sign extension and non-trapping conversions, the floor of every artifact
  baseline: 'AQUBYAABfwMCAQAFAwEAAQcFAQFmAAAKHAEaAEEAQfoBQQT8CwBBAi0AAMBDAABCQvwAags=',
  // (i32x4.extract_lane 3 (i32x4.mul (i32x4.splat p) (v128.const i32x4 1 2 3 6)))
  simd: 'AQYBYAF/AX8DAgEABwUBAWYAAAogAR4AIAD9Ef0MAQAAAAIAAAADAAAABgAAAP21Af0bAws=',
  // (f32x4.extract_lane 1 (f32x4.relaxed_madd (f32x4.splat p) (f32x4.splat 6) (f32x4.splat 0)))
  'relaxed-simd': 'AQYBYAF9AX0DAgEABwUBAWYAAAocARoAIAD9E0MAAMBA/RNDAAAAAP0T/YUC/R8BCw==',
  // (import "e" "m" (memory 1 1 shared)) (i32.atomic.rmw.add 0 p), which returns what stood there before
  atomics: 'AQYBYAF/AX8CCQEBZQFtAgMBAQMCAQAHBQEBZgAACgwBCgBBACAA/h4CAAs=',
};

/** A page of memory that threads could share. */
const sharedMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

/** @internal */
export function probe(tier: Tier): ProbeAnswer {
  if (!world.WebAssembly) return 'no';
  const code = Uint8Array.from(`\0asm\x01\0\0\0${atob(MODULES[tier])}`, (c) => c.charCodeAt(0));
  try {
    const atomics = tier === 'atomics';
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(code), atomics ? { e: { m: sharedMemory() } } : {}).exports as { f(n?: number): number };
    if ((atomics ? f(42) || f() : f(7)) === 42) return 'yes';
  } catch {
    // Refused; why, is asked below.
  }
  try {
    return WebAssembly.validate(code) ? 'known' : 'no';
  } catch {
    return 'known'; // even validate() throws: the object is there, its use is forbidden
  }
}

/** Whether `ask` gives something within a time; what fails is a no. */
async function answers(ms: number, ask: () => unknown): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return Boolean(await Promise.race([ask(), new Promise((resolve) => { timer = setTimeout(resolve, ms); })]));
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether shared memory really crosses: one can be made on pages that are not isolated, and only posting it fails there. It goes through a channel and must arrive as
 * the same memory.
 */
const sharedMemoryCrosses = (atomics: ProbeAnswer): Promise<boolean> => answers(2000, () => atomics === 'yes' && world.SharedArrayBuffer && new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  const memory = sharedMemory();
  port2.postMessage(memory); // throws where it must not cross; nobody listens yet, so nothing is held open
  port1.onmessage = ({ data }) => {
    port1.close();
    new Uint8Array((data as WebAssembly.Memory).buffer)[0] = 42;
    resolve(new Uint8Array(memory.buffer)[0] === 42);
  };
}));

// ── the answer, and why not ──

/** Threads and WebGPU take a message or a device and are asked apart. */
type EngineAnswers = [disabled: boolean, baseline: ProbeAnswer, simd: ProbeAnswer, relaxed: ProbeAnswer, atomics: ProbeAnswer];

let engine: EngineAnswers | undefined;
let settled: WASMCapabilities | undefined;
let wasmOnly: Promise<WASMCapabilities> | undefined;
let complete: Promise<WASMCapabilities> | undefined;

function askEngine(): EngineAnswers {
  const disabled = isWasmDisabled();
  const ask = (tier: Tier): ProbeAnswer => (disabled ? 'no' : probe(tier));
  if (engine?.[0] !== disabled) {
    engine = [disabled, ask('baseline'), ask('simd'), ask('relaxed-simd'), ask('atomics')];
    settled = wasmOnly = complete = undefined;
  }
  return engine;
}

const FIXES: Record<MissingReason, string> = {
  csp: "allow script-src 'wasm-unsafe-eval'",
  'not-isolated': 'serve Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp',
  engine: 'take a newer engine',
  disabled: 'unset DISABLE_WASM',
  embedder: 'pass a WebAssembly.Module as `wasm`',
};

function describe([disabled, baseline, simd, relaxed]: EngineAnswers, threads: boolean, gpu = false): WASMCapabilities {
  const missing: WASMCapabilities['missing'] = {};
  const runtime = whichRuntime(), crossOriginIsolated = !!world.crossOriginIsolated;
  const inBrowser = runtime === 'browser' || runtime === 'worker', alone = inBrowser && !crossOriginIsolated;
  /** Notes why not, when it is not. */
  const note = (name: string, yes: boolean, reason: MissingReason, fix = FIXES[reason]): boolean => {
    if (!yes) missing[name] = { reason, fix };
    return yes;
  };
  const has = (name: string, own: ProbeAnswer, yes = true, otherwise?: MissingReason): boolean => {
    if (baseline !== 'yes') own = baseline;
    return note(name, own === 'yes' && yes, own === 'yes' ? otherwise! : disabled ? 'disabled' : own === 'no' ? 'engine' : inBrowser ? 'csp' : 'embedder');
  };
  note('crossOriginIsolated', !alone, 'not-isolated');
  return {
    isSupported: has('isSupported', baseline), hasSIMD: has('hasSIMD', simd), hasRelaxedSIMD: has('hasRelaxedSIMD', relaxed), hasBulkMemory: has('hasBulkMemory', baseline),
    hasThreads: has('hasThreads', baseline, threads && !alone && (!inBrowser || !!world.Worker), alone ? 'not-isolated' : 'engine'),
    hasOPFS: note('hasOPFS', !!world.navigator?.storage?.getDirectory, 'engine', 'https in a browser'),
    hasWebGPU: note('hasWebGPU', gpu, 'engine', 'it is not needed'),
    crossOriginIsolated, hardwareConcurrency: processors(), runtime, missing,
  };
}

/** @internal For choosing a variant: everything but WebGPU, whose device may take long to answer. Cached. */
export function detectForLoading(): Promise<WASMCapabilities> {
  const found = askEngine();
  return wasmOnly ??= sharedMemoryCrosses(found[4]).then((threads) => settled = describe(found, threads));
}

/** @internal What is known without waiting: the last full answer, or the synchronous probes with threads taken as the engine's own word. */
export function capabilitiesNow(): WASMCapabilities {
  const found = askEngine();
  return settled ?? describe(found, found[4] === 'yes' && !!world.SharedArrayBuffer);
}

/** @internal Instantiates a tiny module per tier; cached; `refresh` asks again. Never rejects: what fails is a "no" with its reason. */
export async function detectCapabilities({ refresh }: { refresh?: boolean } = {}): Promise<WASMCapabilities> {
  if (refresh) engine = undefined;
  const loading = detectForLoading();
  complete ??= answers(1000, () => world.navigator!.gpu.requestAdapter()).then(async (gpu) => settled = describe(engine!, (await loading).hasThreads, gpu));
  return structuredClone(await complete);
}

/** Compiles, instantiates and calls; cached, `refresh` asks again; never rejects. Each `false` has its reason and cure in `missing`. */
export const wasmDetector: { detectCapabilities(options?: { refresh?: boolean }): Promise<WASMCapabilities> } = { detectCapabilities };
