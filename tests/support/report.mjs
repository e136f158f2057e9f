/** How a suite ends: JSON in build/results, one last line with the counts, an exit status. The suite has told its failures already. */
import { mkdir, writeFile } from 'node:fs/promises';

/**
 * @param {{ suite: string, cell?: string, passed: number, failures: { name: string, error: string, cell?: string }[] }} result
 * @returns the exit status
 */
export async function report({ suite, cell = `node ${process.versions.node}`, passed, failures, ...rest }) {
  const directory = new URL('../../build/results/', import.meta.url);
  await mkdir(directory, { recursive: true });
  const result = { suite, cell, passed, failed: failures.length, failures, ...rest };
  await writeFile(new URL(`${suite}.json`, directory), `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 && passed > 0 ? 0 : 1;
}
