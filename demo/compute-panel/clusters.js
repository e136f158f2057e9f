/** What a cluster is about, and where its points are drawn. Names no page. */

/** Words that say nothing of a package. */
const COMMON = new Set('a an and as at based be by can for from in including into is it its library module of on one or other package packages provides support that the this to tool tools used using which with you your lib files file'.split(' '));

const wordsOf = (text) => new Set(text.toLowerCase().match(/[a-z][a-z+#-]{2,}/g) ?? []);

/**
 * The words that are oftener in each cluster than elsewhere: by how much their share exceeds the share in the whole, times how many hold them.
 * @param {string[]} texts @param {ArrayLike<number>} labels the cluster of each text @param {number} k
 * @returns {{ size: number, words: string[] }[]}
 */
export function describeClusters(texts, labels, k, most = 5) {
  const whole = new Map(), inside = Array.from({ length: k }, () => new Map()), sizes = new Array(k).fill(0);
  texts.forEach((text, i) => {
    sizes[labels[i]]++;
    for (const word of wordsOf(text)) {
      if (COMMON.has(word)) continue;
      whole.set(word, (whole.get(word) ?? 0) + 1);
      inside[labels[i]].set(word, (inside[labels[i]].get(word) ?? 0) + 1);
    }
  });
  return inside.map((counts, c) => {
    const score = (n, word) => n * (n / sizes[c] - whole.get(word) / texts.length);
    const ranked = [...counts].map(([word, n]) => [word, score(n, word)]).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return { size: sizes[c], words: ranked.slice(0, most).map(([word]) => word) };
  });
}

/** Hues apart by the golden angle, so that neighbours differ however many there are. */
export const clusterColor = (c, dark) => `hsl(${Math.round((c * 137.508 + 160) % 360)} ${dark ? '60% 66%' : '65% 38%'})`;

/**
 * The first two of `cols` coordinates of each row, into a box of `width` x `height` with a margin, their shape kept.
 * @returns {Float32Array} x, y of each row
 */
export function places(data, rows, cols, width, height, margin = 10) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < rows; i++) {
    const x = data[i * cols], y = data[i * cols + 1];
    x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  }
  const scale = Math.min((width - 2 * margin) / (x1 - x0 || 1), (height - 2 * margin) / (y1 - y0 || 1));
  const left = (width - (x1 - x0) * scale) / 2, top = (height - (y1 - y0) * scale) / 2;
  const out = new Float32Array(rows * 2);
  for (let i = 0; i < rows; i++) {
    out[2 * i] = left + (data[i * cols] - x0) * scale;
    out[2 * i + 1] = top + (data[i * cols + 1] - y0) * scale;
  }
  return out;
}
