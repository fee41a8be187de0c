/** The captures that real kernels made, and what the real tcpdump printed of them when they were. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const FOLDERS = ['linux/', 'tcpdump/'] as const;

/** The captures: names without `.pcap`, and their bytes. */
export const CAPTURES: readonly (readonly [name: string, bytes: Uint8Array])[] = FOLDERS.flatMap(
  (folder) =>
    readdirSync(new URL(folder, FIXTURES))
      .filter((file) => file.endsWith('.pcap'))
      .map((file) => {
        const bytes = new Uint8Array(readFileSync(new URL(folder + file, FIXTURES)));
        return [file.slice(0, -'.pcap'.length), bytes] as const;
      }),
);

/** The text that `tcpdump -nn` printed of a capture, with `-vvv` besides where `verbose` says so. */
export function goldenText(name: string, verbose: boolean): string | undefined {
  const file = new URL(`tcpdump/${name}${verbose ? '.vvv' : ''}.txt`, FIXTURES);
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
}
