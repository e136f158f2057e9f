/** Every panel's services come from a manager that is listed here, so that the live panel sees them all. */
import { createWASMServices } from 'wasm-services';

const open = new Map();
const listeners = new Set();

/** @param label whose it is, as the live panel names it @param config of `initialize` */
export async function startManager(label, config) {
  const manager = createWASMServices();
  await manager.initialize(config);
  open.set(manager, label);
  for (const tell of listeners) tell(manager, label);
  return manager;
}

export async function endManager(manager) {
  open.delete(manager);
  await manager.dispose();
}

/** @returns {{ label: string, manager: import('wasm-services').WASMServices }[]} */
export const managers = () => [...open].map(([manager, label]) => ({ manager, label }));

/** Calls for every manager that is open and that will be. */
export function onManager(tell) {
  listeners.add(tell);
  for (const [manager, label] of open) tell(manager, label);
}

addEventListener('pagehide', () => { for (const manager of open.keys()) manager.cleanup(); });
