/** Writes a dated record: every sample, versions, machine and commit. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const git = (...args) => { try { return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim(); } catch { return 'unknown'; } };

export function environment() {
  const manifest = JSON.parse(readFileSync(join(root, 'pkg/manifest.json'), 'utf8'));
  const peers = JSON.parse(readFileSync(join(root, 'benches/peers/package.json'), 'utf8')).dependencies;
  return {
    date: new Date().toISOString(), commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? '+changes' : ''),
    machine: { cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.availableParallelism(), memoryGiB: Math.round(os.totalmem() / 2 ** 30), os: `${os.type()} ${os.release()}` },
    runtime: process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.versions.node} (V8 ${process.versions.v8})`,
    tools: manifest.tools, peers,
    artifacts: manifest.artifacts.map(({ file, bytes, gzip, brotli }) => ({ file, bytes, gzip, brotli })),
  };
}

/** @param {{ title: string, columns: string[], rows: string[][], notes?: string[] }[]} tables */
export function writeRecord(name, workloads, tables) {
  const env = environment();
  const stem = join(root, 'benches/record', `${env.date.slice(0, 10)}-${name}-${env.runtime.split(' ').slice(0, 2).join('').toLowerCase()}`);
  mkdirSync(dirname(stem), { recursive: true });
  writeFileSync(`${stem}.json`, `${JSON.stringify({ ...env, workloads }, null, 1)}\n`);
  const lines = [`# ${name}: ${env.date.slice(0, 10)}, ${env.runtime}`, '', `Commit ${env.commit}; ${env.machine.cpu}, ${env.machine.cores} cores, ${env.machine.memoryGiB} GiB, ${env.machine.os}. rustc ${env.tools.rustc}, binaryen ${env.tools.binaryen}. Ratios are medians of rounds in which the contenders took turns; every sample is in the JSON file of the same name.`, ''];
  for (const t of tables) {
    lines.push(`## ${t.title}`, '', `| ${t.columns.join(' | ')} |`, `|${t.columns.map(() => '---').join('|')}|`, ...t.rows.map((r) => `| ${r.join(' | ')} |`), ...(t.notes ?? []).flatMap((n) => ['', n]), '');
  }
  writeFileSync(`${stem}.md`, `${lines.join('\n')}`);
  return `${stem.slice(root.length + 1)}.md`;
}

export function printTable({ title, columns, rows, notes = [] }) {
  const widths = columns.map((c, i) => Math.max(c.length, ...rows.map((r) => r[i].length)));
  console.log(`\n${title}`);
  for (const row of [columns, ...rows]) console.log(`  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`);
  for (const n of notes) console.log(`  ${n}`);
}
