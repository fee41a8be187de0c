/** Probes of `traceroute` that are datagrams, each of a socket of its own. */
import type { RawPacket } from '../../stack/index.ts';
import { IpProtocol, printIp, u16 } from '../../wire/index.ts';
import type { DatagramSocket } from '../sockets/datagram-socket.ts';
import type { Process } from '../process.ts';
import { familyOf } from '../sockets/socket-address.ts';
import { icmpFor, type Quote } from './icmp-answers.ts';
import {
  discoveryOf,
  filler,
  type ProbeMethod,
  type ProbeReply,
  type ProbeTarget,
} from './trace-probes.ts';

abstract class DatagramProbes implements ProbeMethod {
  protected readonly target: ProbeTarget;
  protected readonly sockets: DatagramSocket[] = [];
  readonly #process: Process;

  constructor(process: Process, target: ProbeTarget) {
    this.#process = process;
    this.target = target;
  }

  protected abstract portOf(number: number): number;
  protected abstract numberOf(from: number, to: number): number | undefined;

  send(number: number, ttl: number, length: number): void {
    const { address, tos, device, source } = this.target;
    const socket = this.#process.socket('datagram', familyOf(address));
    const { stackSocket } = socket;
    const settings = { ttl, tos, mtuDiscovery: discoveryOf(this.target), wantsErrors: false };
    stackSocket.ipv4 = { ...stackSocket.ipv4, ...settings };
    stackSocket.ipv6 = { ...stackSocket.ipv6, ...settings };
    if (device !== undefined) socket.setsockopt('SO_BINDTODEVICE', device);
    if (source !== undefined) socket.bind(0, printIp(source));
    this.sockets[number]?.close();
    this.sockets[number] = socket;
    const data = filler(length - icmpFor(address).headers);
    socket.send(data, { address: printIp(address), port: this.portOf(number) });
  }

  quoted({ protocol, destination, transport }: Quote): number | undefined {
    if (protocol !== IpProtocol.udp || destination !== this.target.address) return undefined;
    return this.numberOf(u16(transport, 0), u16(transport, 2));
  }

  replied({ protocol, source, payload }: RawPacket): ProbeReply | undefined {
    const isOurs = protocol === IpProtocol.udp && source === this.target.address;
    if (!isOurs || payload.length < 8) return undefined;
    const number = this.numberOf(u16(payload, 2), u16(payload, 0));
    return number === undefined ? undefined : { number };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket?.close();
  }
}

/** Each probe goes to one port more than the one before, where nobody should be. */
export class PortProbes extends DatagramProbes {
  protected override portOf(number: number): number {
    return this.target.first + number;
  }

  protected override numberOf(_from: number, to: number): number {
    return to - this.target.first;
  }
}

/** All go to one port; from which, tells them apart. */
export class ServiceProbes extends DatagramProbes {
  protected override portOf(): number {
    return this.target.first;
  }

  protected override numberOf(from: number, to: number): number | undefined {
    if (to !== this.target.first) return undefined;
    const number = this.sockets.findIndex((socket) => socket?.local.port === from);
    return number < 0 ? undefined : number;
  }
}
