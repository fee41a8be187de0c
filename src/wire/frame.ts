/**
 * A frame as a capture holds it: its layers decoded as far as they go, and back to bytes.
 *
 * Each protocol has a field of its own, so that `if (frame.tcp)` tells what a frame is, and one is
 * written by hand as a plain literal:
 *
 *     encodeFrame({
 *       ethernet: { source: 0x020000000001, destination: 0x020000000002 },
 *       ipv4: { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.0.0.2') },
 *       udp: { sourcePort: 1024, destinationPort: 7 },
 *       payload: utf8('hi'),
 *     })
 *
 * Law: for every byte string and every link type, encoding what was decoded gives the same bytes.
 * What no layer explains is `payload`, what follows the innermost layer is `trailer`, and lengths
 * and checksums stay as they were, right or wrong.
 */
import type { ArpPacket, Ipv4OverEthernet } from './arp.ts';
import type { BsdLoopbackHeader } from './bsd-loopback.ts';
import { EMPTY } from './bytes.ts';
import type { DecodeError } from './decode-error.ts';
import type { EthernetFields, EthernetFrame } from './ethernet.ts';
import type { Icmpv4Fields, Icmpv4Message } from './icmpv4.ts';
import type { Icmpv6Fields, Icmpv6Message } from './icmpv6.ts';
import type { Ipv4Fields, Ipv4Packet } from './ipv4.ts';
import type { Ipv6Fields, Ipv6Packet } from './ipv6.ts';
import type { Ipv6Extension } from './ipv6-extensions.ts';
import type { LinuxCookedHeader } from './linux-cooked.ts';
import type { TcpFields, TcpSegment } from './tcp.ts';
import type { UdpDatagram, UdpFields } from './udp.ts';

/** A layer without its payload, of which only the fields `K` must be given. */
type Layer<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, 'payload'>>;

/**
 * What a frame is made of. At most one link header, one network layer and one transport layer; any
 * may be missing. Lengths, checksums and type numbers left out are computed, those given are kept.
 */
export interface FrameFields {
  readonly ethernet?: Layer<EthernetFields, 'source' | 'destination'> | undefined;
  readonly cooked?: LinuxCookedHeader | undefined;
  readonly loopback?: BsdLoopbackHeader | undefined;
  readonly arp?: ArpPacket | Ipv4OverEthernet | undefined;
  /** The time to live is 64 when left out, everything else zero. */
  readonly ipv4?: Layer<Ipv4Fields, 'source' | 'destination'> | undefined;
  /** The hop limit is 64 when left out, everything else zero. */
  readonly ipv6?: Layer<Ipv6Fields, 'source' | 'destination'> | undefined;
  /** Between the IPv6 header and what it carries. */
  readonly extensions?: readonly Ipv6Extension[] | undefined;
  readonly icmpv4?: Layer<Icmpv4Fields, 'type'> | undefined;
  readonly icmpv6?: Layer<Icmpv6Fields, 'type'> | undefined;
  readonly udp?: Layer<UdpFields, 'sourcePort' | 'destinationPort'> | undefined;
  /** The window is 65,535 when left out, everything else zero. */
  readonly tcp?: Layer<TcpFields, 'sourcePort' | 'destinationPort' | 'seq' | 'flags'> | undefined;
  /** What the innermost layer carries. */
  readonly payload?: Uint8Array | undefined;
  /** Octets after it, such as Ethernet's padding: no length counts them. */
  readonly trailer?: Uint8Array | undefined;
}

/** A decoded frame. The layers are views of `bytes`; so are payload and trailer. */
export class Frame implements FrameFields {
  readonly linkType: number;
  readonly bytes: Uint8Array;
  readonly ethernet: EthernetFrame | undefined = undefined;
  readonly cooked: LinuxCookedHeader | undefined = undefined;
  readonly loopback: BsdLoopbackHeader | undefined = undefined;
  readonly arp: ArpPacket | undefined = undefined;
  readonly ipv4: Ipv4Packet | undefined = undefined;
  readonly ipv6: Ipv6Packet | undefined = undefined;
  readonly extensions: readonly Ipv6Extension[] | undefined = undefined;
  readonly icmpv4: Icmpv4Message | undefined = undefined;
  readonly icmpv6: Icmpv6Message | undefined = undefined;
  readonly udp: UdpDatagram | undefined = undefined;
  readonly tcp: TcpSegment | undefined = undefined;
  /** Where in `bytes` the payload begins, and where the trailer does. */
  readonly payloadAt: number = 0;
  readonly payloadEnd: number;
  /**
   * Why the frame was not decoded further, or that its packet is cut short: then the layers whose
   * headers are whole are there all the same. Not set for a fragment, which has no further layers.
   */
  readonly error: DecodeError | undefined = undefined;

  constructor(linkType: number, bytes: Uint8Array) {
    this.linkType = linkType;
    this.bytes = bytes;
    this.payloadEnd = bytes.length;
  }

  /** What the innermost layer carries, as far as it was captured. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.payloadEnd);
  }

  /** The octets after what the innermost layer's length counts. */
  get trailer(): Uint8Array {
    const { bytes, payloadEnd } = this;
    return payloadEnd === bytes.length ? EMPTY : bytes.subarray(payloadEnd);
  }
}
