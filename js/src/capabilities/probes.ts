/** The tiny modules of ../detect.ts, for who must know why compiling was refused. */
export { probe, type ProbeAnswer, type Tier } from '../detect.js';
