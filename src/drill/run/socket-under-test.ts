/**
 * Which connection a script's packets belong to. A script talks about one socket at a time: that of
 * its latest `socket()`. When that one listens, the next injected packet makes a child, which takes
 * its place; `accept` then gives the child its descriptor. Sockets that went before are remembered,
 * as their connections are reset at the end.
 *
 *     new ── listen ──> listening ── (a packet is injected: a child) ──> packet-received
 *      │                                                                      │ > S.
 *      │ connect, sendto                                                 syn-ack-sent
 *      v                                                                      │ < .
 *     connecting ── > S ──> syn-sent ── < S. ──> syn-acked               syn-ack-acked
 */
import type { FileDescriptor, SocketAddress, SystemCall } from '../../stack/index.ts';
import { type IpAddress, isIpv6, parseIp, seqToU32, TcpFlag, unmapIpv4 } from '../../wire/index.ts';
import { type Endpoint, type Flow, sameEndpoint } from './addresses.ts';
import type { Configuration } from './configuration.ts';
import type { LivePacket } from './live-to-script.ts';
import { type Numbers, SequenceNumbers, Timestamps } from './mapping.ts';
import type { PacketSpec, TcpSpec } from '../syntax/script.ts';

type Phase =
  | 'new'
  | 'listening'
  | 'packet-received'
  | 'syn-ack-sent'
  | 'syn-ack-acked'
  | 'connecting'
  | 'syn-sent'
  | 'syn-acked';

/** A TCP header as far as a reset at the end is made from it; the wire's numbers. */
export interface LastSegment {
  readonly seq: number;
  /** SEG.LEN: payload, SYN and FIN. */
  readonly length: number;
  readonly ack: number;
  readonly hasAck: boolean;
  readonly window: number;
}

/** A socket that the script knows of. */
export class TrackedSocket implements Numbers {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  phase: Phase = 'new';
  /** Absent for a child that was not accepted yet. */
  fd: FileDescriptor | undefined;
  /** What bind asked for; 0 where it did not, or left it to the stack. */
  boundPort = 0;
  local: Endpoint | undefined = undefined;
  remote: Endpoint | undefined = undefined;
  readonly sequence: SequenceNumbers = new SequenceNumbers();
  timestamps: Timestamps = new Timestamps();
  /** Whether the stack's own ISN is still to be learned from its next SYN. */
  awaitsInitial = false;
  lastInjected: LastSegment | undefined = undefined;
  lastSent: LastSegment | undefined = undefined;

  constructor(protocol: TrackedSocket['protocol'], fd: FileDescriptor | undefined) {
    this.protocol = protocol;
    this.fd = fd;
  }
}

const IPPROTO_ICMP = 1;
const SOCK_DGRAM = 2;
const SOCK_TYPE_MASK = 0xf;

/** Remote ports of injected connections come from the dynamic ones (RFC 6335 §6). */
const FIRST_REMOTE_PORT = 49_152;

/** All sockets of a run, and the one under test. */
export class SocketsUnderTest {
  /** In the order in which they came to be. */
  readonly all: TrackedSocket[] = [];
  current: TrackedSocket | undefined = undefined;
  readonly #localAddress: IpAddress;
  readonly #remoteAddress: IpAddress;
  readonly #configuration: Configuration;
  #nextRemotePort = FIRST_REMOTE_PORT;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
    this.#localAddress = parseIp(configuration.localAddress);
    this.#remoteAddress = parseIp(configuration.remoteAddress);
  }

  /** A call is about to be made: what it sends at once must find its socket. */
  callBegins(call: SystemCall): void {
    if (call.name === 'connect') {
      const socket = this.#byFd(call.fd);
      if (socket === undefined) return;
      if (call.address === 'unspecified') socket.phase = 'new';
      else if (call.address !== 'invalid-pointer') connects(socket, call.address);
    } else if (call.name === 'send') {
      const { address } = call.message;
      const socket = this.#byFd(call.fd);
      const isAddress = address !== undefined && typeof address !== 'string';
      if (socket !== undefined && isAddress) connects(socket, address);
    }
  }

  /** A call has done as the script expects and did not fail. */
  callSucceeded(call: SystemCall, returned: number, peer: SocketAddress | undefined): void {
    if (call.name === 'socket') {
      this.current = new TrackedSocket(protocolOf(call.type, call.protocol), returned);
      this.all.push(this.current);
    } else if (call.name === 'bind') {
      const socket = this.#byFd(call.fd);
      if (socket !== undefined && typeof call.address !== 'string') {
        socket.boundPort = call.address.port;
      }
    } else if (call.name === 'listen') {
      const socket = this.#byFd(call.fd);
      if (socket !== undefined) socket.phase = 'listening';
    } else if (call.name === 'accept') {
      const child = this.#acceptable(peer);
      if (child !== undefined) child.fd = returned;
    } else if (call.name === 'close') {
      const socket = this.#byFd(call.fd);
      if (socket !== undefined) socket.fd = undefined;
    }
  }

  /** The child that accept has returned: by its address, else the youngest without descriptor. */
  #acceptable(peer: SocketAddress | undefined): TrackedSocket | undefined {
    const candidates = this.all.filter(
      ({ phase, fd }) =>
        fd === undefined && (phase === 'syn-ack-sent' || phase === 'syn-ack-acked'),
    );
    return (
      candidates.find(
        ({ remote }) =>
          remote !== undefined && peer !== undefined && sameEndpoint(remote, onTheWire(peer)),
      ) ?? candidates.at(-1)
    );
  }

  #byFd(fd: FileDescriptor): TrackedSocket | undefined {
    return this.all.findLast((socket) => socket.fd === fd);
  }

  /** The socket that a packet of the script is for; a reason when there is none. */
  forScriptPacket({ transport, direction }: PacketSpec): TrackedSocket | string {
    const socket = this.current;
    if (transport.kind === 'tcp' && direction === 'inbound') {
      if (socket === undefined || socket.phase === 'listening') return this.#child(transport);
    }
    if (socket === undefined) return 'there is no socket that this packet could belong to';
    if (transport.kind === 'tcp' && direction === 'outbound') expectSyn(socket, transport);
    const isKnown = transport.kind === 'icmp' || transport.kind === socket.protocol;
    if (!isKnown && transport.ports === undefined) {
      return `a ${transport.kind} packet, but the socket under test speaks ${socket.protocol}`;
    }
    return socket;
  }

  #child({ sequence }: TcpSpec): TrackedSocket {
    const child = new TrackedSocket('tcp', undefined);
    child.phase = 'packet-received';
    const port = this.current?.boundPort || this.#configuration.bindPort;
    child.local = { address: this.#localAddress, port };
    child.remote = { address: this.#remoteAddress, port: this.#nextRemotePort };
    this.#nextRemotePort =
      this.#nextRemotePort === 65_535 ? FIRST_REMOTE_PORT : this.#nextRemotePort + 1;
    child.sequence.remoteInitial = sequence.kind === 'ignored' ? 0 : sequence.start >>> 0;
    this.all.push(child);
    this.current = child;
    return child;
  }

  /** The flow of packets into the socket; where nothing is known yet, the well-known ends. */
  inboundFlow({ local, remote }: TrackedSocket): Flow {
    const { bindPort, connectPort } = this.#configuration;
    return {
      source: remote ?? { address: this.#remoteAddress, port: connectPort },
      destination: local ?? { address: this.#localAddress, port: bindPort },
    };
  }

  /** A packet of the script is about to be injected. */
  injects(socket: TrackedSocket, { transport }: PacketSpec): void {
    if (transport.kind !== 'tcp') return;
    const { flags, sequence } = transport;
    if (socket.phase === 'syn-ack-sent' && flags.ack) socket.phase = 'syn-ack-acked';
    if (socket.phase === 'syn-sent' && flags.ack && flags.syn) {
      socket.phase = 'syn-acked';
      socket.sequence.remoteInitial = sequence.kind === 'ignored' ? 0 : sequence.start >>> 0;
    }
  }

  /** Whether a packet that the stack has sent is the socket under test's. */
  isSentByCurrent(packet: LivePacket): boolean {
    const socket = this.current;
    if (socket === undefined) return false;
    const { source, destination } = packet.flow;
    const { local, remote } = socket;
    if (packet.transport.kind === 'icmp') {
      return socket.protocol === 'icmp' && remote?.address === destination.address;
    }
    if (local !== undefined && remote !== undefined) {
      if (sameEndpoint(source, local) && sameEndpoint(destination, remote)) return true;
    }
    if (remote === undefined || !sameEndpoint(destination, remote)) return false;
    if (packet.transport.kind === 'udp') {
      return socket.protocol === 'udp' && socket.phase === 'connecting';
    }
    return socket.phase === 'syn-sent' && isInitialSyn(packet) && !this.#isOfAnother(packet.flow);
  }

  /** Whether another socket that is open sends from there to there: its SYN goes again. */
  #isOfAnother({ source, destination }: Flow): boolean {
    return this.all.some(
      ({ fd, local, remote }) =>
        fd !== undefined &&
        local !== undefined &&
        remote !== undefined &&
        sameEndpoint(local, source) &&
        sameEndpoint(remote, destination),
    );
  }

  /** Learns from a packet of the socket under test what only the stack could decide. */
  learns(socket: TrackedSocket, packet: LivePacket, expected: PacketSpec): void {
    if (packet.transport.kind === 'icmp') return;
    if (socket.phase === 'connecting' || socket.phase === 'syn-sent') {
      socket.local = packet.flow.source;
    }
    if (packet.transport.kind !== 'tcp') return;
    const { segment } = packet.transport;
    const seq = seqToU32(segment.seq);
    if (socket.phase === 'syn-sent' && socket.awaitsInitial && isInitialSyn(packet)) {
      socket.sequence.localLiveInitial = seq;
      socket.awaitsInitial = false;
    }
    // What was expected may be no SYN-ACK; what came then still shows in the script's numbers.
    if (socket.phase === 'packet-received' && (isSynAck(expected) || segment.flags & TcpFlag.syn)) {
      socket.sequence.localLiveInitial = seq;
    }
    if (socket.phase === 'packet-received' && isSynAck(expected)) socket.phase = 'syn-ack-sent';
    socket.lastSent = lastSegment(packet);
  }
}

/** The last TCP header in the packet, as a reset may need it. */
export function lastSegment({ transport }: LivePacket): LastSegment | undefined {
  if (transport.kind !== 'tcp') return undefined;
  const { flags, payloadLength, seq, ack, window } = transport.segment;
  const controls = ((flags & TcpFlag.syn) >>> 1) + (flags & TcpFlag.fin);
  return {
    seq: seqToU32(seq),
    length: payloadLength + controls,
    ack: seqToU32(ack),
    hasAck: (flags & TcpFlag.ack) !== 0,
    window,
  };
}

function connects(socket: TrackedSocket, remote: Endpoint): void {
  if (socket.phase !== 'new') return;
  socket.phase = 'connecting';
  socket.awaitsInitial = true;
  socket.remote = onTheWire(remote);
}

/** An address as packets carry it: a program may see one of IPv4 mapped. */
function onTheWire({ address, port }: Endpoint): Endpoint {
  return { address: (isIpv6(address) ? unmapIpv4(address) : undefined) ?? address, port };
}

/** The script shows with which number the stack's SYN begins. */
function expectSyn(socket: TrackedSocket, { flags, sequence }: TcpSpec): void {
  if (!flags.syn || sequence.kind === 'ignored') return;
  if (socket.phase === 'connecting' && !flags.ack) {
    socket.phase = 'syn-sent';
    socket.sequence.localScriptInitial = sequence.start >>> 0;
  } else if (socket.phase === 'packet-received' && flags.ack) {
    socket.sequence.localScriptInitial = sequence.start >>> 0;
  }
}

function isSynAck({ transport }: PacketSpec): boolean {
  return transport.kind === 'tcp' && transport.flags.syn && transport.flags.ack;
}

function isInitialSyn({ transport }: LivePacket): boolean {
  if (transport.kind !== 'tcp') return false;
  return (transport.segment.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
}

function protocolOf(type: number, protocol: number): TrackedSocket['protocol'] {
  if ((type & SOCK_TYPE_MASK) !== SOCK_DGRAM) return 'tcp';
  return protocol === IPPROTO_ICMP ? 'icmp' : 'udp';
}
