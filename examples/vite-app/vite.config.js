import wasmServices from 'wasm-services/vite';

// Workers stay modules, nothing is pre-bundled, and the dev and preview servers send the headers for threads.
export default { plugins: [wasmServices()], build: { target: 'es2022' } };
