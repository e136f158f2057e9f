/**
 * The assertions of the conformance cases. Own and small because the same file runs in Node, Bun, Deno and a browser page.
 * Errors are judged by `code`, never by their sentence.
 */
export class AssertionFailure extends Error {
  name = 'AssertionFailure';
}

const show = (value) => {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.length})[${Array.from(value.subarray(0, 12)).join(', ')}${value.length > 12 ? ', …' : ''}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (value instanceof Error) return `${value.name} ${value.code ?? ''}: ${value.message}`;
  try {
    const text = JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)) ?? String(value);
    return text.length > 600 ? `${text.slice(0, 600)}…` : text;
  } catch { return String(value); }
};

const fail = (message, note) => { throw new AssertionFailure(note ? `${note}: ${message}` : message); };

/** Structural equality; a key that holds undefined equals a key left out; -0 equals 0 except by `equal`. */
export function same(a, b) {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) {
    if (a.constructor !== b.constructor || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = (o) => Object.keys(o).filter((k) => o[k] !== undefined);
  const left = keys(a);
  if (left.length !== keys(b).length) return false;
  return left.every((k) => Object.hasOwn(b, k) && same(a[k], b[k]));
}

/** @param {{ ServiceError: Function }} pkg the package under test: what its promises reject with must be its own ServiceError. */
export function makeAssert({ ServiceError }) {
  const assert = {
    ok(value, note = 'expected something truthy') { if (!value) fail(`got ${show(value)}`, note); },
    equal(actual, expected, note) { if (!Object.is(actual, expected)) fail(`expected ${show(expected)}, got ${show(actual)}`, note); },
    deepEqual(actual, expected, note) { if (!same(actual, expected)) fail(`expected ${show(expected)}, got ${show(actual)}`, note); },
    /** Equal within `tolerance`, relative to the expected value where that is beyond 1. */
    close(actual, expected, tolerance = 1e-9, note) {
      const error = Math.abs(actual - expected);
      if (!(error <= tolerance * Math.max(1, Math.abs(expected)))) fail(`expected ${expected} ± ${tolerance}, got ${actual}`, note);
    },
    atLeast(actual, minimum, note) { if (!(actual >= minimum)) fail(`expected at least ${minimum}, got ${actual}`, note); },
    atMost(actual, maximum, note) { if (!(actual <= maximum)) fail(`expected at most ${maximum}, got ${actual}`, note); },
    /** The ids of results or documents, in order. */
    ids(results, expected, note) { assert.deepEqual(results.map((r) => r.id), expected, note); },
    /** The promise (or what the function returns or throws) fails with a ServiceError that has one of the codes; gives the error back. */
    async code(attempt, codes, note) {
      const allowed = Array.isArray(codes) ? codes : [codes];
      let value;
      try { value = await (typeof attempt === 'function' ? attempt() : attempt); }
      catch (error) {
        if (!(error instanceof ServiceError)) fail(`expected a ServiceError, got ${show(error)}`, note);
        if (!allowed.includes(error.code)) fail(`expected code ${allowed.join(' or ')}, got ${error.code} (${error.message})`, note);
        if (!error.message || error.message.includes('[object Object]')) fail(`the message does not help: ${show(error.message)}`, note);
        return error;
      }
      return fail(`expected ${allowed.join(' or ')}, but it succeeded with ${show(value)}`, note);
    },
    /** Settles within `ms`, whichever way; gives { value } or { error } back. */
    async settles(promise, ms, note) {
      let timer;
      const late = new Promise((resolve) => { timer = setTimeout(() => resolve('late'), ms); });
      const outcome = await Promise.race([promise.then((value) => ({ value }), (error) => ({ error })), late]);
      clearTimeout(timer);
      if (outcome === 'late') fail(`nothing after ${ms} ms`, note);
      return outcome;
    },
    fail(message) { fail(message); },
  };
  return assert;
}
