/** One start in a process of its own: initialize(), then the first vector search. Prints milliseconds. */
import { createWASMServices } from 'wasm-services';

const query = new Float32Array(384).fill(0.5);
const services = createWASMServices();
const began = performance.now();
await services.initialize();
const initialized = performance.now();
const vectors = services.getVectorSearch();
await vectors.addVectors(['a'], query);
await vectors.search(query);
const searched = performance.now();
console.log(JSON.stringify([initialized - began, searched - initialized]));
await services.dispose();
