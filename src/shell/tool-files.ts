/** Files as tools read and write them: as text, with the devices of every system. */
import { EMPTY, octetsToText, textToOctets } from '../wire/index.ts';
import type { ToolFiles } from './tool.ts';

/** The octets of a file, or nothing where there is none. */
export function readBytes(path: string, files: ToolFiles): Uint8Array | undefined {
  return path === '/dev/null' ? EMPTY : files.readFile(path);
}

/** The text of a file, or nothing where there is none. */
export function readText(path: string, files: ToolFiles): string | undefined {
  const bytes = readBytes(path, files);
  return bytes === undefined ? undefined : octetsToText(bytes);
}

/** Writes a file whole; false where that cannot be. */
export function writeBytes(path: string, bytes: Uint8Array, files: ToolFiles): boolean {
  return path === '/dev/null' || files.writeFile(path, bytes);
}

/** {@link writeBytes} of a text. */
export function writeText(path: string, text: string, files: ToolFiles): boolean {
  return writeBytes(path, textToOctets(text), files);
}

/** The lines of a text; what stands behind the last line feed is one too. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
