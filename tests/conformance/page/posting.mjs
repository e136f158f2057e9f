/**
 * The page of a browser that nothing drives: it runs the cell that its address names and posts every result to the server it came from.
 * The posts go one after another, so that the server knows the last case before a crash.
 */
import { textOf } from '../lib/harness.mjs';

const send = globalThis.fetch.bind(globalThis);
let sent = Promise.resolve();
const post = (message) => {
  const body = JSON.stringify(message);
  sent = sent.then(() => send('/posted', { method: 'POST', body }), () => {});
  return sent;
};
/** Of errors that reach nobody, since some cases cause them on purpose: said only if the cell breaks off. */
addEventListener('error', (event) => post({ stray: `${event.message}` }));
addEventListener('unhandledrejection', (event) => post({ stray: `${event.reason}` }));
window.reportCase = (result) => { post({ result }); };

const wanted = new URLSearchParams(location.search);
try {
  await import('./page.mjs');
  await window.runCell(wanted.get('host'), wanted.get('variant'), wanted.get('case') ?? undefined);
  await post({ done: true });
} catch (error) {
  await post({ done: true, error: textOf(error) });
}
