// A module whose export becomes an SQL function.
export const shout = (text) => `${text.toUpperCase()}!`;

// Ways for a worker to die.
export const exit_now = (_) => process.exit(3);
export const throw_later = (_) => { setImmediate(() => { throw new Error('outside of a call'); }); return 1; };
export const fill_heap = (_) => { for (const kept = []; ;) kept.push(new Array(10_000).fill({})); };
