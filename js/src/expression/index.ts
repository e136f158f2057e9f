/** The expression language: docs/expressions.md. crates/expression gives the same answers over columns in WebAssembly. */
import type { ColumnData } from '../services/data/columns.js';
import type { ColumnSchema } from '../services/data/engine.js';
import type { ColumnType } from '../services/data/types.js';
import { ServiceError } from '../errors.js';
import { asCondition, check, checkNamed } from './check.js';
import { loopOf, type Loop } from './columnar/code.js';
import { filterNode, evaluateNode, columnTypeOf } from './columnar/run.js';
import type { ExpressionTable } from './columnar/block.js';
import type { Node } from './ir.js';
import { parse } from './parser.js';
import { bindRow, fieldsOf } from './row/bind.js';

export type { ExpressionTable };
export { nearNames } from './near.js';

export interface CompiledExpression {
  /** The type of its values. */
  readonly type: ColumnType;
  /** Places of the columns it names, ascending. */
  readonly columns: readonly number[];
  /**
   * A bit per row for which it is true, least significant first.
   * @throws ServiceError INVALID_ARGUMENT where it is no condition.
   */
  filter(table: Pick<ExpressionTable, 'column'>, rows: number): Uint8Array;
  /** Its value in every row; a plain column is given as it is. */
  evaluate(table: Pick<ExpressionTable, 'column'>, rows: number): ColumnData;
  /** Its value over plain columns of numbers without nulls, as one loop; undefined where it has no such form, or the host forbids it. */
  loop(): Loop | undefined;
  /** As `filter`, of row objects. */
  rowFilter(): (row: object) => boolean;
  /** @throws ServiceError INVALID_ARGUMENT where it is no condition. */
  checkCondition(): void;
}

export interface RowExpression {
  /** The fields it reads, of paths both the whole name and the first. */
  readonly fields: readonly string[];
  /** Whether it is true for the row. */
  test(row: object): boolean;
  /** Its value; null where it has none. */
  value(row: object): unknown;
}

/** @throws ServiceError PARSE, INVALID_ARGUMENT; both with `detail: { offset }`. */
export function compileExpression(text: string, schema: readonly ColumnSchema[]): CompiledExpression {
  const { node, named } = checkNamed(parse(checked(text)), schema);
  let condition: Node | undefined;
  const filterOf = (): Node => (condition ??= asCondition(node));
  return {
    type: node.op === 'column' ? node.column : columnTypeOf(node.type),
    columns: [...named].sort((a, b) => a - b),
    filter: (table, rows) => filterNode(filterOf(), { rows, column: (place) => table.column(place) }),
    evaluate: (table, rows) => evaluateNode(node, { rows, column: (place) => table.column(place) }),
    loop: () => loopOf(node),
    rowFilter() {
      filterOf();
      return compileRowExpression(text).test;
    },
    checkCondition: () => { filterOf(); },
  };
}

/**
 * @throws ServiceError PARSE, INVALID_ARGUMENT; `test` and `value` throw INVALID_ARGUMENT where a field's value is of a type
 * that cannot stand there. `warm`: rows before source is made of the condition where the host allows it.
 */
export function compileRowExpression(text: string, warm?: number): RowExpression {
  const node = check(parse(checked(text)), undefined);
  return { fields: fieldsOf(node), ...bindRow(node, warm) };
}

function checked(text: unknown): string {
  if (typeof text !== 'string') throw new ServiceError('INVALID_ARGUMENT', `an expression is a text such as "price > 100", not ${text === null ? 'null' : typeof text}`, { service: 'data', detail: { offset: 0 } });
  return text;
}
