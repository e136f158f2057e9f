/** Which transform steps the core has kernels for, and how they are written (crates/data-processor-wasm/src/transforms.rs reads it). The others are JavaScript's (operations/). */
import { COLUMN_TYPES } from '../columns.js';
import type { TransformStep } from '../engine.js';
import type { PlanWriter } from './plan-writer.js';

type Arguments = Readonly<Record<string, unknown>>;
type Write = (plan: PlanWriter, args: Arguments) => boolean;

const bare: Write = (_, args) => Object.keys(args).every((key) => key === 'onError');
const optional = (plan: PlanWriter, value: unknown): void => { plan.bool(typeof value === 'number').f64(typeof value === 'number' ? value : 0); };

/** Numbers as in transforms.rs; each writes its arguments, or says that the kernel does not know them. */
const KERNELS: Readonly<Record<string, { code: number; write: Write }>> = {
  normalize: { code: 0, write: bare },
  standardize: { code: 1, write: bare },
  round: { code: 2, write: (plan, { digits = 0 }) => { plan.f64(digits as number); return true; } },
  abs: { code: 3, write: bare },
  scale: { code: 4, write: (plan, { factor }) => { plan.f64(factor as number); return true; } },
  clamp: { code: 5, write: (plan, { min, max }) => { optional(plan, min); optional(plan, max); return true; } },
  toNumber: { code: 6, write: bare },
  fillNull: { code: 7, write: (plan, { value }) => { if (typeof value !== 'number') return false; plan.f64(value); return true; } },
  bucket: { code: 8, write: (plan, { edges }) => { plan.list((edges ?? []) as number[], (edge) => { plan.f64(edge); }); return edges !== undefined; } },
  uppercase: { code: 16, write: bare },
  lowercase: { code: 17, write: bare },
  trim: { code: 18, write: bare },
  substring: { code: 19, write: (plan, { start = 0, end }) => { plan.f64(start as number); optional(plan, end); return true; } },
  length: { code: 20, write: bare },
  expression: { code: 32, write: (plan, { expr }) => { plan.expression(expr as string); return true; } },
};

/** Writes the plan of a step; false where the core has no kernel for the operation or its arguments. */
export function transformInside({ operation, column, as, args, type }: TransformStep, plan: PlanWriter): boolean {
  const kernel = Object.hasOwn(KERNELS, operation) ? KERNELS[operation] : undefined;
  if (!kernel) return false;
  plan.u32(column < 0 ? 0xffffffff : column).text(as).u32(COLUMN_TYPES.indexOf(type)).u32(kernel.code);
  return kernel.write(plan, args);
}
