/** The link that carries the state: `#panel?name=value&…`. What it holds comes from anybody and is checked where it is used. */

/** Longer ones are cut off by mail programs; what does not fit stays out of the link. */
const LONGEST = 6000;

export function readLink(hash = location.hash) {
  const [panel, query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  return { panel, state: new URLSearchParams(query) };
}

export function linkTo(panel, state = {}) {
  const kept = Object.entries(state).filter(([, value]) => value !== undefined && value !== '' && value !== null);
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return text && text.length <= LONGEST ? `#${panel}?${text}` : `#${panel}`;
}

/** What the address bar shows while this panel is open. The history gets no entry: typing is no navigation. */
export function keepInLink(panel, state) {
  if (readLink().panel === panel) history.replaceState(null, '', linkTo(panel, state));
}

/** A whole number of the link within bounds, or undefined. */
export function numberOf(state, name, least, most) {
  const value = Number(state.get(name) ?? NaN);
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
