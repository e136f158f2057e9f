/** This package as a contender, through its public interface alone. */
const sum = (field, alias) => ({ field, operation: 'sum', alias }), avg = (field, alias) => ({ field, operation: 'avg', alias });

/** The questions as options of `aggregate`; q7 and q9 compute a column from what was aggregated, q8 is `top` (TOP). */
export const ASK = {
  q1: { groupBy: ['id1'], operations: [sum('v1', 's')] },
  q2: { groupBy: ['id1', 'id2'], operations: [sum('v1', 's')] },
  q3: { groupBy: ['id3'], operations: [sum('v1', 's'), avg('v3', 'a')] },
  q4: { groupBy: ['id4'], operations: [avg('v1', 'a1'), avg('v2', 'a2'), avg('v3', 'a3')] },
  q5: { groupBy: ['id6'], operations: [sum('v1', 's1'), sum('v2', 's2'), sum('v3', 's3')] },
  q6: { groupBy: ['id4', 'id5'], operations: [{ field: 'v3', operation: 'median', alias: 'm' }, { field: 'v3', operation: 'stddev', alias: 'd' }] },
  q7: { groupBy: ['id3'], operations: [{ field: 'v1', operation: 'max', alias: 'mx' }, { field: 'v2', operation: 'min', alias: 'mn' }] },
  q9: { groupBy: ['id2', 'id4'], operations: [{ field: 'v1', operation: 'correlation', args: { with: 'v2' }, alias: 'r' }] },
  q10: { groupBy: ['id1', 'id2', 'id3', 'id4', 'id5', 'id6'], operations: [sum('v3', 's'), { field: '*', operation: 'count', alias: 'n' }] },
};
const THEN = { q7: { transformations: [{ field: 'r', operation: 'expression', args: { expr: 'mx - mn' } }] }, q9: { transformations: [{ field: 'r2', operation: 'expression', args: { expr: 'r * r' } }] } };

const TOP = { q8: { groupBy: 'id6', orderBy: [{ field: 'v3', descending: true }], limit: 2, select: ['id6', 'v3'] } };
/** What the others call t. */
const renamed = (answer, columns) => ('v3' in answer.schema ? columns.map(({ id6, v3 }) => ({ id6, t: v3 })) : columns);

export async function ours(api, config = {}, name = 'wasm-services') {
  const service = api.createDataProcessor({ host: 'inline', ...config });
  await service.ready();
  return {
    name, kind: 'ours', version: service.info.variant, service,
    load: { columns: (c) => service.load(c), csv: (bytes) => service.load(bytes, { format: 'csv' }), ndjson: (bytes) => service.load(bytes, { format: 'ndjson' }), arrow: (bytes) => service.load(bytes, { format: 'arrow' }), rows: (rows) => service.load(rows) },
    async ask(table, id) {
      if (TOP[id]) return table.top(TOP[id]);
      const groups = await table.aggregate(ASK[id]);
      if (!THEN[id]) return groups;
      const done = await groups.transform(THEN[id]);
      groups.free();
      return done;
    },
    rows: async (answer) => renamed(answer, await answer.toRows()),
    columns: async (answer) => renamed(answer, [await answer.toColumns()])[0],
    drop: (answer) => answer.free(), free: (table) => table.free(),
    sort: (t) => t.sort([{ field: 'id4', descending: true }, { field: 'v3', descending: true }]), join: (t, dim) => t.join(dim, { on: 'id3' }),
    first: async (t, n) => { const part = await t.slice(0, n), rows = await part.toRows(); part.free(); return rows; }, count: (t) => t.rowCount,
    sum: async (t, field) => { const s = await t.aggregate({ operations: [sum(field, 's')] }), [row] = await s.toRows(); s.free(); return row.s; },
    oneShot: async (rows, id) => (await service.aggregate(rows, ASK[id])).data,
    end: () => service.dispose(),
  };
}
