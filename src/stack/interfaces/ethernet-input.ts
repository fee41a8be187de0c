/**
 * Frames that arrive at a host: whether they are for this station, and which protocol their
 * EtherType names (RFC 894, IEEE 802.3).
 */
import { ETHERNET_HEADER_LENGTH, EtherType, MAC_BROADCAST, u16, u48 } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { InternetLayer } from '../internet-layer.ts';
import type { Instant } from '../time.ts';
import type { Port } from '../ip/routing.ts';
import type { NetworkInterface } from './interface.ts';

const RUNT = cause('ethernet-runt', 'shorter than an Ethernet header', 'RFC 894');
const NOT_OUR_MAC = cause('ethernet-not-ours', 'for another hardware address', 'RFC 894');
const UNKNOWN_TYPE = cause('ethernet-type', 'an EtherType unknown here', 'RFC 894');

/** What becomes of frames that are dropped. */
interface Dropping {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
}

export class EthernetInput {
  readonly #internet: InternetLayer;
  readonly #host: Dropping;
  readonly #portOf: (from: NetworkInterface) => Port;

  /** @param portOf an interface with its neighbours */
  constructor(internet: InternetLayer, host: Dropping, portOf: (from: NetworkInterface) => Port) {
    this.#internet = internet;
    this.#host = host;
    this.#portOf = portOf;
  }

  receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    const isWhole = frame.length >= ETHERNET_HEADER_LENGTH;
    if (isWhole && u16(frame, 12) === EtherType.ipv4 && u48(frame, 0) === from.mac) {
      this.#internet.ipv4Input.receive(from, frame, why, now);
    } else this.#receiveOther(from, frame, why, now);
  }

  /** What is not a packet of IPv4 to this station alone. */
  #receiveOther(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    if (frame.length < ETHERNET_HEADER_LENGTH) {
      this.#host.dropped(frame, RUNT, now);
      return;
    }
    const destination = u48(frame, 0);
    const isGroup = (frame[0]! & 1) !== 0;
    if (destination !== from.mac && destination !== MAC_BROADCAST && !isGroup) {
      this.#host.dropped(frame, NOT_OUR_MAC, now);
      return;
    }
    const { ipv4Input, ipv6Input } = this.#internet;
    const etherType = u16(frame, 12);
    if (etherType === EtherType.ipv4) ipv4Input.receive(from, frame, why, now);
    else if (etherType === EtherType.ipv6 && from.ipv6 !== undefined)
      ipv6Input.receive(from, frame, why, now);
    else if (etherType === EtherType.arp) this.#receiveArp(from, frame, now);
    else this.#host.dropped(frame, UNKNOWN_TYPE, now);
  }

  #receiveArp(from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const { arp, neighbors } = this.#portOf(from);
    arp.receive(frame, neighbors, now);
  }
}
