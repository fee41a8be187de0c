/** A raw socket for scenario code: what is behind the IP header, written and seen as it is. */
import type { RawPacket, RawSocket } from '../../stack/index.ts';
import type { IpAddress } from '../../wire/index.ts';
import { PacketSocket } from './packet-socket.ts';

/** A raw socket (raw(7)), made by `process.rawSocket`. */
export class RawPacketSocket extends PacketSocket<RawPacket, RawSocket> {
  /** Sends a packet of that protocol. @throws SocketError EMSGSIZE, ENETUNREACH … */
  send(protocol: number, payload: Uint8Array, to: IpAddress): void {
    this.mustBeOpen('send');
    this.stackSocket.send(protocol, payload, to, this.owner.now);
  }
}
