import type { Runtime } from '../host/types.js';

/** Why a capability is missing: forbidden by a Content Security Policy, no cross-origin isolation, the engine lacks it, switched off by DISABLE_WASM, or the embedder forbids it. */
export type MissingReason = 'csp' | 'not-isolated' | 'engine' | 'disabled' | 'embedder';

/** What this host can do, found by doing it. */
export interface WASMCapabilities {
  isSupported: boolean;
  hasSIMD: boolean;
  hasRelaxedSIMD: boolean;
  hasThreads: boolean;
  hasBulkMemory: boolean;
  crossOriginIsolated: boolean;
  hasOPFS: boolean;
  hasWebGPU: boolean;
  hardwareConcurrency: number;
  runtime: Runtime;
  /** One line per capability that is missing, with the fix: `{ hasThreads: { reason: 'not-isolated', fix: 'serve COOP/COEP …' } }`. */
  missing: Record<string, { reason: MissingReason; fix: string }>;
}
