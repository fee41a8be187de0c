/**
 * A socket for the ARP packets of one interface (packet(7), `ETH_P_ARP`): a program sees all that
 * arrive and sends what it likes. `arping` is such a program.
 */
import type { Ipv4OverEthernet, MacAddress } from '../../wire/index.ts';
import type { Instant } from '../time.ts';

/** A packet that has arrived. */
export interface ReceivedArp {
  readonly arp: Ipv4OverEthernet;
  /** Whether its frame was for this interface alone. */
  readonly isUnicast: boolean;
  readonly at: Instant;
}

/** Packets that may wait; the kernel bounds them by the receive buffer. */
const WAITING_MOST = 256;

/** What the socket needs of its interface. */
export interface ArpInterface {
  send(arp: Ipv4OverEthernet, destination: MacAddress, now: Instant): void;
  closed(socket: ArpSocket): void;
}

export class ArpSocket {
  /** Called when a packet has come. */
  onReady: (() => void) | undefined = undefined;
  readonly #interface: ArpInterface;
  readonly #received: ReceivedArp[] = [];

  constructor(arpInterface: ArpInterface) {
    this.#interface = arpInterface;
  }

  /** Sends a packet in a frame to that hardware address. */
  send(arp: Ipv4OverEthernet, destination: MacAddress, now: Instant): void {
    this.#interface.send(arp, destination, now);
  }

  /** The next packet, or nothing when none waits. */
  receive(): ReceivedArp | undefined {
    return this.#received.shift();
  }

  close(): void {
    this.#interface.closed(this);
  }

  /** Takes a packet in, or loses it when too many wait. Called by the protocol. */
  deliver(packet: ReceivedArp): void {
    if (this.#received.length >= WAITING_MOST) return;
    this.#received.push(packet);
    this.onReady?.();
  }
}
