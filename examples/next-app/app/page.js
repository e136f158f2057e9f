// A server component: the search runs in Node while the page is rendered.
import { createVectorSearch } from 'wasm-services/vector';
import { articles } from './articles.js';

export const dynamic = 'force-dynamic';
const search = createVectorSearch();
let filled;

export default async function Page({ searchParams }) {
  const { q = 'tables' } = await searchParams;
  await (filled ??= search.addDocuments(articles));
  const hits = await search.searchByText(q);
  return <main><p id="out">{JSON.stringify({ ids: hits.map(({ id }) => id), variant: search.info.variant })}</p><a href="/client">in the browser</a></main>;
}
