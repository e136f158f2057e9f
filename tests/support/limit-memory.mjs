/** An artifact as it is shipped, but for one number: the pages to which its memory may grow. */

/** LEB128, unsigned. */
function read(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}
function write(value) {
  const out = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) out.push((value % 128) | 0x80);
  return [...out, value];
}

/** The memory section's place, and the pages the memory begins with. */
function memoryOf(bytes) {
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const [size, body] = read(bytes, at + 1);
    if (id === 5) {
      const [count, flags] = read(bytes, body);
      if (count !== 1 || bytes[flags] > 1) throw new Error('one memory of its own was expected');
      return { at, end: body + size, pages: read(bytes, flags + 1)[0] };
    }
    at = body + size;
  }
  throw new Error('there is no memory section');
}

/** Pages of 64 KiB that the module begins with. */
export const initialPages = (bytes) => memoryOf(bytes).pages;

/** The same module, whose memory does not grow beyond `maximum` pages. */
export function limitMemory(bytes, maximum) {
  const { at, end, pages } = memoryOf(bytes);
  if (maximum < pages) throw new Error(`the module needs ${pages} pages to begin with`);
  const body = [1, 1, ...write(pages), ...write(maximum)];
  return Uint8Array.from([...bytes.subarray(0, at), 5, ...write(body.length), ...body, ...bytes.subarray(end)]);
}
