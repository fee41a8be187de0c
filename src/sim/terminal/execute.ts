/** Starting a program in a process of its own, with its standard streams. */
import { SocketError, wordsOf } from '../../stack/index.ts';
import { textToOctets } from '../../wire/index.ts';
import { FileError } from '../host-files.ts';
import type { Process } from '../process.ts';
import type { Program, StandardStreams } from '../program.ts';
import type { ShellSetting } from './setting.ts';
import type { Sink, Streams } from './streams.ts';

/** The program's exit status, as soon as it has ended. */
export async function execute(
  name: string,
  program: Program,
  words: readonly string[],
  streams: Streams,
  setting: ShellSetting,
): Promise<number> {
  const { host, user, isDaemon, foreground, promised } = setting;
  const body = async (process: Process): Promise<number> => {
    const context = {
      host,
      process,
      user,
      files: host.files,
      streams: streamsOf(process, streams),
      onInterrupt: (handler: () => void) => process.onSignal('SIGINT', handler),
    };
    try {
      return await program(context, words);
    } catch (error) {
      const reason = process.hasEnded ? undefined : reasonOf(error);
      if (reason === undefined) throw error;
      streams.errors.write(textToOctets(`${name}: ${reason}\n`));
      return 1;
    }
  };
  const { process, ended } = host.spawn(name, body, { daemon: isDaemon, pid: promised.pid, user });
  promised.pid = undefined;
  foreground.enter(process);
  const status = await ended;
  foreground.leave(process);
  return status;
}

/** What a system call that a program did not care for has failed by. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof FileError) return error.message;
  return error instanceof SocketError ? wordsOf(error.code) : undefined;
}

function streamsOf(process: Process, { input, output, errors }: Streams): StandardStreams {
  const write = (sink: Sink, data: string | Uint8Array): void => {
    if (process.hasEnded) return;
    try {
      const octets = typeof data === 'string' ? textToOctets(data) : data.slice();
      if (!sink.write(octets)) process.signal('SIGPIPE');
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (sink !== errors)
        errors.write(textToOctets(`${process.name}: write error: ${wordsOf(error.code)}\n`));
      process.end(1);
    }
  };
  return {
    read: () => input.read(process),
    write: (data) => write(output, data),
    writeError: (text) => write(errors, text),
  };
}
