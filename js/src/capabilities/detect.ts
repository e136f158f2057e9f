/**
 * Capability detection by instantiating, cached. The answer says of everything that is missing why, and what to do.
 *
 * ```ts
 * import { wasmDetector } from 'wasm-services/detect';
 * const { hasThreads, missing } = await wasmDetector.detectCapabilities();
 * if (!hasThreads) console.info(missing.hasThreads.fix);
 * ```
 */
import { host } from '../host/index.js';
import type { MissingReason, WASMCapabilities } from './types.js';
import { probe, sharedMemoryCrosses, type ProbeAnswer } from './probes.js';

/** What choosing a variant needs; threads and WebGPU take a message or a device and are asked apart. */
interface EngineAnswers { baseline: ProbeAnswer; simd: ProbeAnswer; relaxed: ProbeAnswer; atomics: ProbeAnswer; disabled: boolean }

let engine: EngineAnswers | undefined;
let settled: WASMCapabilities | undefined;
let wasmOnly: Promise<WASMCapabilities> | undefined;
let complete: Promise<WASMCapabilities> | undefined;

/** `DISABLE_WASM=true` in the environment: everything runs in JavaScript and no WebAssembly is touched. */
export const isWasmDisabled = (): boolean => host.env('DISABLE_WASM') === 'true';

function askEngine(): EngineAnswers {
  const disabled = isWasmDisabled();
  if (engine?.disabled === disabled) return engine;
  const ask = (tier: Parameters<typeof probe>[0]): ProbeAnswer => (disabled ? 'no' : probe(tier));
  engine = { baseline: ask('baseline'), simd: ask('simd'), relaxed: ask('relaxed-simd'), atomics: ask('atomics'), disabled };
  return engine;
}

const isBrowserLike = (): boolean => host.runtime === 'browser' || host.runtime === 'worker';
const isIsolated = (): boolean => (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;

const FIXES: Record<MissingReason, string> = {
  csp: "allow WebAssembly in the Content-Security-Policy: script-src … 'wasm-unsafe-eval'",
  'not-isolated': 'serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp (or credentialless)',
  engine: 'a newer engine has it; until then the next best variant answers',
  disabled: 'unset the environment variable DISABLE_WASM',
  embedder: 'this host refuses to compile bytes: pass a compiled WebAssembly.Module by the option `wasm`',
};

function whyNot(answer: ProbeAnswer, disabled: boolean): MissingReason {
  if (disabled) return 'disabled';
  if (answer === 'no') return 'engine';
  return isBrowserLike() ? 'csp' : 'embedder';
}

function describe(answers: EngineAnswers, threads: boolean, gpu: boolean): WASMCapabilities {
  const missing: WASMCapabilities['missing'] = {};
  const note = (name: string, reason: MissingReason, fix = FIXES[reason]): void => { missing[name] = { reason, fix }; };
  const has = (name: string, answer: ProbeAnswer): boolean => {
    const yes = answer === 'yes' && answers.baseline === 'yes';
    if (!yes) note(name, whyNot(answers.baseline === 'yes' ? answer : answers.baseline, answers.disabled));
    return yes;
  };
  const browserLike = isBrowserLike();
  const isolated = isIsolated();
  const isSupported = has('isSupported', answers.baseline);
  const hasSIMD = has('hasSIMD', answers.simd);
  const hasRelaxedSIMD = has('hasRelaxedSIMD', answers.relaxed);
  const hasBulkMemory = has('hasBulkMemory', answers.baseline);

  const hasThreads = isSupported && threads && host.hasWorkers && (!browserLike || isolated);
  if (!hasThreads) {
    if (!isSupported) note('hasThreads', missing.isSupported!.reason);
    else if (browserLike && !isolated) note('hasThreads', 'not-isolated');
    else if (host.runtime === 'workerd') note('hasThreads', 'embedder', 'edge isolates have one thread; nothing to do');
    else note('hasThreads', 'engine');
  }
  if (browserLike && !isolated) note('crossOriginIsolated', 'not-isolated');

  const storage = typeof navigator === 'object' ? navigator.storage : undefined;
  const hasOPFS = typeof storage?.getDirectory === 'function';
  if (!hasOPFS) {
    note('hasOPFS', 'engine', browserLike ? "serve over https (or localhost); without it use storage: 'indexeddb'" : 'only browsers have it: use storage: { directory }');
  }
  if (!gpu) note('hasWebGPU', 'engine', 'nothing in this package needs it');
  return {
    isSupported, hasSIMD, hasRelaxedSIMD, hasThreads, hasBulkMemory, crossOriginIsolated: isolated, hasOPFS, hasWebGPU: gpu,
    hardwareConcurrency: host.hardwareConcurrency(), runtime: host.runtime, missing,
  };
}

/** An adapter, not the mere object: headless and blocklisted browsers have the object and no device behind it. */
async function hasGpuAdapter(): Promise<boolean> {
  const gpu = typeof navigator === 'object' ? (navigator as { gpu?: { requestAdapter?: () => Promise<unknown> } }).gpu : undefined;
  if (typeof gpu?.requestAdapter !== 'function') return false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), 1000); });
  try {
    return Boolean(await Promise.race([gpu.requestAdapter(), late]));
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function threadsWork(answers: EngineAnswers): Promise<boolean> {
  if (answers.atomics !== 'yes' || (isBrowserLike() && !isIsolated())) return false;
  return sharedMemoryCrosses();
}

/** For choosing a variant: everything but WebGPU, whose device may take long to answer. Cached. */
export function detectForLoading(): Promise<WASMCapabilities> {
  if (engine?.disabled !== isWasmDisabled()) wasmOnly = complete = undefined;
  wasmOnly ??= threadsWork(askEngine()).then((threads) => (settled = describe(engine!, threads, false)));
  return wasmOnly;
}

/** What is known without waiting: the last full answer, or the synchronous probes with threads taken as the engine's own word. */
export function capabilitiesNow(): WASMCapabilities {
  if (settled && engine?.disabled === isWasmDisabled()) return settled;
  const answers = askEngine();
  return describe(answers, answers.atomics === 'yes' && typeof SharedArrayBuffer === 'function', false);
}

/** Instantiates a tiny module per tier; cached; `refresh` asks again. Never rejects: what fails is a "no" with its reason. */
export async function detectCapabilities(options: { refresh?: boolean } = {}): Promise<WASMCapabilities> {
  if (options.refresh) engine = settled = wasmOnly = complete = undefined;
  const loading = detectForLoading();
  complete ??= Promise.all([loading, hasGpuAdapter()]).then(([found, gpu]) => (settled = gpu ? withGpu(found) : found));
  const found = await complete;
  return { ...found, missing: { ...found.missing } };
}

function withGpu(found: WASMCapabilities): WASMCapabilities {
  const { hasWebGPU: _, ...missing } = found.missing;
  return { ...found, hasWebGPU: true, missing };
}

export const wasmDetector: { detectCapabilities(options?: { refresh?: boolean }): Promise<WASMCapabilities> } = { detectCapabilities };
