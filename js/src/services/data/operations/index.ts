/** The operations of transforms: docs/data-transforms.md says what each takes and gives. */
export { applyStep, type StepTable } from './apply.js';
export { checkStep, type CheckedStep } from './check.js';
export { OPERATION_NAMES } from './registry.js';
