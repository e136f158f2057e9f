/** The careful JavaScript of ../baselines, kept unchanged there; what it imports by name is found among the peers. */
import * as module from 'node:module';
import { pathToFileURL } from 'node:url';

const peers = new URL('../peers/package.json', import.meta.url).href;
if (module.registerHooks) {
  module.registerHooks({ resolve: (name, context, next) => (name.startsWith('@uwdata/') ? next(name, { ...context, parentURL: peers }) : next(name, context)) });
} else {
  const hook = `export const resolve = (name, context, next) => next(name, name.startsWith('@uwdata/') ? { ...context, parentURL: ${JSON.stringify(peers)} } : context);`;
  module.register(`data:text/javascript,${encodeURIComponent(hook)}`, pathToFileURL('./'));
}

export const careful = (await import('../baselines/data.mjs')).default;
export const { groupAgg, makeTable, extract, parseCSV, parseNDJSON, colsToRows } = await import('../baselines/data.mjs');
export const { groupbyTable, toObjects, toCSV, toNDJSON, events, rng } = await import('../baselines/data-tables.mjs');
export const { questions, digest, same } = await import('../baselines/data-questions.mjs');
