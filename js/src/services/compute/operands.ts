/** Walks the operands of plans and outcomes: where the numbers of kept matrices are translated, and buffers collected. */
import { isResident, MATRICES, ONE_MATRIX, type Operand, type Operation, type Outcomes, type Plans, type Resident } from './engine.js';

/** The places of a plan that hold operands. */
const OPERANDS = ['a', 'b', 'points', 'image', 'kernel'] as const;

/** The plan with every kept matrix renamed. */
export function withResidents<K extends Operation>(plan: Plans[K], rename: (resident: Resident) => Operand): Plans[K] {
  return withOperands<K>(plan, (operand) => (isResident(operand) ? rename(operand) : operand));
}

export function withOperands<K extends Operation>(plan: Plans[K], change: (operand: Operand) => Operand): Plans[K] {
  const made = { ...plan } as Record<string, unknown>;
  for (const name of OPERANDS) {
    const operand = made[name] as Operand | undefined;
    if (operand) made[name] = change(operand);
  }
  return made as unknown as Plans[K];
}

/** The kept matrices of a plan. */
export function residentsOf<K extends Operation>(plan: Plans[K]): Resident[] {
  return OPERANDS.map((name) => (plan as unknown as Record<string, Operand | undefined>)[name]).filter((operand) => operand !== undefined && isResident(operand));
}

/** The outcome with every matrix, kept or not, replaced. */
export function mapMatrices<K extends Operation>(operation: K, outcome: Outcomes[K], map: (operand: Operand) => unknown): unknown {
  if (ONE_MATRIX.has(operation)) return map(outcome as Operand);
  const names = MATRICES[operation];
  if (!names) return outcome;
  const made = { ...(outcome as object) } as Record<string, unknown>;
  for (const name of names) made[name] = map(made[name] as Operand);
  return made;
}

/** The numbers of what an outcome keeps. */
export function keptIn(outcome: unknown): number[] {
  if (typeof outcome !== 'object' || outcome === null || ArrayBuffer.isView(outcome)) return [];
  if ('id' in outcome && 'f32' in outcome) return [(outcome as Resident).id];
  return Object.values(outcome).flatMap(keptIn);
}

/** The buffers of an outcome that are its arrays' own: they may move. */
export function buffersOf(outcome: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength && value.byteLength > 0) buffers.add(value.buffer);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(outcome);
  return [...buffers];
}

/** A view on part of a buffer would drag the whole buffer along to a worker; one on shared memory would not be a copy at all. */
export function ownViews<T>(plan: T, moved: ReadonlySet<ArrayBufferLike>): T {
  const own = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      const view = value as Float64Array;
      return moved.has(view.buffer) || (view.byteLength === view.buffer.byteLength && view.buffer instanceof ArrayBuffer) ? view : view.slice();
    }
    if (Array.isArray(value)) return value.map(own);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, own(of)]));
  };
  return own(plan) as T;
}

/** Copies of the arrays of a plan but for those that are to be moved. */
export function copied<T>(plan: T, transfer: readonly ArrayBuffer[]): T {
  const moved = new Set<ArrayBufferLike>(transfer);
  const copy = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) return moved.has(value.buffer) ? value : (value as Float64Array).slice();
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, copy(of)]));
  };
  return copy(plan) as T;
}
