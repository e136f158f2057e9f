/** Times and errors in words. */
export { errorText } from './dom.js';

/** Pages have clocks of 5 µs (isolated) or 100 µs: below that a number would be invented. */
const RESOLUTION = globalThis.crossOriginIsolated ? 0.005 : 0.1;
export const milliseconds = (ms) => (ms < RESOLUTION ? `under ${RESOLUTION} ms` : ms < 1 ? `${ms.toFixed(2)} ms` : ms < 100 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(0)} ms`);

/** A mean over many runs is finer than the clock. */
export const meanTime = (ms) => (ms < 0.001 ? 'under 0.001 ms' : `${ms.toPrecision(ms < 100 ? 2 : 3)} ms`);
