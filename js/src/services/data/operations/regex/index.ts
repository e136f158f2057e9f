/**
 * Regular expressions in linear time. The host's RegExp runs those that it can not be slow with (linear.ts); the others run here, by
 * the same rules (match.ts). Look-around and back-references, which no engine answers in linear time, are UNSUPPORTED.
 */
import { invalid } from '../../errors.js';
import { compileProgram } from './compile.js';
import { isLinear } from './linear.js';
import { Matcher } from './match.js';
import { parseRegex } from './parse.js';
import { sourceOf, type Parsed } from './syntax.js';

export interface Regex {
  /** Whether the host runs it. */
  readonly native: boolean;
  /** Replaces every match; `$1`, `$<name>`, `$&` and `$$` mean what they do in String.prototype.replace. */
  replacer(by: string): (text: string) => string;
}

/**
 * @param flags i (case), m (^ and $ at lines), s (dot takes line ends)
 * @param native false: never by the host
 * @throws ServiceError PARSE, UNSUPPORTED, INVALID_ARGUMENT
 */
export function compileRegex(pattern: string, flags = '', what = 'regex', native = true): Regex {
  if (!/^[ims]*$/.test(flags) || new Set(flags).size < flags.length) throw invalid(`${what}: flags are of 'i', 'm' and 's', each once; they were ${JSON.stringify(flags)}`);
  const parsed = parseRegex(pattern, what);
  if (native && isLinear(parsed.tree)) {
    const host = new RegExp(sourceOf(parsed.tree), `gu${flags}`);
    return { native: true, replacer: (by) => { const text = hostTemplate(templateOf(by, parsed)); return (value) => value.replace(host, text); } };
  }
  const program = compileProgram(parsed, flags, what);
  return {
    native: false,
    replacer(by) {
      const template = templateOf(by, parsed), matcher = new Matcher(program);
      return (text) => replaceAll(text, matcher, template);
    },
  };
}

/** Texts, and groups by number. */
type Template = readonly (string | number)[];

function templateOf(by: string, { groups, names }: Parsed): Template {
  const parts: (string | number)[] = [];
  const token = /\$(?:([$&])|(\d\d?)|<([^>]*)>)|\$|[^$]+/g;
  for (let match = token.exec(by); match; match = token.exec(by)) {
    const [whole, sign, digits, name] = match;
    if (sign !== undefined) parts.push(sign === '$' ? '$' : 0);
    else if (digits !== undefined) {
      const two = Number(digits), one = Number(digits[0]);
      if (digits.length === 2 && two >= 1 && two <= groups) parts.push(two);
      else if (one >= 1 && one <= groups) parts.push(one, digits.slice(1));
      else parts.push(whole);
    } else if (name !== undefined && names.size > 0) {
      // As in the host, a name that no group has stands for nothing.
      if (names.has(name)) parts.push(names.get(name)!);
    } else parts.push(whole);
  }
  return parts;
}

const hostTemplate = (template: Template): string => template.map((part) => (typeof part === 'string' ? part.replaceAll('$', '$$$$') : part === 0 ? '$&' : `$${String(part).padStart(2, '0')}`)).join('');

function replaceAll(text: string, matcher: Matcher, template: Template): string {
  const { slots } = matcher;
  matcher.reset(text);
  let made = '', done = 0, from = 0;
  while (from <= text.length && matcher.find(from)) {
    const [start, end] = [slots[0], slots[1]];
    made += text.slice(done, start);
    for (const part of template) {
      if (typeof part === 'string') made += part;
      else if (slots[2 * part] >= 0 && slots[2 * part + 1] >= 0) made += text.slice(slots[2 * part], slots[2 * part + 1]);
    }
    done = end;
    from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
  return done === 0 && made === '' ? text : made + text.slice(done);
}
