/** Which rows a scrolled box shows. Names no page. */

/** Browsers lay out no box taller than some 17 million pixels: above this, scrolling is scaled. */
const TALLEST = 8_000_000;
/** Rows kept ready above and below. */
const MARGIN = 12;

/**
 * @param {{ rows: number, rowHeight: number, viewHeight: number, scrollTop: number }} box
 * @returns {{ start: number, end: number, above: number, below: number }} rows from `start` to before `end`, with empty pixels above and below them
 */
export function windowOf({ rows, rowHeight, viewHeight, scrollTop }) {
  const height = Math.min(rows * rowHeight, TALLEST);
  const visible = Math.min(rows, Math.ceil(viewHeight / rowHeight));
  const scaled = rows * rowHeight > TALLEST;
  const share = Math.min(1, Math.max(0, scrollTop / Math.max(1, height - viewHeight)));
  const first = Math.min(rows - visible, scaled ? Math.round(share * (rows - visible)) : Math.max(0, Math.floor(scrollTop / rowHeight)));
  const start = Math.max(0, first - MARGIN), end = Math.min(rows, first + visible + MARGIN);
  const tall = (end - start) * rowHeight;
  // Scaled: the rows lie where the box looks, whatever their number.
  const above = scaled ? Math.min(height - tall, Math.max(0, scrollTop - (first - start) * rowHeight)) : start * rowHeight;
  return { start, end, above, below: Math.max(0, height - above - tall) };
}
