/** Every operation by its name: docs/data-transforms.md. */
import { CONVERSIONS } from './conversions.js';
import { hash } from './hash.js';
import { normalize } from './normalize.js';
import { NUMBER_OPERATIONS } from './numbers.js';
import { TEXT_OPERATIONS } from './text.js';
import type { Operation } from './types.js';

/** Those of one column whose nulls stay null. A map, because operations are looked up by names that users write. */
export const OPERATIONS: ReadonlyMap<string, Operation> = /* @__PURE__ */ new Map<string, Operation>([
  ...Object.entries({ ...TEXT_OPERATIONS, normalize, ...NUMBER_OPERATIONS, ...CONVERSIONS, hash } as Record<string, Operation>),
]);

/** Their arguments are checked in check.ts. */
export const SEVERAL = ['concat', 'fillNull', 'coalesce', 'expression'] as const;

export const OPERATION_NAMES: readonly string[] = /* @__PURE__ */ [...OPERATIONS.keys(), ...SEVERAL];
