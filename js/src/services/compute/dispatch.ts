/** Which calls JavaScript answers, and which go to another thread (costs.ts), where the expression language is at hand. */
import type { CostModel } from '../../dispatch/cost-model.js';
import { hostModel, isForJsWith, timesWorthAwayWith, unitsWith, type Units } from './costs.js';
import type { Operation, Plans } from './engine.js';
import { hasLoop } from './js/evaluate.js';

export { COSTS, crossover, estimate, hostModel, paysForThreads, type Cost, type Line, type Units } from './costs.js';

/** Undefined: the operation is no work (`upload`). */
export const unitsOf = <K extends Operation>(operation: K, plan: Plans[K]): Units | undefined => unitsWith(hasLoop, operation, plan);

export const isForJs = <K extends Operation>(operation: K, plan: Plans[K], model: CostModel<Units> = hostModel()): boolean => isForJsWith(hasLoop, operation, plan, model);

/** How many times the least work that is worth sending away a plan is; below 1 it stays. */
export const timesWorthAway = <K extends Operation>(operation: K, plan: Plans[K]): number => timesWorthAwayWith(hasLoop, operation, plan);
