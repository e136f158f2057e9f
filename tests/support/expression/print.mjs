/** A parse tree as an s-expression: how the golden file writes it (crates/expression/tests/golden.rs does the same). */
const text = (value) => JSON.stringify(value);
const number = (value) => (Object.is(value, -0) ? '-0' : String(value));

export function print(tree) {
  const all = (items) => items.map(print).join(' ');
  switch (tree.k) {
    case 'number': return String(tree.exact ?? number(tree.value));
    case 'text': return text(tree.value);
    case 'bool': return String(tree.value);
    case 'null': return 'null';
    case 'time': return `(timestamp ${tree.value})`;
    case 'name': return `(name ${tree.path.map((step) => (typeof step === 'number' ? step : text(step))).join(' ')})`;
    case 'not': case 'neg': return `(${tree.k} ${print(tree.of)})`;
    case 'isNull': return `(is-null ${print(tree.of)})`;
    case 'and': case 'or': case 'join': return `(${tree.k} ${all(tree.items)})`;
    case 'arith': return `(arith ${print(tree.first)}${tree.rest.map(({ op, of }) => ` ${op} ${print(of)}`).join('')})`;
    case 'compare': return `(${tree.op} ${print(tree.a)} ${print(tree.b)})`;
    case 'in': return `(in ${print(tree.of)} ${all(tree.list)})`;
    case 'between': return `(between ${print(tree.of)} ${print(tree.low)} ${print(tree.high)})`;
    case 'like': return `(${tree.fold ? 'ilike' : 'like'} ${print(tree.of)} ${print(tree.pattern)}${tree.escape ? ` ${print(tree.escape)}` : ''})`;
    case 'case': return `(case${tree.of ? ` of ${print(tree.of)}` : ''}${tree.whens.map(({ when, then }) => ` (when ${print(when)} ${print(then)})`).join('')}${tree.otherwise ? ` (else ${print(tree.otherwise)})` : ''})`;
    case 'call': return `(call ${tree.name}${tree.args.length ? ` ${all(tree.args)}` : ''})`;
  }
  throw new Error(`no way to print ${tree.k}`);
}
