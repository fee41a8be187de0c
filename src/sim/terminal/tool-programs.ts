/** What does not wait as programs: the small tools of text, and the administrator's commands. */
import type { Tool, ToolFiles } from '../../shell/index.ts';
import { concat, octetsToText } from '../../wire/index.ts';
import { FileError, type HostFiles } from '../host-files.ts';
import type { Program, StandardStreams } from '../program.ts';

/** The tool asks for its input, which has not been read yet. */
const INPUT_WANTED = new Error('the input is wanted');

/**
 * A tool of text as a program. Most find out from their words whether they read standard input: the
 * tool is run without any, and again with all of it if it asks.
 */
export function toolProgram(tool: Tool, isEnough: IsEnough = () => false): Program {
  return async ({ streams, files }, words) => {
    const run = (input: () => string): number => {
      const { status, output, errors } = tool(words, input, toolFiles(files));
      if (errors !== '') streams.writeError(errors);
      if (output !== '') streams.write(output);
      return status;
    };
    try {
      return run(() => {
        throw INPUT_WANTED;
      });
    } catch (error) {
      if (error !== INPUT_WANTED) throw error;
    }
    const input = await readUntil(streams, (text) => isEnough(tool, words, text));
    return run(() => input);
  };
}

/** Whether a tool needs no more of its input than it has. */
type IsEnough = (tool: Tool, words: readonly string[], text: string) => boolean;

/** Whether one octet more would make no difference: of `head`, which ends then (XCU, head). */
export function isOneMoreNothing(tool: Tool, words: readonly string[], text: string): boolean {
  const outputOf = (input: string): string => tool(words, () => input, NO_FILES).output;
  return outputOf(text) === outputOf(`${text}\n`);
}

/** Of longer inputs all is read: to ask at each piece would take long. */
const ASKED_UP_TO = 256 * 1024;

const NO_FILES: ToolFiles = { readFile: () => undefined, writeFile: () => false };

async function readUntil(
  streams: StandardStreams,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await streams.read();
    if (chunk === undefined) break;
    chunks.push(chunk);
    length += chunk.length;
    if (length < ASKED_UP_TO && isEnough(octetsToText(concat(...chunks)))) break;
  }
  return octetsToText(concat(...chunks));
}

/** The files of a host, as tools see them. */
export function toolFiles(files: HostFiles): ToolFiles {
  return {
    readFile: (path) => (files.has(path) ? files.read(path) : undefined),
    writeFile: (path, bytes) => {
      try {
        files.write(path, bytes);
        return true;
      } catch (error) {
        if (error instanceof FileError) return false;
        throw error;
      }
    },
  };
}
