/**
 * How `traceroute` asks: by datagrams to ports that nobody has, by datagrams to one port, by echo
 * requests, or by SYNs. Each method knows its probes again, in what errors quote and in what the
 * destination itself answers.
 */
import { PATH_MTU_DISCOVERY, type RawPacket } from '../../stack/index.ts';
import type { IpAddress } from '../../wire/index.ts';
import type { Quote } from './icmp-answers.ts';

const { IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE } = PATH_MTU_DISCOVERY;

/** What the destination itself answers with. */
export interface ProbeReply {
  readonly number: number;
  /** The names of a segment's flags; nothing where it is no segment. */
  readonly flags?: string;
}

/** One way of asking. */
export interface ProbeMethod {
  /** Sends the probe of that number, a packet of `length` octets. @throws SocketError */
  send(number: number, ttl: number, length: number): void;
  /** The probe that an error quotes; nothing for another's packet. */
  quoted(quote: Quote): number | undefined;
  /** The probe that a packet answers; nothing for another packet. */
  replied(packet: RawPacket): ProbeReply | undefined;
  close(): Promise<void>;
}

/** What is asked, and how. */
export interface ProbeTarget {
  readonly address: IpAddress;
  /** Of the whole packet. */
  readonly length: number;
  readonly tos: number;
  readonly dontFragment: boolean;
  /** What probes leave by, and the address that they carry, where it is said. */
  readonly device: string | undefined;
  readonly source: IpAddress | undefined;
  /** The first port, or the first sequence number. */
  readonly first: number;
}

/** IP_MTU_DISCOVER of the probes: what is known of the way's MTU is left aside in any case. */
export function discoveryOf({ dontFragment }: ProbeTarget): number {
  return dontFragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
}

/** Octets to fill a probe. */
export function filler(length: number): Uint8Array {
  return Uint8Array.from({ length: Math.max(length, 0) }, (_, i) => 0x40 + (i & 0x3f));
}
