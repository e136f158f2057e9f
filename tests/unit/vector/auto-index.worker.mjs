// Fills a collection beyond the size for a graph and has nothing else to do.
import { parentPort, workerData } from 'node:worker_threads';
import { createVectorSearch } from '../../../js/dist/vector.js';

const { rows, dimensions } = workerData;
const service = createVectorSearch({ implementation: 'simd', host: 'inline' });
const data = Float32Array.from({ length: rows * dimensions }, (_, i) => Math.sin(i * 0.37) + Math.cos(Math.floor(i / dimensions / 100)));
await service.addVectors(Array.from({ length: rows }, (_, i) => `d${i}`), data);
parentPort.postMessage(service.info.index);
