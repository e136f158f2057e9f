'use client';
// A client page: rendered on the server as `idle`, then the service starts in the browser.
import { useEffect, useState } from 'react';
import { useService } from 'wasm-services/react';
import { createVectorSearch } from 'wasm-services/vector';
import { articles } from '../articles.js';

export default function Client() {
  const { status, service, info, error, retry } = useService(() => createVectorSearch());
  const [ids, setIds] = useState();
  useEffect(() => {
    if (status !== 'ready') return undefined;
    let shown = true;
    service.addDocuments(articles).then(() => service.searchByText('compiled code')).then((hits) => { if (shown) setIds(hits.map(({ id }) => id)); });
    return () => { shown = false; };
  }, [status, service]);
  useEffect(() => { if (ids || error) document.documentElement.dataset.done = 'yes'; }, [ids, error]);
  if (status === 'failed') return <button id="out" onClick={retry}>{`${error.code}: ${error.message}`}</button>;
  return <pre id="out">{ids ? JSON.stringify({ ids, variant: info.variant, host: info.host, isolated: crossOriginIsolated }) : status}</pre>;
}
