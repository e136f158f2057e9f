/** How a bench words its results. */
export const x = (v) => `${v.toFixed(2)}x`;
export const ms = (v) => `${v.toFixed(v < 0.1 ? 4 : 3)} ms`;
export const row = (what, value, must, met) => ({ what, value, must: must ?? '', met: met === undefined ? '' : met ? 'yes' : 'NO' });
