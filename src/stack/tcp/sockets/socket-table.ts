/** All TCP sockets of a host, and which local ports they may have. */
import { isAnyAddress, type IpAddress } from '../../../wire/index.ts';
import { BoundPorts } from '../../sockets/bound-ports.ts';
import { SocketError } from '../../errno.ts';
import { findEphemeralPort } from '../../sockets/ports.ts';
import type { Route } from '../../ip/routing.ts';
import type { SocketFamily } from '../../sockets/socket-family.ts';
import type { Instant } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';
import { ALONE, mayShare } from './port-sharing.ts';
import { TcpSocket } from './socket.ts';
import type { Tcp } from '../tcp.ts';

export class TcpSocketTable {
  readonly tcp: Tcp;
  readonly ports: BoundPorts<TcpSocket> = new BoundPorts((one, other) =>
    mayShare(one, other, other.isListening),
  );

  constructor(tcp: Tcp) {
    this.tcp = tcp;
  }

  /** A new, unbound socket. */
  open(family: SocketFamily = 'AF_INET'): TcpSocket {
    return new TcpSocket(this, family);
  }

  /** Every bound socket, by port in the order bound. */
  sockets(): IterableIterator<TcpSocket> {
    return this.ports.all();
  }

  /**
   * The port that a socket binds at an address: the one wanted, or for 0 an ephemeral one.
   *
   * @throws SocketError EADDRNOTAVAIL, EADDRINUSE
   */
  portToBind(socket: TcpSocket, address: IpAddress, wanted: number): number {
    const { tcp } = this;
    const isOurs = isAnyAddress(address) || tcp.ipFor(address).isLocal(address);
    if (!isOurs && !socket.bindsFreely && !tcp.host.sockets.bindsFreely) {
      throw new SocketError('EADDRNOTAVAIL', 'bind');
    }
    if (wanted !== 0) {
      if (!this.isFree(wanted, address, socket)) throw new SocketError('EADDRINUSE', 'bind');
      return wanted;
    }
    // Whoever leaves the port to the host gets one of its own, unless the administrator is stingy
    // (Linux inet_csk_find_open_port()).
    const { sharesEphemeralPorts } = tcp.host.sockets;
    const port =
      this.#findPort(address, socket, false) ??
      (sharesEphemeralPorts ? this.#findPort(address, socket, true) : undefined);
    if (port === undefined) throw new SocketError('EADDRINUSE', 'bind');
    return port;
  }

  #findPort(address: IpAddress, socket: TcpSocket, shares: boolean): number | undefined {
    const { choices, host } = this.tcp;
    return findEphemeralPort(choices, host, host.portChoice.streams, 'odd', (candidate) =>
      this.isFree(candidate, address, socket, shares),
    );
  }

  /**
   * Whether the socket may have the port at an address, beside the sockets that hold it, and beside
   * connections whose socket is gone, such as one in TIME-WAIT.
   */
  isFree(port: number, address: IpAddress, socket: TcpSocket, shares = true): boolean {
    if (!this.ports.isFree(port, address, socket, shares)) return false;
    if (this.tcp.connectionsOnPort(port) === 0) return true;
    const wanted = { localAddress: address, isV6Only: socket.isV6Only };
    return this.tcp.sharesPort(port, wanted, shares ? socket : ALONE);
  }

  /**
   * The numbers of the connection that a socket opens: its own address or the route's (MUST-44),
   * its own port or an ephemeral one.
   *
   * @throws SocketError EADDRNOTAVAIL when all are in use
   */
  numbersToConnect(
    socket: TcpSocket,
    to: IpAddress,
    port: number,
    route: Route,
    now: Instant,
  ): FourTuple {
    const { tcp } = this;
    const { localPort } = socket;
    const localAddress = isAnyAddress(socket.localAddress) ? route.source : socket.localAddress;
    const numbers = { localAddress, localPort, remoteAddress: to, remotePort: port };
    if (localPort !== 0) {
      if (!tcp.mayConnect(numbers, true, now)) throw new SocketError('EADDRNOTAVAIL', 'connect');
      return numbers;
    }
    const { choices, host } = tcp;
    const chosen = findEphemeralPort(
      choices,
      host,
      host.portChoice.streams,
      'even',
      (candidate) => {
        numbers.localPort = candidate;
        return this.ports.on(candidate).length === 0 && tcp.mayConnect(numbers, false, now);
      },
    );
    if (chosen === undefined) throw new SocketError('EADDRNOTAVAIL', 'connect');
    numbers.localPort = chosen;
    return numbers;
  }
}
