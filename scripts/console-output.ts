/**
 * Writes below each command of docs/walkthroughs.md what it prints: what stands in its blocks of
 * `console` behind the first line. Those of `sh` only run, before.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../bin/tcpetri.js', import.meta.url));
const DOCUMENT = new URL('../docs/walkthroughs.md', import.meta.url);

/** The document with what its commands print now, run one after the other in an empty folder. */
export function withOutputs(document: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tcpetri-console-'));
  try {
    for (const [, lines = ''] of document.matchAll(/^```sh\n((?:.*\n)*?)```$/gm)) {
      for (const line of lines.trimEnd().split('\n')) outputOf(line, folder);
    }
    return document.replaceAll(
      /^```console\n\$ (.*)\n(?:.*\n)*?```$/gm,
      (_, line: string) => `\`\`\`console\n$ ${line}\n${outputOf(line, folder)}\`\`\``,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outputOf(line: string, folder: string): string {
  const command = line.replaceAll('npx tcpetri', `node ${COMMAND}`);
  const env = { ...process.env, TZ: 'UTC' };
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${line}: status ${status}: ${stderr}`);
  return asShown(stdout);
}

/** What a document shows of an output: without spaces at ends of lines, and tabs as spaces. */
export function asShown(output: string): string {
  return output.replaceAll('\t', ' '.repeat(8)).replaceAll(/ +$/gm, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DOCUMENT, withOutputs(readFileSync(DOCUMENT, 'utf8')));
}
