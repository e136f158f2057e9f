/** The strip at the top: what this browser can do, what was chosen and what was passed over. */
import { byId, element } from './dom.js';

const NAMES = { isSupported: 'WebAssembly', hasSIMD: 'SIMD', hasRelaxedSIMD: 'relaxed SIMD', hasThreads: 'threads', hasOPFS: 'private file system', crossOriginIsolated: 'isolated page' };

export function showCapabilities(capabilities) {
  const items = Object.entries(NAMES).map(([key, name]) => {
    const missing = capabilities.missing[key];
    return element('li', { class: capabilities[key] ? 'yes' : 'no', 'data-capability': key, title: missing && `${missing.reason}: ${missing.fix}` }, `${capabilities[key] ? '✓' : '✗'} ${name}${missing ? ` (${missing.reason})` : ''}`);
  });
  byId('capabilities').replaceChildren(...items, element('li', {}, `${capabilities.hardwareConcurrency} cores`));
}

export function showChoice(info) {
  const rows = [
    ['Answers', `${info.variant}, ${info.host === 'worker' ? 'in a worker' : 'in this page'}, ${info.threads} thread${info.threads === 1 ? '' : 's'}${info.index ? `, ${info.index}` : ''}`],
    ['Because', info.reason],
    ...info.rejected.map((r) => [`Not ${r.variant}`, r.reason]),
  ];
  byId('choice').replaceChildren(...rows.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]));
}
