import { createElement as h, StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { createVectorSearch } from 'wasm-services/vector';
import { App } from './App.js';

const { query, hits } = JSON.parse(document.getElementById('data').textContent);
// esbuild leaves the file behind and copy-wasm puts it here. A handful of articles is searched faster than a worker is asked.
const create = () => createVectorSearch({ host: 'inline', wasm: new URL('./vector.simd.wasm', import.meta.url) });

hydrateRoot(document.getElementById('root'), h(StrictMode, null, h(App, { query, hits, create })), {
  onRecoverableError: (error) => console.error(`hydration: ${error.message}`),
});
