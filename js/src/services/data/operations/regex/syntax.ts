/** Regular expressions as a tree. The language is that of ECMAScript with its u flag, without what needs backtracking. */

export type Node =
  /** One code point; `source` is the same in a RegExp of the host: a literal, an escape or a class. */
  | { kind: 'char'; source: string; point?: number }
  | { kind: 'sequence'; items: readonly Node[] }
  | { kind: 'choice'; items: readonly Node[] }
  /** `index` of one that captures. */
  | { kind: 'group'; of: Node; index?: number }
  | { kind: 'repeat'; of: Node; min: number; max: number; lazy: boolean }
  | { kind: 'edge'; at: 'start' | 'end' | 'word' | 'inside' };

export interface Parsed {
  tree: Node;
  /** Groups that capture, without the whole. */
  groups: number;
  names: ReadonlyMap<string, number>;
}

export const isNullable = (node: Node): boolean => {
  switch (node.kind) {
    case 'char': return false;
    case 'edge': return true;
    case 'sequence': return node.items.every(isNullable);
    case 'choice': return node.items.some(isNullable);
    case 'group': return isNullable(node.of);
    case 'repeat': return node.min === 0 || isNullable(node.of);
  }
};

/** The pattern of the host that means the same. */
export function sourceOf(node: Node): string {
  switch (node.kind) {
    case 'char': return node.source;
    case 'edge': return { start: '^', end: '$', word: '\\b', inside: '\\B' }[node.at];
    case 'sequence': return node.items.map(sourceOf).join('');
    case 'choice': return node.items.map(sourceOf).join('|');
    case 'group': return `(${node.index === undefined ? '?:' : ''}${sourceOf(node.of)})`;
    case 'repeat': return `${sourceOf(node.of)}{${node.min},${node.max === Infinity ? '' : node.max}}${node.lazy ? '?' : ''}`;
  }
}
