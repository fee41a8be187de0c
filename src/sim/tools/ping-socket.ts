/** What requests of `ping` leave by, and what it says when they cannot. */
import { type RawSocket, SocketError, wordsOf } from '../../stack/index.ts';
import { type IpAddress, isIpv6 } from '../../wire/index.ts';
import type { PingRequest } from './ping-request.ts';

/** `-I`: an address to send from, or an interface to send by, as a zone is. */
export function bindTo(socket: RawSocket, request: PingRequest): void {
  const { address, source, device, zone } = request;
  // A source of the other version of IP says nothing.
  if (source !== undefined && isIpv6(source) === isIpv6(address)) socket.bind(source);
  const by = zone ?? device;
  if (by !== undefined) socket.bindToDevice(by);
}

/** What failed, as ping says it. */
export function refusalOf({ code }: SocketError, { zone, device }: PingRequest): string {
  if (code === 'EACCES') {
    return 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules';
  }
  const call = code === 'EADDRNOTAVAIL' ? 'bind' : 'connect';
  return `${code === 'ENODEV' ? `SO_BINDTODEVICE ${zone ?? device}` : call}: ${wordsOf(code)}`;
}

/** The address that requests carry. What goes to everybody has to be wanted: `-b`. */
export function findSource(
  socket: RawSocket,
  { address, mayBroadcast }: PingRequest,
  print: (line: string) => void,
): IpAddress {
  try {
    return socket.sourceFor(address);
  } catch (error) {
    const isToAll = error instanceof SocketError && error.code === 'EACCES';
    if (!isToAll || !mayBroadcast) throw error;
    socket.mayBroadcast = true;
    const source = socket.sourceFor(address);
    print('WARNING: pinging broadcast address');
    return source;
  }
}
