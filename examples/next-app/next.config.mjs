import { nextHeaders } from 'wasm-services/headers';

// Pages with these headers get threads; without them all works on one thread.
export default { headers: nextHeaders() };
