/**
 * A strict reader of Prometheus' text format 0.0.4: refuses what a scraper would refuse, and what it would take in silence (families in pieces, series twice, histograms
 * that do not add up).
 * @returns {Map<string, { type: string, samples: { name: string, labels: Record<string, string>, value: number }[] }>}
 */
export function parsePrometheus(text) {
  if (!text.endsWith('\n')) throw new Error('the last line must end');
  const families = new Map(), series = new Set();
  let current;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why) => { throw new Error(`${why}: ${line}`); };
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment;
      if (kind === 'HELP') {
        if (families.has(name)) fail('a family twice');
        families.set(name, current = { name, help: rest, type: undefined, samples: [] });
      } else {
        if (current?.name !== name || current.type || current.samples.length) fail('TYPE must follow HELP');
        if (!['counter', 'gauge', 'histogram'].includes(rest)) fail('no such type');
        current.type = rest;
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? ([+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?))$/.exec(line);
    if (!sample) fail('no sample');
    const [, name, inside = '', number] = sample;
    const labels = {};
    for (const [, label, value] of inside.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
      if (label in labels) fail('a label twice');
      labels[label] = value.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
    }
    if (!current?.type) fail('a sample without TYPE');
    const base = current.type === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
    if (base !== current.name) fail(`not of the family ${current.name}`);
    if (current.type === 'counter' && !name.endsWith('_total')) fail('counters end with _total');
    const key = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    if (series.has(key)) fail('a series twice');
    series.add(key);
    const value = number.endsWith('Inf') ? Infinity : Number(number);
    if (current.type !== 'gauge' && !(value >= 0)) fail('below 0');
    current.samples.push({ name, labels, value });
  }
  for (const { name, type, samples } of families.values()) {
    if (!type || samples.length === 0) throw new Error(`${name} is empty`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function checkHistogram(family, samples) {
  const groups = new Map();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels, key = JSON.stringify(Object.entries(labels).sort());
    const group = groups.get(key) ?? { buckets: [] };
    groups.set(key, group);
    if (sample.name.endsWith('_bucket')) group.buckets.push([le === '+Inf' ? Infinity : Number(le), sample.value]);
    else group[sample.name.slice(family.length + 1)] = sample.value;
  }
  for (const [key, { buckets, count, sum }] of groups) {
    const sorted = buckets.every(([le, n], i) => le > (buckets[i - 1]?.[0] ?? 0) && n >= (buckets[i - 1]?.[1] ?? 0));
    if (!sorted || buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)[1] !== count || !(sum >= 0)) throw new Error(`${family}${key} does not add up`);
  }
}
