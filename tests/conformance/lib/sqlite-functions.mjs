/** Functions that a worker imports by URL: createFunction(name, { module, export }). */
export const plusOne = (x) => x + 1;
export const join = (...values) => values.join('|');
export const fails = () => { throw new Error('of the module'); };
export const notAFunction = 5;
