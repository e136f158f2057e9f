/**
 * Entry 'wasm-services/vite': a plugin that sets what the package needs and what the user has not set.
 *
 * ```js
 * import { defineConfig } from 'vite';
 * import wasmServices from 'wasm-services/vite';
 * export default defineConfig({ plugins: [wasmServices()] });
 * ```
 */
import { isolationHeaders, type IsolationPolicy } from './headers.js';

/** The part of Vite's configuration that is looked at; the plugin needs no types of Vite's. */
interface UserConfig {
  worker?: { format?: 'es' | 'iife' } | undefined;
  server?: { headers?: object | undefined } | undefined;
  preview?: { headers?: object | undefined } | undefined;
}

export interface WasmServicesPlugin {
  name: string;
  config(user: UserConfig): object;
}

export interface WasmServicesPluginOptions {
  /** Isolation headers of the dev and the preview server; false leaves them alone (one thread). A production server sends its own: docs/headers.md. */
  isolation?: IsolationPolicy | false;
}

/**
 * - `optimizeDeps.exclude`: pre-bundling would move the JavaScript away from its .wasm files in older releases of Vite.
 * - `worker.format: 'es'`, unless set: our workers are modules.
 * - isolation headers on `server` and `preview`, except those that are set.
 */
export default function wasmServices({ isolation = 'require-corp' }: WasmServicesPluginOptions = {}): WasmServicesPlugin {
  const headers = isolation === false ? {} : isolationHeaders(isolation);
  const missing = (set: object | undefined): object => {
    const taken = new Set(Object.keys(set ?? {}).map((name) => name.toLowerCase()));
    return { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !taken.has(name.toLowerCase()))) };
  };
  return {
    name: 'wasm-services',
    config: (user) => ({
      optimizeDeps: { exclude: ['wasm-services'] },
      ...(user.worker?.format === undefined && { worker: { format: 'es' } }),
      server: missing(user.server?.headers),
      preview: missing(user.preview?.headers),
    }),
  };
}
