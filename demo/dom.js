/** Builds an element from text only: content never becomes markup. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.map((c) => (typeof c === 'object' ? c : document.createTextNode(String(c)))));
  return node;
}

export const byId = (id) => document.getElementById(id);
