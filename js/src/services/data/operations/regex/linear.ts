/** Which patterns the host's own RegExp answers in linear time too, whatever the text: those it can not go back far in. */
import type { Node } from './syntax.js';

/** Ways to go through an item, times its length: what one place of the text costs at most. */
const MOST = 256;

interface Extent { ways: number; length: number }

export function isLinear(tree: Node): boolean {
  return isBounded(extentOf(tree)) || endsInLoop(tree);
}

const isBounded = (extent: Extent | undefined): boolean => extent !== undefined && extent.ways * Math.max(1, extent.length) <= MOST;

/** Bounded but for one loop at its very end: what a loop takes there belongs to the match and is never looked at again. */
function endsInLoop(node: Node): boolean {
  switch (node.kind) {
    case 'group': return endsInLoop(node.of);
    case 'choice': return node.items.length <= 8 && node.items.every((item) => isBounded(extentOf(item)) || endsInLoop(item));
    case 'sequence': return node.items.length > 0 && endsInLoop(node.items[node.items.length - 1]) && isBounded(together(node.items.slice(0, -1)));
    case 'repeat': {
      const of = extentOf(node.of);
      return node.max === Infinity && of !== undefined && of.ways === 1 && of.length > 0 && of.length * Math.max(1, node.min) <= MOST;
    }
    default: return false;
  }
}

/** Undefined where it has no bound. */
function extentOf(node: Node): Extent | undefined {
  switch (node.kind) {
    case 'char': return { ways: 1, length: 1 };
    case 'edge': return { ways: 1, length: 0 };
    case 'group': return extentOf(node.of);
    case 'sequence': return together(node.items);
    case 'choice': {
      const all = node.items.map(extentOf);
      if (!all.every((extent) => extent !== undefined)) return undefined;
      return { ways: all.reduce((sum, { ways }) => sum + ways, 0), length: Math.max(...all.map(({ length }) => length)) };
    }
    case 'repeat': {
      const of = extentOf(node.of);
      if (!of || node.max === Infinity) return undefined;
      let ways = 0;
      for (let times = node.min; times <= node.max && ways <= MOST; times++) ways += of.ways ** times;
      return { ways, length: of.length * node.max };
    }
  }
}

function together(items: readonly Node[]): Extent | undefined {
  let ways = 1, length = 0;
  for (const item of items) {
    const extent = extentOf(item);
    if (!extent) return undefined;
    ways *= extent.ways;
    length += extent.length;
  }
  return { ways, length };
}
