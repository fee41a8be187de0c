/**
 * Frames over UDP, each in a datagram of its own: what QEMU's `-netdev dgram` speaks, and the way
 * from socat's TUN, which has no other to keep packets apart.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { InputError, UsageError } from '../errors.ts';
import { type Place, printPlace } from './place.ts';
import { SEND_QUEUE_LIMIT, type Transport, type TransportUser } from './transport.ts';

/** A place with a port. */
type UdpPlace = Extract<Place, { readonly port: number }>;

export class Datagrams implements Transport {
  readonly #local: UdpPlace | undefined;
  readonly #socket: Socket;
  /** Who frames go to: as the user said, or who sent the last one. */
  #remote: UdpPlace | undefined;

  /** @throws UsageError for a place without a port */
  constructor(local: Place | undefined, remote: Place | undefined) {
    this.#local = udpPlace(local);
    this.#remote = udpPlace(remote);
    const host = (this.#remote ?? this.#local)?.host ?? '';
    this.#socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  }

  get where(): string {
    const { address, port } = this.#socket.address();
    const remote = this.#remote === undefined ? 'whoever sends' : printPlace(this.#remote);
    return `datagrams between ${printPlace({ host: address, port })} and ${remote}`;
  }

  async open(user: TransportUser): Promise<void> {
    const socket = this.#socket;
    const isGiven = this.#remote !== undefined;
    socket.on('message', (bytes, { address, port }) => {
      if (!isGiven) this.#learn({ host: address, port }, user);
      user.frame(bytes);
    });
    const local = this.#local;
    socket.bind(local === undefined ? {} : { address: local.host, port: local.port });
    try {
      await once(socket, 'listening');
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      const where = local === undefined ? 'a UDP port' : printPlace(local);
      throw new InputError(`cannot bind ${where} (${code})`, { cause: error });
    }
    socket.on('error', (error) => user.ended(new InputError(error.message, { cause: error })));
  }

  /** Who sent last is who frames go to. */
  #learn(remote: UdpPlace, user: TransportUser): void {
    const { host, port } = this.#remote ?? {};
    if (remote.host === host && remote.port === port) return;
    this.#remote = remote;
    user.noted(`frames come from ${printPlace(remote)}`);
  }

  send(frame: Uint8Array): boolean {
    const remote = this.#remote;
    if (remote === undefined || this.#socket.getSendQueueSize() > SEND_QUEUE_LIMIT) return false;
    this.#socket.send(frame, remote.port, remote.host, ignoreLoss);
    return true;
  }

  close(): void {
    this.#socket.close();
  }
}

/** A datagram that could not be sent is lost, as datagrams are. */
function ignoreLoss(): void {}

function udpPlace(place: Place | undefined): UdpPlace | undefined {
  if (place?.path !== undefined) {
    throw new UsageError(`--udp takes HOST:PORT, not the path ${place.path}`);
  }
  return place;
}
