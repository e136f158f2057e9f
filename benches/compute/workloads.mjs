/** The workloads of the compute bench. Each gives `{ title, rows, samples }`. */
import { CLUSTERS } from './clusters.mjs';
import { endEveryone, everyone } from './contenders.mjs';
import { DECOMPOSITIONS } from './decompositions.mjs';
import { PRODUCTS } from './products.mjs';
import { size } from './size.mjs';
import { STREAMS } from './streams.mjs';
import { threads } from './threads.mjs';
import { TRANSFORMS } from './transforms.mjs';

/** Who answered behind our name, and who the others were. */
const told = (workload) => async (api, options) => {
  const result = await workload(api, options), { versions } = await everyone(api);
  return { ...result, notes: [...(result.notes ?? []), `${versions.join(', ')}.`] };
};

export const WORKLOADS = Object.fromEntries(Object.entries({ ...PRODUCTS, ...TRANSFORMS, ...STREAMS, ...CLUSTERS, ...DECOMPOSITIONS, threads, size }).map(([id, workload]) => [id, told(workload)]));
export const end = endEveryone;
