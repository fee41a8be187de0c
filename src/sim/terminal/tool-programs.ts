/** What does not wait as programs: the small tools of text, and the administrator's commands. */
import type { Tool, ToolFiles } from '../../shell/index.ts';
import { concat, fromUtf8 } from '../../wire/index.ts';
import { FileError, type HostFiles } from '../host-files.ts';
import type { Program, StandardStreams } from '../program.ts';

/** The tool asks for its input, which has not been read yet. */
const INPUT_WANTED = new Error('the input is wanted');

/**
 * A tool of text as a program. Most find out from their words whether they read standard input: the
 * tool is run without any, and again with all of it if it asks.
 */
export function toolProgram(tool: Tool): Program {
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
    const input = await readAll(streams);
    return run(() => input);
  };
}

async function readAll(streams: StandardStreams): Promise<string> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await streams.read(); chunk !== undefined; chunk = await streams.read()) {
    chunks.push(chunk);
  }
  return fromUtf8(concat(...chunks));
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
