/** What a browser is known to do otherwise (browser-cells.json), checked both ways: the case fails as listed, or the entry goes. */

/** Every entry must name a case that exists, cells of this browser, the error that is seen and why. */
export function checkDiffers({ cells, differs }, cases) {
  const names = new Set(cases.map(({ name }) => name));
  for (const [name, { in: where = [], says, reason }] of Object.entries(differs)) {
    if (!names.has(name)) throw new Error(`browser-cells.json names a case that does not exist: "${name}"`);
    for (const cell of where) if (!Object.hasOwn(cells, cell)) throw new Error(`browser-cells.json: "${name}" names the unknown cell ${cell}`);
    if (typeof says !== 'string' || says === '') throw new Error(`browser-cells.json: "${name}" does not say which error is seen`);
    if (typeof reason !== 'string' || reason.length < 20) throw new Error(`browser-cells.json gives no reason for "${name}"`);
  }
}

/** Sorts a cell's results: what passed, what failed as listed (in neither count), what failed. */
export function judge(results, differs, cell) {
  let passed = 0, differing = 0;
  const failed = [];
  for (const { name, ok, error } of results) {
    const entry = Object.hasOwn(differs, name) ? differs[name] : undefined;
    const expected = entry && (entry.in === undefined || entry.in.includes(cell));
    if (!expected && ok) passed++;
    else if (!expected) failed.push({ name, error });
    else if (ok) failed.push({ name, error: 'browser-cells.json lists it as differing, and it passed: delete the entry' });
    else if (!error.includes(entry.says)) failed.push({ name, error: `browser-cells.json expects "${entry.says}", and it was: ${error}` });
    else differing++;
  }
  return { passed, differing, failed };
}
