/** One small real call with a known answer. */
import type { DataEngine } from './engine.js';
import { dataError } from './errors.js';

/** @throws ServiceError CORRUPT when the answer is wrong */
export function selfCheck(engine: DataEngine): void {
  const table = engine.open({
    rows: 4,
    columns: [
      { name: 'k', type: 'utf8', length: 4, values: { kind: 'dictionary', codes: new Uint8Array([0, 1, 0, 1]), dictionary: ['a', 'b'] } },
      { name: 'v', type: 'i32', length: 4, values: { kind: 'i32', values: new Int32Array([1, 2, 3, 4]) } },
    ],
  });
  let answer: number | undefined;
  let result: number | undefined;
  try {
    result = engine.aggregate(table, { groupBy: [0], operations: [{ operation: 'sum', column: 1, alias: 's' }], where: 'v > 1' });
    const { values } = engine.export(result, 1);
    answer = values.kind === 'f64' && values.values.length === 2 ? values.values[0] * 10 + values.values[1] : undefined;
  } finally {
    engine.free(table);
    if (result !== undefined) engine.free(result);
  }
  if (answer !== 63) throw dataError('CORRUPT', `the self-check of the data processor gave ${answer} where 63 is right: report it, this is our defect`);
}
