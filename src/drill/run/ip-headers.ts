/**
 * What stands before a packet's transport header beside addresses: the octet of type of service,
 * and headers before a packet's own: IP in IP (RFC 2003, RFC 2473), GRE (RFC 2784, RFC 2890), MPLS
 * (RFC 3032). Those are written from the innermost to the outermost, as each counts
 * what follows.
 */
import {
  concat,
  EMPTY,
  encodeIpv4,
  encodeIpv6,
  parseIpv4,
  parseIpv6,
  put16,
  put32,
} from '../../wire/index.ts';
import type { GreSpec, IpSpec, MplsLabel, OuterHeader } from '../syntax/script.ts';

const IP_IN_IP = 4;
const IPV6_IN_IP = 41;
const GRE = 47;
const MPLS_IN_IP = 137; // RFC 4023

const ETHER_TYPE_IPV4 = 0x0800;
const ETHER_TYPE_IPV6 = 0x86dd;
const ETHER_TYPE_MPLS = 0x8847;

/** What flags in the first octets of a GRE header announce. */
const GreFlag = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000 } as const;

const ECN_CODEPOINTS = { noecn: 0, ect1: 1, ect0: 2, ce: 3, ect01: 2 } as const;

/** The octet of an IP header that the script asks for; 0 by default. */
export function tosOctet({ tos }: IpSpec): number {
  if (tos === undefined) return 0;
  return tos.kind === 'tos' ? tos.value : ECN_CODEPOINTS[tos.ecn];
}

type Kind = OuterHeader['kind'];

/** What an IP header says of what it carries. */
const PROTOCOLS: Readonly<Record<Kind, number>> = {
  ipv4: IP_IN_IP,
  ipv6: IPV6_IN_IP,
  gre: GRE,
  mpls: MPLS_IN_IP,
};

/** The same of GRE's. */
const ETHER_TYPES: Readonly<Record<Kind, number>> = {
  ipv4: ETHER_TYPE_IPV4,
  ipv6: ETHER_TYPE_IPV6,
  gre: 0,
  mpls: ETHER_TYPE_MPLS,
};

/** The packet with the script's outer headers before it, the first being the outermost. */
export function wrapInOuterHeaders(inner: Uint8Array, outer: readonly OuterHeader[]): Uint8Array {
  let packet = inner;
  let carried: Kind = inner[0]! >>> 4 === 6 ? 'ipv6' : 'ipv4';
  for (const header of outer.toReversed()) {
    packet = wrap(packet, header, carried);
    carried = header.kind;
  }
  return packet;
}

function wrap(packet: Uint8Array, header: OuterHeader, carried: Kind): Uint8Array {
  if (header.kind === 'mpls') return concat(...header.labels.map(mplsLabel), packet);
  if (header.kind === 'gre') return concat(greHeader(header.gre, carried), packet);
  if (header.kind === 'ipv6') {
    return encodeIpv6({
      trafficClass: tosOctet(header.ip),
      flowLabel: header.ip.flowLabel ?? 0,
      nextHeader: PROTOCOLS[carried],
      hopLimit: header.ip.ttl ?? 255,
      source: parseIpv6(header.source),
      destination: parseIpv6(header.destination),
      payload: packet,
    });
  }
  return encodeIpv4({
    tos: tosOctet(header.ip),
    id: 0,
    flags: 0,
    fragmentOffset: 0,
    ttl: header.ip.ttl ?? 255,
    protocol: PROTOCOLS[carried],
    source: parseIpv4(header.source),
    destination: parseIpv4(header.destination),
    options: EMPTY,
    payload: packet,
  });
}

function mplsLabel({ label, trafficClass, isBottom, ttl }: MplsLabel): Uint8Array {
  const b = new Uint8Array(4);
  put32(b, 0, ((label << 12) | (trafficClass << 9) | (isBottom ? 0x100 : 0) | ttl) >>> 0);
  return b;
}

function greHeader(gre: GreSpec | undefined, carried: Kind): Uint8Array {
  const flags = gre?.flags ?? 0;
  const b = new Uint8Array(16);
  put16(b, 0, flags);
  put16(b, 2, ETHER_TYPES[carried]);
  let end = 4;
  if ((flags & (GreFlag.checksum | GreFlag.routing)) !== 0) {
    put16(b, end, gre?.sum ?? 0);
    put16(b, end + 2, gre?.offset ?? 0);
    end += 4;
  }
  if ((flags & GreFlag.key) !== 0) {
    put32(b, end, gre?.key ?? 0);
    end += 4;
  }
  if ((flags & GreFlag.sequence) !== 0) {
    put32(b, end, gre?.sequence ?? 0);
    end += 4;
  }
  return b.subarray(0, end);
}
