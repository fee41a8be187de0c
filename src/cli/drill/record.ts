/** `tcpetri drill --record`: a script from a scenario or from a capture. */
import { statSync, writeFileSync } from 'node:fs';
import {
  type Connection,
  type LocalEnd,
  printEnd,
  printScript,
  RecordError,
  recordScript,
} from '../../drill/index.ts';
import { printIp } from '../../wire/index.ts';
import { InputError, OutputError, UsageError } from '../errors.ts';
import type { DrillCommandOptions } from './command.ts';
import { type RecordSource, readCaptureFile } from './record-capture.ts';

/** Writes the script of one connection. */
export async function record(
  from: string,
  paths: readonly string[],
  options: DrillCommandOptions,
): Promise<void> {
  if (paths.length > 0) throw new UsageError('--record takes one scenario or capture');
  const source = await sourceOf(from, options);
  const number = options.connection ?? 1;
  const connection = source.connections[number - 1];
  if (connection === undefined) {
    const { length } = source.connections;
    throw new InputError(
      length === 0
        ? `${from}: no TCP connection in it`
        : `${from}: no connection ${number}: there ${length === 1 ? 'is 1' : `are ${length}`}`,
    );
  }
  const text = textOf(source, connection, localEnd(connection, source, options.local), from);
  if (options.output === undefined) process.stdout.write(text);
  else writeScript(options.output, text);
}

/** What ends with a capture's endings, or is a file and no module, is a capture. */
async function sourceOf(from: string, options: DrillCommandOptions): Promise<RecordSource> {
  const isModule = /\.[cm]?[jt]s$/.test(from);
  const isFile = statSync(from, { throwIfNoEntry: false })?.isFile() === true;
  if (/\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(from) || (isFile && !isModule)) {
    if (options.host !== undefined) throw new UsageError('--host is for scenarios; see --local');
    return await readCaptureFile(from);
  }
  const { runForRecord } = await import('./record-scenario.ts');
  return runForRecord(from, options.host);
}

/** Which end is under test: the one that `--local` names, one on the scenario's host, a server. */
function localEnd(
  { opener, acceptor }: Connection,
  { localAddresses }: RecordSource,
  local: string | undefined,
): LocalEnd {
  if (local === undefined) {
    const isOnHost = (end: typeof opener): boolean => localAddresses.has(end.address);
    return isOnHost(opener) && !isOnHost(acceptor) ? 'opener' : 'acceptor';
  }
  const names = (end: typeof opener): boolean =>
    local === printEnd(end) || local === printIp(end.address);
  if (names(acceptor)) return 'acceptor';
  if (names(opener)) return 'opener';
  throw new UsageError(`--local ${local}: the ends are ${printEnd(opener)}, ${printEnd(acceptor)}`);
}

function textOf(
  source: RecordSource,
  connection: Connection,
  local: LocalEnd,
  from: string,
): string {
  try {
    const { script, remarks } = recordScript(connection, local);
    const head = [`Recorded from ${from}.`, ...source.remarks, ...remarks];
    return `${head.map((line) => `// ${line}\n`).join('')}\n${printScript(script)}`;
  } catch (error) {
    if (error instanceof RecordError) throw new InputError(`${from}: ${error.message}`);
    throw error;
  }
}

function writeScript(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new OutputError(`${file}: cannot be written (${code})`, { cause: error });
  }
  process.stderr.write(`wrote ${file}\n`);
}
