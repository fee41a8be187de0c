/** `-w`: the packets of a script's run as a capture, with why each was sent as its comment. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CapturedPacket } from '../../drill/index.ts';
import { printCause } from '../../stack/index.ts';
import { concat, LinkType, PcapngWriter, PcapWriter } from '../../wire/index.ts';
import { OutputError } from '../errors.ts';

const SECOND = 1_000_000_000;

/** Writes the packets; times count from the script's beginning. @throws OutputError */
export function writePackets(
  file: string,
  script: string,
  packets: readonly CapturedPacket[],
): void {
  const chunks = file.endsWith('.pcap') ? pcap(packets) : pcapng(script, packets);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, concat(...chunks));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new OutputError(`${file}: cannot be written (${code})`, { cause: error });
  }
}

function timed({ at, packet }: CapturedPacket): {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
} {
  return { seconds: Math.floor(at / SECOND), nanoseconds: at % SECOND, bytes: packet };
}

function pcap(packets: readonly CapturedPacket[]): Uint8Array[] {
  const writer = new PcapWriter({ linkType: LinkType.raw });
  for (const packet of packets) writer.packet(timed(packet));
  return writer.take();
}

function pcapng(script: string, packets: readonly CapturedPacket[]): Uint8Array[] {
  const writer = new PcapngWriter({ application: 'tcpetri', comments: [`script ${script}`] });
  const interfaceId = writer.interface({ linkType: LinkType.raw, name: 'tun0' });
  for (const packet of packets) {
    const { kind, cause } = packet;
    writer.packet({
      ...timed(packet),
      interfaceId,
      direction: kind === 'injected' ? 'inbound' : 'outbound',
      comments: cause === undefined ? undefined : [printCause(cause)],
    });
  }
  return writer.take();
}
