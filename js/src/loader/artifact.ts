/** What the generated tables say of artifacts. Types only. */
import type { MemoryLimits } from './memory.js';

/** A fresh, independent copy of wasm-bindgen's glue (scripts/lib/glue.mjs makes the factory). */
export interface Glue {
  initSync(source: { module: WebAssembly.Module | BufferSource; memory?: WebAssembly.Memory }): unknown;
  readonly memory: WebAssembly.Memory;
  /** The instance's raw exports; present after initSync. */
  readonly exports: Record<string, unknown>;
  /** The classes and functions the binding crate exports. */
  readonly [name: string]: unknown;
}

export interface GlueFactory { createGlue(): Glue }

export interface Artifact {
  /** A literal `new URL(…, import.meta.url)`, which bundlers recognise; called, not evaluated at import. */
  url(): URL;
  /** A literal `import()`: the glue of the variant that was chosen is fetched beside its file, and no other. */
  glue(): Promise<GlueFactory>;
  /** Checked against the instance's own `abi()` before the first call. */
  abi: number;
  /** Of the file. */
  bytes: number;
  /** Base64 SHA-384 of the file, for `integrity: true`. */
  sha384: string;
  /** Of an artifact that imports a shared memory. */
  memory?: MemoryLimits;
}

/** What is shipped of one module, by variant; 'js' besides. Each service imports its own. */
export interface Shipped {
  /** A service's name, or that of codecs. */
  readonly module: string;
  readonly artifacts: Readonly<Record<string, Artifact>>;
}
