/** Probes of `traceroute` that are echo requests, each with one sequence number more. */
import type { RawPacket } from '../../stack/index.ts';
import { encodeIcmpv4 } from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../sockets/raw-packet-socket.ts';
import { echoPair, icmpFor, type Quote } from './icmp-answers.ts';
import { filler, type ProbeMethod, type ProbeReply, type ProbeTarget } from './trace-probes.ts';

export class EchoProbes implements ProbeMethod {
  readonly #identifier: number;
  readonly #socket: RawPacketSocket;
  readonly #target: ProbeTarget;

  constructor(process: Process, socket: RawPacketSocket, target: ProbeTarget) {
    this.#identifier = process.pid & 0xffff;
    this.#socket = socket;
    this.#target = target;
  }

  send(number: number, ttl: number, length: number): void {
    const { address, first } = this.#target;
    const { protocol, echoRequest, headers } = icmpFor(address);
    const rest = this.#identifier * 0x1_0000 + ((first + number) & 0xffff);
    this.#socket.stackSocket.ttl = ttl;
    const message = { type: echoRequest, code: 0, rest, payload: filler(length - headers) };
    this.#socket.send(protocol, encodeIcmpv4(message), address);
  }

  quoted({ protocol, destination, transport }: Quote): number | undefined {
    const { address } = this.#target;
    const isOurs = protocol === icmpFor(address).protocol && destination === address;
    return isOurs ? this.#numberOf(transport) : undefined;
  }

  replied({ protocol, payload }: RawPacket): ProbeReply | undefined {
    const version = icmpFor(this.#target.address);
    if (protocol !== version.protocol || payload[0] !== version.echoReply) return undefined;
    const number = this.#numberOf(payload);
    return number === undefined ? undefined : { number };
  }

  #numberOf(transport: Uint8Array): number | undefined {
    const { identifier, sequence } = echoPair(transport);
    return identifier === this.#identifier ? sequence - this.#target.first : undefined;
  }

  async close(): Promise<void> {
    // its socket is the trace's
  }
}
