/**
 * A hand-made TCP peer against one host. Frames are real in both directions, time is virtual, and
 * states are reached by what a peer and a program can do, never by assigning fields.
 *
 *     const c = connected();
 *     c.peer('P. 1:6(5) ack 1');
 *     c.sends('. 1:1(0) ack 6');
 *     c.sendsNothing();
 */
import { expect, onTestFinished } from 'vitest';
import {
  type Cause,
  cause,
  type Choices,
  type Duration,
  type Errno,
  Host,
  type HostProfile,
  type Instant,
  linux6,
  type NetworkInterface,
  ns,
  SocketError,
  type SocketOption,
  type TcpSocket,
  type TcpState,
  type Connection,
  Tcb,
} from '../../src/stack/index.ts';
import { Loop } from '../../src/sim/index.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameFields,
  type IpAddress,
  LinkType,
  parseIpv4,
  seqDiff,
  TcpFlag,
  toSeq,
  verifyFrame,
} from '../../src/wire/index.ts';
import { type Family, FAMILIES, type FamilyName, headerOf, onWire } from './families.ts';
import { familyOfTest } from './family-test.ts';
import {
  encodeOptions,
  type Line,
  maskedBy,
  numberAt,
  parseLine,
  printLine,
  printOptions,
  stream,
} from './notation.ts';

/** Over IPv4. */
export const HOST_ADDRESS = parseIpv4('10.0.0.1');
export const PEER_ADDRESS = parseIpv4('10.0.0.2');
export const HOST_MAC = 0x02_00_00_00_00_01;
export const PEER_MAC = 0x02_00_00_00_00_02;
export const HOST_PORT = 80;
/** The identification of the host's first packet. */
export const FIRST_ID = 1000;

/**
 * Linux without its least lengths of buffers, so that tests reach small windows, and with buffers
 * that keep their size, so that tests can say what fits.
 */
export const LINUX_WITH_ANY_BUFFER: HostProfile = {
  ...linux6,
  tcp: { ...linux6.tcp, receiveTuning: undefined },
  socketMemory: { ...linux6.socketMemory, receiveLeast: 1, sendLeast: 1 },
};

const BY_PEER: Cause = cause('by-peer', 'the test sends it', 'none');

/** A frame that the host sent. */
export interface SentFrame {
  readonly frame: Frame;
  readonly cause: Cause;
  readonly at: Instant;
}

export interface LaboratoryOptions {
  /** What the two talk over; that of the test by default. */
  readonly family?: FamilyName | undefined;
  readonly profile?: HostProfile | undefined;
  /** What the link leaves for a segment, 1460 by default; or the MTU itself. */
  readonly mss?: number | undefined;
  readonly mtu?: number | undefined;
  readonly checksumOffload?: boolean | undefined;
  /** The host's initial sequence number, in every connection. */
  readonly hostInitial?: number | undefined;
  /** The number that hosts and peers count timestamps from. */
  readonly uptime?: Duration | undefined;
  readonly tickPhase?: Duration | undefined;
  readonly choices?: Partial<Choices> | undefined;
  /** Whether the host knows the peer's hardware address; else ARP shows. */
  readonly knowsPeer?: boolean | undefined;
}

/** One host with a clock, a record of what it sends, and what it says of itself. */
export class Laboratory {
  readonly loop: Loop = new Loop({ events: 1_000_000 });
  readonly family: Family;
  /** The addresses of the host and of the peer, as programs write them. */
  readonly hostAddress: IpAddress;
  readonly peerAddress: IpAddress;
  readonly host: Host;
  readonly interface: NetworkInterface;
  readonly hostInitial: number;
  /** What was sent and no test has looked at yet. */
  readonly sent: SentFrame[] = [];
  /** Names of the causes of frames, drops and states, since the peer last sent something. */
  readonly causes: string[] = [];
  readonly drops: string[] = [];
  /** The moves of connections, as `SYN-SENT → ESTABLISHED`. */
  readonly moves: string[] = [];
  readonly transcript: string[] = [];

  constructor(options: LaboratoryOptions = {}) {
    this.family = options.family === undefined ? familyOfTest() : FAMILIES[options.family];
    this.hostAddress = this.family.address(1);
    this.peerAddress = this.family.address(2);
    this.hostInitial = options.hostInitial ?? 0x1000_0000;
    const profile = options.profile ?? LINUX_WITH_ANY_BUFFER;
    this.host = new Host(
      {
        name: 'host',
        profile,
        uptime: options.uptime,
        tickPhase: options.tickPhase,
        choices: {
          initialSequenceNumber: () => toSeq(this.hostInitial),
          timestampOffset: () => 0,
          ipIdentification: () => FIRST_ID,
          ephemeralPort: (first, _last, _choice, parity) =>
            (first % 2 === 0) === (parity === 'even') ? first : first + 1,
          chance: () => 4,
          ...options.choices,
        },
      },
      {
        random: () => 4,
        wakeAt: (at) => this.loop.schedule({ due: (now) => this.host.wake(now) }, at),
        trace: {
          dropped: (_frame, why) => {
            this.causes.push(why.name);
            this.drops.push(why.name);
            this.note(`   drops: ${why.name}`);
          },
          stateEntered: (_connection, from, to, why) => {
            this.causes.push(why.name);
            this.moves.push(`${from} → ${to}`);
            this.note(`   ${from} → ${to}: ${why.name}`);
          },
        },
      },
    );
    this.interface = this.host.addInterface('eth0', {
      mac: HOST_MAC,
      address: this.family.interfaceAddress(1),
      mtu: options.mtu ?? this.family.mtuFor(options.mss ?? 1460),
      checksumOffload: options.checksumOffload,
    });
    // Each segment for itself: bursts have tests of their own.
    this.host.settings.tcp.bursts = undefined;
    this.interface.attach({
      transmit: (bytes, why, now) => {
        const frame = decodeFrame(LinkType.ethernet, bytes);
        const verdict = verifyFrame(frame);
        expect(frame.error, 'the host sends well-formed frames').toBeUndefined();
        expect([verdict.ipv4, verdict.transport], 'with right checksums').not.toContain('bad');
        this.causes.push(why.name);
        this.sent.push({ frame, cause: why, at: now });
      },
    });
    if (options.knowsPeer !== false) {
      this.host.addNeighbor(this.interface, onWire(this.peerAddress), PEER_MAC, 0);
    }
    onTestFinished(({ task }) => {
      if (task.result?.state === 'fail') return;
      const left = this.sent.map(({ frame, cause: why }) => `${describe(frame)} (${why.name})`);
      expect(left, 'every frame that the host sent was expected').toEqual([]);
    });
  }

  get now(): Instant {
    return this.loop.now;
  }

  /** Lets time pass. */
  after(duration: Duration): void {
    this.loop.runUntil(this.now + duration);
  }

  /** A frame arrives at the host. */
  receive(frame: FrameFields | Uint8Array): void {
    this.causes.length = 0;
    const bytes = frame instanceof Uint8Array ? frame : encodeFrame(frame);
    this.interface.receive(bytes, BY_PEER, this.now);
  }

  /** The next frame that the host has sent by now. */
  takeFrame(): Frame | undefined {
    this.after(0);
    return this.sent.shift()?.frame;
  }

  note(text: string): void {
    this.transcript.push(`${(this.now / 1e9).toFixed(6)} ${text}`);
  }
}

function describe({ tcp, arp, icmpv4, icmpv6, udp }: Frame): string {
  if (tcp !== undefined) return `TCP to port ${tcp.destinationPort}`;
  if (arp !== undefined) return `ARP operation ${arp.operation}`;
  if (icmpv4 !== undefined) return `ICMP type ${icmpv4.type}`;
  if (icmpv6 !== undefined) return `ICMPv6 type ${icmpv6.type}`;
  return udp === undefined ? 'a frame' : `UDP to port ${udp.destinationPort}`;
}

export interface ConversationOptions extends LaboratoryOptions {
  readonly peerInitial?: number | undefined;
  readonly peerPort?: number | undefined;
  readonly hostPort?: number | undefined;
  readonly socket?: Partial<Record<SocketOption, number>> | undefined;
  readonly backlog?: number | undefined;
}

/** What the peer's SYN offers unless a test says otherwise: as little as can be. */
export const PLAIN = '<mss 1460>';
/** What Linux offers. */
export const FULL = '<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>';

/** One connection of the host's, seen from the other end of the wire. */
export class Conversation {
  readonly laboratory: Laboratory;
  /** The port of the peer, and the host's. */
  readonly peerPort: number;
  hostPort: number;
  readonly #peerInitial: number;
  #hostInitial: number;
  #window = 65535;
  /** The listening socket, and the connected one. */
  listener: TcpSocket | undefined = undefined;
  socket: TcpSocket | undefined = undefined;
  #written = 0;
  #read = 0;

  constructor(laboratory: Laboratory, options: ConversationOptions = {}) {
    this.laboratory = laboratory;
    this.peerPort = options.peerPort ?? 40000;
    this.hostPort = options.hostPort ?? HOST_PORT;
    this.#peerInitial = options.peerInitial ?? 0x2000_0000;
    this.#hostInitial = laboratory.hostInitial;
  }

  get host(): Host {
    return this.laboratory.host;
  }

  get now(): Instant {
    return this.laboratory.now;
  }

  get family(): Family {
    return this.laboratory.family;
  }

  get hostAddress(): IpAddress {
    return this.laboratory.hostAddress;
  }

  get peerAddress(): IpAddress {
    return this.laboratory.peerAddress;
  }

  /** A new socket of the host’s. */
  newSocket(): TcpSocket {
    return this.family.open(this.host);
  }

  /** The control block of the connection, as long as there is one. */
  get tcb(): Tcb | undefined {
    return this.connection instanceof Tcb ? this.connection : undefined;
  }

  /** The connection, or what is left of it. */
  get connection(): Connection | undefined {
    return this.host.tcp.find({
      localAddress: onWire(this.hostAddress),
      localPort: this.hostPort,
      remoteAddress: onWire(this.peerAddress),
      remotePort: this.peerPort,
    });
  }

  get state(): TcpState {
    return this.connection?.state ?? 'CLOSED';
  }

  /** Numbers of the host count from here on: where its SYN has another number than before. */
  countFrom(initial: number): void {
    this.#hostInitial = initial;
  }

  /** Lets time pass. */
  after(duration: Duration): void {
    this.laboratory.after(duration);
  }

  /** The peer sends a segment. */
  peer(text: string, changes: Partial<FrameFields> = {}): void {
    this.laboratory.note(`peer:  ${text}`);
    this.laboratory.receive(this.frame(text, changes));
  }

  /** The frame of a segment of the peer's. */
  frame(text: string, changes: Partial<FrameFields> = {}): FrameFields {
    const line = parseLine(text);
    const { window = this.#window } = line;
    this.#window = window;
    const host = this.#hostInitial;
    const frame: FrameFields = {
      ethernet: { source: PEER_MAC, destination: HOST_MAC },
      ...this.family.header(this.peerAddress, this.hostAddress, line),
      tcp: {
        sourcePort: this.peerPort,
        destinationPort: this.hostPort,
        seq: numberAt(this.#peerInitial, line.seq),
        ack: (line.flags & TcpFlag.ack) === 0 ? toSeq(0) : numberAt(host, line.ack ?? 0),
        flags: line.flags,
        window,
        urgentPointer: line.urgentPointer ?? 0,
        options: encodeOptions(line.options ?? [], toSeq(host)),
      },
      payload: stream(line.seq - 1, line.length),
    };
    return { ...frame, ...changes };
  }

  /** The host has sent just this; what the line leaves out is not compared. */
  sends(text: string, why?: string): SentFrame {
    this.after(0);
    const expected = this.#expected(text);
    const { sent } = this.laboratory;
    const next = sent.shift();
    const line = next && this.#lineOf(next.frame);
    const actual = line === undefined ? 'nothing' : printLine(maskedBy(line, expected));
    const whole = line === undefined ? 'nothing' : `${printLine(line)} (${next?.cause.name})`;
    this.laboratory.note(`host:  ${whole}`);
    expect(actual, this.#report(whole)).toBe(printLine(expected));
    if (next === undefined) throw new Error('unreachable');
    if (why !== undefined) expect(next.cause.name, this.#report(whole)).toBe(why);
    return next;
  }

  /** What a line says of a segment in this family: packets of IPv6 have no identification. */
  #expected(text: string): Line {
    const line = parseLine(text);
    return this.family.isVersion6 ? { ...line, id: undefined } : line;
  }

  /** The host sends nothing for so long, and then just this. */
  sendsAfter(duration: Duration, text: string, why?: string): SentFrame {
    const due = this.now + duration;
    this.after(duration);
    const sent = this.sends(text, why);
    expect(sent.at / 1e6, `${this.#report(text)}\nis sent at, in ms`).toBe(due / 1e6);
    return sent;
  }

  /** The host has sent nothing else, and sends nothing in the time given. */
  sendsNothing(duration: Duration = ns(0)): void {
    this.after(duration);
    const sent = this.laboratory.sent.map(({ frame }) => printLine(this.#lineOf(frame)));
    expect(sent, this.#report('nothing is sent')).toEqual([]);
  }

  is(state: TcpState): void {
    expect(this.state, this.#report('is in state')).toBe(state);
  }

  /** The cause was given for something since the peer last sent. */
  traced(name: string): void {
    expect(this.laboratory.causes, this.#report('causes')).toContain(name);
  }

  #report(what: string): string {
    return `${this.laboratory.transcript.join('\n')}\n  at ${(this.now / 1e9).toFixed(6)}: ${what}`;
  }

  #lineOf(frame: Frame): Line {
    const { tcp } = frame;
    if (tcp === undefined) throw new Error('the host sent no TCP segment');
    const { id, tos, ttl } = headerOf(frame);
    expect([tcp.sourcePort, tcp.destinationPort], 'ports').toEqual([this.hostPort, this.peerPort]);
    const seq = seqDiff(tcp.seq, toSeq(this.#hostInitial));
    if ((tcp.flags & TcpFlag.syn) === 0) {
      expect(tcp.payload, 'the octets that belong there').toEqual(
        stream(seq - 1, tcp.payloadLength),
      );
    }
    const hasAck = (tcp.flags & TcpFlag.ack) !== 0;
    return {
      flags: tcp.flags,
      seq,
      length: tcp.payloadLength,
      ack: hasAck ? seqDiff(tcp.ack, toSeq(this.#peerInitial)) : undefined,
      window: tcp.window,
      urgentPointer: undefined,
      options: printOptions(tcp.options, toSeq(this.#peerInitial)),
      id,
      tos,
      ttl,
    };
  }

  /** The program writes; returns how many octets were taken. */
  write(length: number): number {
    this.laboratory.note(`writes ${length}`);
    const taken = this.#program().send(stream(this.#written, length), this.now);
    this.#written += taken;
    return taken;
  }

  /** The program reads, and finds the octets that belong there; −1 when it would wait. */
  read(limit = 1_000_000): number {
    const bytes = this.#program().recv(limit, this.now);
    if (bytes === undefined) return -1;
    expect(bytes, 'the octets that belong there').toEqual(stream(this.#read, bytes.length));
    this.#read += bytes.length;
    this.laboratory.note(`reads ${bytes.length}`);
    return bytes.length;
  }

  close(): void {
    this.laboratory.note('closes');
    this.#program().close(this.now);
  }

  shutdown(): void {
    this.laboratory.note('shuts down writing');
    this.#program().shutdown('write', this.now);
  }

  abort(): void {
    this.#program().linger = { on: true, time: 0 };
    this.close();
  }

  accept(): void {
    this.socket = this.listener?.accept();
    expect(this.socket, this.#report('a connection can be accepted')).toBeDefined();
  }

  #program(): TcpSocket {
    if (this.socket === undefined) throw new Error('no program has this connection');
    return this.socket;
  }

  /** Another peer of the same host. */
  another(options: ConversationOptions): Conversation {
    const conversation = new Conversation(this.laboratory, options);
    conversation.listener = this.listener;
    return conversation;
  }

  /** The peer's half of a handshake with a listener. */
  handshake(options = PLAIN, window = 65535): this {
    this.peer(`S 0:0(0) win ${window} ${options}`);
    this.sends('S. 0:0(0) ack 1');
    this.peer('. 1:1(0) ack 1');
    return this;
  }
}

function setOptions(socket: TcpSocket, options: ConversationOptions): void {
  for (const [name, value] of Object.entries(options.socket ?? {})) {
    socket.setOption(name as SocketOption, value, 0);
  }
}

/** A host that listens. */
export function listening(options: ConversationOptions = {}): Conversation {
  const c = new Conversation(new Laboratory(options), options);
  c.listener = c.newSocket();
  setOptions(c.listener, options);
  c.listener.bind(c.family.any, c.hostPort);
  c.listener.listen(options.backlog ?? 5, 0);
  return c;
}

/** A host whose SYN is on its way. */
export function connecting(options: ConversationOptions = {}): Conversation {
  const c = new Conversation(new Laboratory(options), { peerPort: 80, ...options });
  c.socket = c.newSocket();
  setOptions(c.socket, options);
  if (options.hostPort !== undefined) c.socket.bind(c.family.any, options.hostPort);
  c.socket.connect(c.peerAddress, c.peerPort, 0);
  c.hostPort = c.socket.localPort;
  return c;
}

export interface ConnectedOptions extends ConversationOptions {
  /** The peer's SYN. */
  readonly syn?: string | undefined;
  /** The peer's window field. */
  readonly window?: number | undefined;
}

/** A connection that the peer opened and the program accepted. */
export function connected(options: ConnectedOptions = {}): Conversation {
  const c = listening(options).handshake(options.syn, options.window);
  c.accept();
  c.is('ESTABLISHED');
  return c;
}

/** A connection that the program opened. */
export function connectedActively(options: ConnectedOptions = {}): Conversation {
  const c = connecting(options);
  c.sends('S 0:0(0)');
  c.peer(`S. 0:0(0) ack 1 win ${options.window ?? 65535} ${options.syn ?? PLAIN}`);
  c.sends('. 1:1(0) ack 1');
  c.is('ESTABLISHED');
  return c;
}

/** The errno that a socket call fails with. */
export function errnoOf(call: () => unknown): Errno | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
  return undefined;
}
