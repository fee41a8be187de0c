/**
 * A program as a shell starts it: words come in, an exit status goes out, and in between it reads
 * and writes its standard streams, uses the sockets of its process, and waits on virtual time.
 *
 *     const countdown: Program = async ({ process, streams }, [from = '3']) => {
 *       for (let left = Number(from); left > 0; left--) {
 *         streams.write(`${left}\n`);
 *         await process.sleep(seconds(1));
 *       }
 *       return 0;
 *     };
 */
import type { HostFiles } from './host-files.ts';
import type { Process } from './process.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** Where a program reads and writes: a terminal, a pipe, or files, by the shell's redirections. */
export interface StandardStreams {
  /**
   * What was typed, or comes by a pipe or from a file, as soon as there is something; nothing at
   * its end (Ctrl-D). One call at a time.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Writes to standard output; text by `textToOctets`. Nothing happens where nobody reads it. */
  write(data: string | Uint8Array): void;
  /** Writes to standard error. */
  writeError(text: string): void;
}

/** What a program is started with. */
export interface ProgramContext {
  readonly host: SimulatedHost;
  readonly process: Process;
  readonly streams: StandardStreams;
  /** The files of the host. */
  readonly files: HostFiles;
  /** Who started it: `root`, or another user. */
  readonly user: string;
  /**
   * Says what Ctrl-C does (SIGINT). Without it the process ends at once: its sockets are closed as
   * a kernel closes them, and the status is 130.
   */
  readonly onInterrupt: (handler: () => void) => void;
}

/**
 * @param words what stands behind the program's name.
 * @returns its exit status, 0 where all went well
 */
export type Program = (context: ProgramContext, words: readonly string[]) => Promise<number>;
