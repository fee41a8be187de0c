/** A socket for scenario code that sees and sends the ARP packets of one interface. */
import type { ArpSocket, ReceivedArp } from '../../stack/index.ts';
import type { Ipv4OverEthernet, MacAddress } from '../../wire/index.ts';
import { PacketSocket } from './packet-socket.ts';

/** A socket of ARP packets (packet(7)), made by `process.arpSocket`. */
export class ArpPacketSocket extends PacketSocket<ReceivedArp, ArpSocket> {
  /** Sends a packet in a frame to that hardware address. */
  send(arp: Ipv4OverEthernet, to: MacAddress): void {
    this.mustBeOpen('send');
    this.stackSocket.send(arp, to, this.owner.now);
  }
}
