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

/** Terms and what they mean, into a `dl`. */
export const definitions = (place, pairs) => place.replaceChildren(...pairs.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]));

/** A failure as people read it: the code for programs, the message that says what to do; never a stack. */
export const errorText = (error) => element('span', { class: 'error' }, element('code', {}, error?.code ?? error?.name ?? 'Error'), ' ', error?.message ?? String(error));

/** Files dropped on a panel. `take(file)`; the page's own handler (app.js) leaves alone what a panel has taken. */
export function acceptDrops(panel, take) {
  panel.addEventListener('dragover', (event) => { event.preventDefault(); panel.classList.add('over'); });
  panel.addEventListener('dragleave', (event) => { if (!panel.contains(event.relatedTarget)) panel.classList.remove('over'); });
  panel.addEventListener('drop', (event) => {
    event.preventDefault();
    panel.classList.remove('over');
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}
