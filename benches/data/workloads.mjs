/** The workloads of the data bench. Each gives `{ title, rows, samples }`. */
import { codecs } from './codecs.mjs';
import { endEveryone, everyone, OURS } from './contenders.mjs';
import { aggregate, columnsOnce, transform } from './oneshot.mjs';
import { READING } from './reading.mjs';
import { RESIDENT } from './resident.mjs';
import { size } from './size.mjs';
import { TRANSFORMS } from './transforms.mjs';

/** Which implementation stood behind our name, and who the others were. */
const told = (workload) => async (api, options) => {
  const result = await workload(api, options), { named, versions } = await everyone(api);
  return { ...result, notes: [...(result.notes ?? []), `${OURS} answered as '${named(OURS).version}'. ${versions.join(', ')}.`] };
};

export const WORKLOADS = Object.fromEntries(Object.entries({ oneShot: aggregate, oneShotColumns: columnsOnce, oneShotTransform: transform, ...TRANSFORMS, ...RESIDENT, ...READING, codecs, size }).map(([id, workload]) => [id, told(workload)]));
export const end = endEveryone;
