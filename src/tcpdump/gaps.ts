/**
 * What tcpdump decodes and this printer does not, in one place: protocols by their numbers. A
 * packet of theirs is printed as one of an unknown protocol is, and `Printer.gap` names what is
 * missing, so that nobody takes such a line for tcpdump's.
 */

/** EtherTypes. */
export const ETHERTYPE_GAPS: ReadonlyMap<number, string> = new Map([
  [0x0707, 'GeoNet'],
  [0x1111, 'CALM FAST'],
  [0x3c12, 'PPPoE'],
  [0x3c13, 'PPPoE'],
  [0x6003, 'DECnet'],
  [0x809b, 'AppleTalk'],
  [0x80f3, 'AppleTalk ARP'],
  [0x8137, 'IPX'],
  [0x8808, 'MPCP'],
  [0x8809, 'slow protocols'],
  [0x880b, 'PPP'],
  [0x8847, 'MPLS'],
  [0x8848, 'MPLS'],
  [0x8863, 'PPPoE'],
  [0x8864, 'PPPoE'],
  [0x886f, 'MS NLB'],
  [0x8870, 'jumbo frames'],
  [0x888e, 'EAPOL'],
  [0x8899, 'Realtek'],
  [0x88a2, 'AoE'],
  [0x88ca, 'TIPC'],
  [0x88cc, 'LLDP'],
  [0x88e5, 'MACsec'],
  [0x88f7, 'PTP'],
  [0x8902, 'CFM'],
  [0x8947, 'GeoNet'],
  [0x894f, 'NSH'],
  [0x9000, 'loopback'],
  [0xabcd, 'CFM'],
  [0xd28b, 'Arista'],
  [0xfefe, 'ISO'],
]);

/** Protocols of IPv4; of IPv6 too, whose own are {@link IPV6_GAPS}. */
export const IP_GAPS: ReadonlyMap<number, string> = new Map([
  [2, 'IGMP'],
  [8, 'EGP'],
  [9, 'IGRP'],
  [33, 'DCCP'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [55, 'Mobile IP'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [112, 'VRRP'],
  [113, 'PGM'],
  [132, 'SCTP'],
]);

/** Extension headers and protocols of IPv6 only. */
export const IPV6_GAPS: ReadonlyMap<number, string> = new Map([
  [62, 'mobility'],
  [135, 'mobility'],
  [143, 'Ethernet in IPv6'],
]);

/** Messages of ICMPv6 that are told by their type and length only. */
export const ICMPV6_GAPS: ReadonlyMap<number, string> = new Map([
  [138, 'router renumbering'],
  [139, 'node information'],
  [140, 'node information'],
  [155, 'RPL'],
]);

/** One or two ports of UDP, and where a datagram must have them. */
interface UdpGap {
  readonly name: string;
  readonly ports: readonly number[];
  /** Without it, either port will do. */
  readonly only?: 'source' | 'destination';
}

/** Protocols over UDP that come before SIP where a datagram has ports of two. */
const UDP_GAPS_BEFORE_SIP: readonly UdpGap[] = [
  { name: 'timed', ports: [525] },
  { name: 'TFTP', ports: [69] },
  { name: 'RIP', ports: [520, 521] },
  { name: 'AODV', ports: [654] },
  { name: 'ISAKMP', ports: [500, 4500, 7500, 8500] },
  { name: 'SNMP', ports: [161, 162] },
  { name: 'NTP', ports: [123] },
  { name: 'Kerberos', ports: [88, 750] },
  { name: 'L2TP', ports: [1701] },
  { name: 'vat', ports: [3456], only: 'destination' },
  { name: 'Zephyr', ports: [2103, 2104] },
  { name: 'Rx', ports: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009] },
  { name: 'DHCPv6', ports: [546, 547] },
  { name: 'AHCP', ports: [5359] },
  { name: 'Babel', ports: [6696, 6697] },
  { name: 'HNCP', ports: [8231] },
  { name: 'whiteboard', ports: [4567], only: 'destination' },
  { name: 'Cisco Auto-RP', ports: [496] },
  { name: 'RADIUS', ports: [1645, 1646, 1700, 1812, 1813, 3799] },
  { name: 'HSRP', ports: [1985], only: 'destination' },
  { name: 'lwres', ports: [921] },
  { name: 'LDP', ports: [646] },
  { name: 'OLSR', ports: [698] },
  { name: 'LSP ping', ports: [3503] },
  { name: 'Broadcom LI', ports: [49152], only: 'source' },
  { name: 'BFD', ports: [3784, 3785, 4784, 6784], only: 'destination' },
  { name: 'LMP', ports: [701] },
  { name: 'VQP', ports: [1589] },
  { name: 'sFlow', ports: [6343] },
  { name: 'LWAPP', ports: [12222, 12223] },
];

/** Protocols over UDP that come after SIP. */
const UDP_GAPS_AFTER_SIP: readonly UdpGap[] = [
  { name: 'syslog', ports: [514] },
  { name: 'OTV', ports: [8472] },
  { name: 'VXLAN', ports: [4789, 4790] },
  { name: 'Geneve', ports: [6081] },
  { name: 'LISP', ports: [4342] },
  { name: 'ZEP', ports: [17754] },
  { name: 'MPLS', ports: [6635] },
  { name: 'PTP', ports: [319, 320] },
  { name: 'SOME/IP', ports: [30490] },
];

function byPort(gaps: readonly UdpGap[], end: 'source' | 'destination'): Map<number, string> {
  const names = new Map<number, string>();
  for (const { name, ports, only } of gaps) {
    if (only !== undefined && only !== end) continue;
    for (const port of ports) names.set(port, name);
  }
  return names;
}

const BEFORE_SIP = [
  byPort(UDP_GAPS_BEFORE_SIP, 'source'),
  byPort(UDP_GAPS_BEFORE_SIP, 'destination'),
];
const AFTER_SIP = [byPort(UDP_GAPS_AFTER_SIP, 'source'), byPort(UDP_GAPS_AFTER_SIP, 'destination')];

/** What tcpdump would decode a datagram as, where that comes before SIP or after it. */
export function udpGap(
  source: number,
  destination: number,
  isBeforeSip: boolean,
): string | undefined {
  const [bySource, byDestination] = isBeforeSip ? BEFORE_SIP : AFTER_SIP;
  return bySource!.get(source) ?? byDestination!.get(destination);
}
