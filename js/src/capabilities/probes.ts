/**
 * Tiny modules, one per tier. Each is compiled, instantiated and *called*, and its answer checked: validation alone says yes
 * under a CSP that forbids compilation and in isolates that refuse bytes.
 */
const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// (memory.fill 0 250 4); i32.extend8_s(load8_u 2) + i32.trunc_sat_f32_s(48.5): bulk memory, sign extension and non-trapping
// conversions, the floor of every artifact.
const BASELINE = 'AGFzbQEAAAABBQFgAAF/AwIBAAUDAQABBwUBAWYAAAocARoAQQBB+gFBBPwLAEECLQAAwEMAAEJC/ABqCw==';
// (i32x4.extract_lane 3 (i32x4.mul (i32x4.splat p) (v128.const i32x4 1 2 3 6)))
const SIMD = 'AGFzbQEAAAABBgFgAX8BfwMCAQAHBQEBZgAACiABHgAgAP0R/QwBAAAAAgAAAAMAAAAGAAAA/bUB/RsDCw==';
// (f32x4.extract_lane 1 (f32x4.relaxed_madd (f32x4.splat p) (f32x4.splat 6) (f32x4.splat 0)))
const RELAXED_SIMD = 'AGFzbQEAAAABBgFgAX0BfQMCAQAHBQEBZgAAChwBGgAgAP0TQwAAwED9E0MAAAAA/RP9hQL9HwEL';
// (import "e" "m" (memory 1 1 shared)) (i32.atomic.rmw.add 0 p), which returns what stood there before
const ATOMICS = 'AGFzbQEAAAABBgFgAX8BfwIJAQFlAW0CAwEBAwIBAAcFAQFmAAAKDAEKAEEAIAD+HgIACw==';

export type Tier = 'baseline' | 'simd' | 'relaxed-simd' | 'atomics';
/** 'validates' means: the engine knows the instructions, and something forbids compiling or running them. */
export type ProbeAnswer = 'yes' | 'validates' | 'no';

const MODULES: Record<Tier, string> = { baseline: BASELINE, simd: SIMD, 'relaxed-simd': RELAXED_SIMD, atomics: ATOMICS };

type Exported = { f(n?: number): number };

function run(tier: Tier, code: Uint8Array<ArrayBuffer>): boolean {
  const module = new WebAssembly.Module(code);
  if (tier !== 'atomics') {
    const { f } = new WebAssembly.Instance(module).exports as unknown as Exported;
    return f(7) === 42;
  }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { f } = new WebAssembly.Instance(module, { e: { m: memory } }).exports as unknown as Exported;
  return f(42) === 0 && f(0) === 42;
}

export function probe(tier: Tier): ProbeAnswer {
  if (typeof WebAssembly !== 'object' || WebAssembly === null) return 'no';
  const code = bytes(MODULES[tier]);
  try {
    if (run(tier, code)) return 'yes';
  } catch {
    // Refused; why, is asked below.
  }
  try {
    return WebAssembly.validate(code) ? 'validates' : 'no';
  } catch {
    return 'validates'; // even validate() throws: the object is there, its use is forbidden
  }
}

/**
 * Whether shared memory really crosses: a shared `WebAssembly.Memory` can be made on pages that are not isolated, and only
 * posting it fails there. The message goes through a channel and must arrive with the same memory.
 */
export function sharedMemoryCrosses(timeoutMs = 2000): Promise<boolean> {
  if (typeof SharedArrayBuffer !== 'function' || typeof MessageChannel !== 'function' || typeof Atomics !== 'object') return Promise.resolve(false);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const finish = (answer: boolean): void => { clearTimeout(timer); port1.close(); resolve(answer); };
    const timer = setTimeout(() => finish(false), timeoutMs);
    try {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const here = new Int32Array(memory.buffer);
      port1.onmessage = (event) => {
        const there = new Int32Array((event.data as WebAssembly.Memory).buffer);
        Atomics.store(there, 0, 42);
        finish(Atomics.load(here, 0) === 42);
      };
      port2.postMessage(memory);
    } catch {
      finish(false);
    }
  });
}
