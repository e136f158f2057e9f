/** Every case of the compute engine, marked as its own. */
import decompose from './compute-decompose.mjs';
import describe from './compute-describe.mjs';
import distances from './compute-distances.mjs';
import expression from './compute-expression.mjs';
import fft from './compute-fft.mjs';
import handles from './compute-handles.mjs';
import lifecycle from './compute-lifecycle.mjs';
import matmul from './compute-matmul.mjs';
import solve from './compute-solve.mjs';
import sort from './compute-sort.mjs';
import spread from './compute-spread.mjs';
import threads from './compute-threads.mjs';

const ALL = [...matmul, ...solve, ...decompose, ...spread, ...distances, ...sort, ...describe, ...fft, ...expression, ...handles, ...lifecycle, ...threads];
export const COMPUTE = ALL.map((c) => ({ ...c, name: `compute ${c.name}`, service: 'compute' }));
