/**
 * Ethernet on this side, bare IP on the other: what lies between simulated hosts, which ask for
 * hardware addresses, and a TUN device, which has none.
 *
 *     hosts ── Ethernet, ARP, ND ── BareIp ── IP packets ── TUN
 *
 * It answers for every address but those on this side, as a router with proxy ARP does (RFC 1027,
 * RFC 4861 §7.2.8), and gives packets that come in to the host whose address they are for. Probes
 * for duplicates (RFC 5227, RFC 4862 §5.4) get no answer: nobody else has the address.
 */
import {
  ARP_IPV4_LENGTH,
  ArpOperation,
  decodeArp,
  DecodeError,
  decodeIcmpv6,
  decodeIpv6,
  DISCOVERY_HOP_LIMIT,
  encodeIcmpv6,
  encodeIpv6,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  ICMPV6_HEADER_LENGTH,
  icmpv6Fields,
  type IpAddress,
  IpProtocol,
  IPV4_ANY,
  type Ipv6Packet,
  IPV6_ANY,
  isMulticast,
  MAC_BROADCAST,
  type MacAddress,
  multicastMac,
  NeighborFlag,
  pseudoSumIpv6,
  readIcmpv6,
  readIpv4OverEthernet,
  readIpv6,
  u16,
  u32,
  u48,
  u8,
  writeEthernetHeader,
  writeIpv4OverEthernet,
} from '../wire/index.ts';

/** Locally administered, and none that a simulated interface gets. */
export const BARE_IP_MAC: MacAddress = 0x02_ff_00_00_00_01;

/** A simulated interface, as far as packets are to find it. */
export interface Station {
  readonly mac: MacAddress;
  readonly addresses: readonly { readonly address: IpAddress }[];
}

/** Frames to packets and back, and answers for every address of the other side. */
export class BareIp {
  readonly #stations: readonly Station[];
  readonly #answer: (frame: Uint8Array) => void;

  /**
   * @param stations the interfaces on the link; packets for none of them go to the first, whose
   * host may know the way.
   * @param answer takes the frames that answer questions for hardware addresses.
   */
  constructor(stations: readonly Station[], answer: (frame: Uint8Array) => void) {
    this.#stations = stations;
    this.#answer = answer;
  }

  /** The packet in a frame of this side; nothing for what is not IP, or was a question. */
  packetOf(frame: Uint8Array): Uint8Array | undefined {
    if (frame.length < ETHERNET_HEADER_LENGTH) return undefined;
    const etherType = u16(frame, 12);
    if (etherType === EtherType.arp) this.#answerArp(frame);
    const isIp = etherType === EtherType.ipv4 || etherType === EtherType.ipv6;
    if (!isIp || (etherType === EtherType.ipv6 && this.#isDiscovery(frame))) return undefined;
    return frame.subarray(ETHERNET_HEADER_LENGTH);
  }

  /** A packet of the other side as a frame of this one; nothing for what is too short for IP. */
  frameOf(packet: Uint8Array): Uint8Array | undefined {
    const version = packet.length === 0 ? 0 : u8(packet, 0) >>> 4;
    if (!(version === 4 && packet.length >= 20) && !(version === 6 && packet.length >= 40)) {
      return undefined;
    }
    const destination = version === 4 ? u32(packet, 16) : readIpv6(packet, 24);
    const etherType = version === 4 ? EtherType.ipv4 : EtherType.ipv6;
    return frameOf(packet, this.#macOf(destination), etherType);
  }

  #macOf(address: IpAddress): MacAddress {
    if (isMulticast(address)) return multicastMac(address);
    return (this.#stationOf(address) ?? this.#stations[0])?.mac ?? MAC_BROADCAST;
  }

  #stationOf(address: IpAddress): Station | undefined {
    return this.#stations.find(({ addresses }) => addresses.some((at) => at.address === address));
  }

  #answerArp(frame: Uint8Array): void {
    const packet = decodeArp(frame, ETHERNET_HEADER_LENGTH);
    const arp = packet instanceof DecodeError ? undefined : readIpv4OverEthernet(packet);
    if (arp?.operation !== ArpOperation.request || arp.senderAddress === IPV4_ANY) return;
    if (this.#stationOf(arp.targetAddress) !== undefined) return;
    const answer = new Uint8Array(ETHERNET_HEADER_LENGTH + ARP_IPV4_LENGTH);
    writeEthernetHeader(answer, 0, arp.senderMac, BARE_IP_MAC, EtherType.arp);
    writeIpv4OverEthernet(answer, ETHERNET_HEADER_LENGTH, {
      operation: ArpOperation.reply,
      senderMac: BARE_IP_MAC,
      senderAddress: arp.targetAddress,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    });
    this.#answer(answer);
  }

  /** Whether the frame is about neighbours on this link; a solicitation is answered. */
  #isDiscovery(frame: Uint8Array): boolean {
    const packet = decodeIpv6(frame, ETHERNET_HEADER_LENGTH);
    if (packet instanceof DecodeError || packet.nextHeader !== IpProtocol.icmpv6) return false;
    const message = decodeIcmpv6(frame, packet.payloadAt, packet.end);
    const content = message instanceof DecodeError ? message : readIcmpv6(message);
    if (content instanceof DecodeError) return false;
    if (content.kind === 'neighbor-advertisement') return true;
    if (content.kind !== 'neighbor-solicitation') return false;
    const { target } = content;
    if (packet.source !== IPV6_ANY && this.#stationOf(target) === undefined) {
      this.#answer(advertisement(packet, target, u48(frame, 6)));
    }
    return true;
  }
}

/** The answer to a neighbor solicitation, from a proxy: without the override flag. */
function advertisement({ source }: Ipv6Packet, target: bigint, asker: MacAddress): Uint8Array {
  const fields = icmpv6Fields({
    kind: 'neighbor-advertisement',
    flags: NeighborFlag.solicited,
    target,
    options: [{ kind: 'target-link-layer-address', mac: BARE_IP_MAC }],
  });
  const length = ICMPV6_HEADER_LENGTH + fields.payload.length;
  const pseudo = pseudoSumIpv6(target, source, IpProtocol.icmpv6, length);
  const packet = encodeIpv6({
    trafficClass: 0,
    flowLabel: 0,
    nextHeader: IpProtocol.icmpv6,
    hopLimit: DISCOVERY_HOP_LIMIT,
    source: target,
    destination: source,
    payload: encodeIcmpv6(fields, pseudo),
  });
  return frameOf(packet, asker, EtherType.ipv6);
}

function frameOf(packet: Uint8Array, destination: MacAddress, etherType: number): Uint8Array {
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
  writeEthernetHeader(frame, 0, destination, BARE_IP_MAC, etherType);
  frame.set(packet, ETHERNET_HEADER_LENGTH);
  return frame;
}
