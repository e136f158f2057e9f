// One component for both sides: the server hands it hits that it found, the browser takes over with the same package.
import { createElement as h, useEffect, useState } from 'react';
import { useService } from 'wasm-services/react';

export const articles = [
  { id: 'wasm', content: 'WebAssembly runs compiled code in the browser', embedding: [1, 0, 0] },
  { id: 'sql', content: 'SQL asks questions of tables', embedding: [0, 1, 0] },
  { id: 'bread', content: 'Bread rises when yeast makes gas', embedding: [0, 0, 1] },
];

export async function find(search, query) {
  if (search.size === 0) await search.addDocuments(articles);
  return (await search.searchByText(query)).map(({ id, content }) => ({ id, content }));
}

export function App({ query: first, hits: found, create }) {
  const { status, service, info, error, retry } = useService(create);
  const [query, setQuery] = useState(first);
  const [hits, setHits] = useState(found);
  useEffect(() => {
    if (status !== 'ready') return undefined;
    let shown = true;
    find(service, query).then((next) => { if (shown) setHits(next); });
    return () => { shown = false; };
  }, [status, service, query]);
  return h('main', null,
    h('input', { id: 'query', value: query, 'aria-label': 'search', onChange: (event) => setQuery(event.target.value) }),
    h('ul', { id: 'hits' }, hits.map(({ id, content }) => h('li', { key: id }, content))),
    status === 'failed' ? h('button', { onClick: retry }, error.message) : h('p', { id: 'status' }, status === 'ready' ? `ready: ${info.variant}` : status));
}
