/**
 * Probes of `traceroute` that are SYNs, as any host would send them, each from a port that a socket
 * holds and does not use: the host refuses the SYN-ACK with a RST, so no connection comes about.
 */
import type { RawPacket } from '../../stack/index.ts';
import {
  DecodeError,
  decodeTcp,
  EMPTY,
  encodeTcp,
  encodeTcpOptions,
  ICMPV4_HEADER_LENGTH,
  IpProtocol,
  pseudoSum,
  TCP_HEADER_LENGTH,
  TcpFlag,
  toSeq,
  u16,
} from '../../wire/index.ts';
import type { Process } from '../process.ts';
import type { RawPacketSocket } from '../sockets/raw-packet-socket.ts';
import { familyOf } from '../sockets/socket-address.ts';
import type { StreamSocket } from '../sockets/stream-socket.ts';
import { icmpFor, type Quote } from './icmp-answers.ts';
import type { ProbeMethod, ProbeReply, ProbeTarget } from './trace-probes.ts';

/** The names of a segment's flags, in traceroute's order. */
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [TcpFlag.fin, 'fin'],
  [TcpFlag.syn, 'syn'],
  [TcpFlag.rst, 'rst'],
  [TcpFlag.psh, 'psh'],
  [TcpFlag.ack, 'ack'],
  [TcpFlag.urg, 'urg'],
  [TcpFlag.ece, 'ece'],
  [TcpFlag.cwr, 'cwr'],
];

export class SynProbes implements ProbeMethod {
  readonly #process: Process;
  readonly #socket: RawPacketSocket;
  readonly #target: ProbeTarget;
  readonly #ports: StreamSocket[] = [];

  constructor(process: Process, socket: RawPacketSocket, target: ProbeTarget) {
    this.#process = process;
    this.#socket = socket;
    this.#target = target;
  }

  send(number: number, ttl: number): void {
    const { address, first } = this.#target;
    const { stackSocket } = this.#socket;
    const port = this.#process.socket('stream', familyOf(address));
    port.bind(0);
    this.#ports[number] = port;
    const { now } = this.#process;
    const headers = icmpFor(address).headers - ICMPV4_HEADER_LENGTH + TCP_HEADER_LENGTH;
    const mss = stackSocket.longestWhole(address, now) - headers;
    const options = encodeTcpOptions([
      { kind: 'maximum-segment-size', mss },
      { kind: 'sack-permitted' },
      { kind: 'timestamps', tsVal: Math.floor(now / 1_000_000) >>> 0, tsEcr: 0 },
      { kind: 'no-operation' },
      { kind: 'window-scale', shift: 2 },
    ]);
    const segment = {
      sourcePort: port.local.port,
      destinationPort: first,
      seq: toSeq(this.#process.random()),
      ack: toSeq(0),
      flags: TcpFlag.syn,
      window: Math.min(4 * mss, 0xffff),
      urgentPointer: 0,
      options,
      payload: EMPTY,
    };
    const source = stackSocket.sourceFor(address);
    const length = TCP_HEADER_LENGTH + options.length;
    const pseudo = pseudoSum(source, address, IpProtocol.tcp, length);
    stackSocket.ttl = ttl;
    this.#socket.send(IpProtocol.tcp, encodeTcp(segment, pseudo), address);
  }

  quoted({ protocol, destination, transport }: Quote): number | undefined {
    const { address, first } = this.#target;
    const isOurs = protocol === IpProtocol.tcp && destination === address;
    return isOurs && u16(transport, 2) === first ? this.#numberOf(u16(transport, 0)) : undefined;
  }

  replied({ protocol, source, payload }: RawPacket): ProbeReply | undefined {
    const { address, first } = this.#target;
    if (protocol !== IpProtocol.tcp || source !== address) return undefined;
    const segment = decodeTcp(payload);
    if (segment instanceof DecodeError || segment.sourcePort !== first) return undefined;
    const number = this.#numberOf(segment.destinationPort);
    const flags = FLAG_NAMES.filter(([bit]) => (segment.flags & bit) !== 0);
    return number === undefined
      ? undefined
      : { number, flags: flags.map(([, name]) => name).join(',') };
  }

  #numberOf(port: number): number | undefined {
    const number = this.#ports.findIndex((socket) => socket?.local.port === port);
    return number < 0 ? undefined : number;
  }

  async close(): Promise<void> {
    for (const socket of this.#ports) await socket?.close();
  }
}
