/** Two hosts over an imperfect link, programs on both, and observers that judge what they see. */
import * as fc from 'fast-check';
import {
  type Cause,
  type Duration,
  type FourTuple,
  Host,
  type HostProfile,
  type Instant,
  linux26,
  linux3,
  linux4,
  linux6,
  ms,
  NEVER,
  RandomChoices,
  seconds,
  SocketError,
  type SocketOption,
  type SynOption,
  type TcpSocket,
  type TcpState,
  windows7,
} from '../../src/stack/index.ts';
import { type Fault, Link, type LinkEnd, Loop, Random } from '../../src/sim/index.ts';
import {
  ABSENT,
  decodeFrame,
  type Frame,
  LinkType,
  readTcpOptions,
  sameBytes,
  type Seq,
  seqAdd,
  seqDiff,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
  toSeq,
  verifyFrame,
} from '../../src/wire/index.ts';
import { FAMILIES, type Family, type FamilyName, onWire } from '../help/families.ts';

/** What one side's program does: writes, reads and pauses in turn. */
export interface Program {
  readonly profile: HostProfile;
  /** What its sockets are of; both hosts' packets are of one version. */
  readonly family: FamilyName;
  readonly initial: number;
  readonly socket: Partial<Record<SocketOption, number>>;
  readonly mtu: number;
  /** How much is written at a time, and how long it waits before each. */
  readonly writes: readonly { readonly length: number; readonly pause: Duration }[];
  readonly readLimit: number;
  readonly readPause: Duration;
  /** Ends its side by a half-close when all is written, or by closing when the peer has ended. */
  readonly halfCloses: boolean;
  /** Aborts at that time, whatever is going on. */
  readonly abortsAt: Instant | undefined;
  /** Connects by a SYN with the first octets, or with a request for a cookie (RFC 7413). */
  readonly opensFast?: boolean;
}

/** Looks into a host at each of its connection's segments and states: before it reads one. */
export interface Witness {
  sent(segment: TcpSegment, why: Cause, now: Instant): void;
  arrives(segment: TcpSegment, now: Instant): void;
  stateEntered(connection: FourTuple, from: TcpState, to: TcpState): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly latency: Duration;
  readonly rate: number | undefined;
  readonly queue: number | undefined;
  readonly faults: readonly Fault[];
  /** What happens by chance, in netem's words. */
  readonly netem: readonly string[];
  readonly faultsEnd: Instant;
  readonly client: Program;
  readonly server: Program;
  /** Both call `connect`, at the same time. */
  readonly simultaneous: boolean;
}

/** @throws Error when a law is broken; an `expect` for each frame would take most of the time. */
export function check(isKept: boolean, law: string): asserts isKept {
  if (!isKept) throw new Error(`broken: ${law}`);
}

/** How often each cause was given, over all worlds of a test: what the generators have reached. */
export type Tally = Map<string, number>;

/** The number of each side's host on the link. */
const HOSTS = { client: 1, server: 2 } as const;
export type Side = keyof typeof HOSTS;

const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client');
const macOf = (side: Side): number => 0x020000000000 + HOSTS[side];

/** The octets that a side writes are its own, so that no mix-up goes unseen. */
function octetsOf(side: Side, length: number): Uint8Array {
  const b = new Uint8Array(length);
  const salt = side === 'client' ? 3 : 101;
  for (let i = 0; i < length; i++) b[i] = (i * 31 + (i >>> 8) * 17 + salt) & 0xff;
  return b;
}

/** Judges what one host sends against what it has sent and received before. */
class Judge {
  /** The right edge that the peer has offered, and the one that this host has. */
  #peerEdge: Seq | undefined = undefined;
  #ownEdge: Seq | undefined = undefined;
  #synWindow = 0;
  /** Behind our SYN. */
  #begin: Seq | undefined = undefined;
  /** Behind the data that a SYN carried (RFC 7413), which is sent without knowing the window. */
  #synEnd: Seq | undefined = undefined;
  #ownScale = -1;
  #peerScale = -1;
  #peerMss: number;
  #hasReset = false;
  /** Linux takes a window back when there is no memory: the whole of it. */
  readonly #mayWithdraw: boolean;
  #highest: Seq | undefined = undefined;
  resets = 0;
  zeroWindows = 0;
  retransmitted = 0;

  constructor({ profile, family }: Program) {
    this.#mayWithdraw = profile.tcp.closesWindowWithoutMemory;
    this.#peerMss = FAMILIES[family].defaultMss;
  }

  received(seg: TcpSegment): void {
    const isSyn = (seg.flags & TcpFlag.syn) !== 0;
    if (isSyn) {
      const { mss, windowScale } = optionsOf(seg);
      this.#peerScale = windowScale;
      if (mss !== ABSENT) this.#peerMss = mss;
    }
    if ((seg.flags & TcpFlag.ack) === 0 && !isSyn) return;
    const edge = seqAdd(seg.ack, seg.window * (isSyn ? 1 : 2 ** this.#scale(this.#peerScale)));
    if ((seg.flags & TcpFlag.ack) === 0) {
      this.#synWindow = seg.window; // a SYN offers a window from our ISS + 1 on
      // Perhaps we have sent ours: both open at once, and may close before more is known.
      if (this.#begin !== undefined) this.#offered(seqAdd(this.#begin, seg.window));
      return;
    }
    this.#offered(edge);
  }

  #offered(edge: Seq): void {
    if (this.#peerEdge === undefined || seqDiff(edge, this.#peerEdge) > 0) this.#peerEdge = edge;
  }

  sent(seg: TcpSegment, name: string): void {
    const isSyn = (seg.flags & TcpFlag.syn) !== 0;
    const isReset = (seg.flags & TcpFlag.rst) !== 0;
    check(!this.#hasReset || isReset, 'nothing but RSTs is sent after a RST');
    if (isReset) {
      this.#hasReset = true;
      if (name !== 'no-connection') this.resets += 1;
      return;
    }
    if (isSyn) {
      this.#ownScale = optionsOf(seg).windowScale;
      this.#highest = seqAdd(seg.seq, 1);
      if (seg.payloadLength > 0) this.#synEnd = seqAdd(seg.seq, 1 + seg.payloadLength);
      this.#begin = seqAdd(seg.seq, 1);
      this.#peerEdge ??= seqAdd(this.#begin, this.#synWindow);
    }
    if ((seg.flags & TcpFlag.ack) !== 0) {
      const scale = isSyn ? 0 : this.#scale(this.#ownScale);
      const edge = seqAdd(seg.ack, seg.window * 2 ** scale);
      if (this.#ownEdge !== undefined && !isSyn) {
        const isWithdrawn = this.#mayWithdraw && seg.window === 0;
        check(isWithdrawn || seqDiff(edge, this.#ownEdge) >= 0, 'the right edge never moves left');
      }
      this.#ownEdge = edge;
      if (seg.window === 0) this.zeroWindows += 1;
    }
    const end = seqAdd(seg.seq, seg.payloadLength + (seg.flags & TcpFlag.fin));
    if (!isSyn && seqDiff(end, seg.seq) > 0) {
      const edge = this.#peerEdge;
      const length = seg.end - seg.start - TCP_HEADER_LENGTH;
      check(length <= this.#peerMss, 'text and options fit into the MSS (RFC 6691)');
      // A SYN may have carried more than the window takes. Sent again at its edge, that is a probe.
      const isProbe = seg.seq === edge && this.#synEnd !== undefined;
      const most = isProbe ? this.#synEnd : edge;
      check(most !== undefined && seqDiff(end, most) <= 0, `${name} stays inside the window`);
      if (this.#highest !== undefined && seqDiff(seg.seq, this.#highest) < 0)
        this.retransmitted += 1;
      else this.#highest = end;
    }
  }

  #scale(own: number): number {
    return this.#ownScale >= 0 && this.#peerScale >= 0 ? Math.min(own, 14) : 0;
  }
}

function optionsOf(seg: TcpSegment): TcpOptionValues {
  return readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
}

/** One side: a host, its socket and its program, which calls back and never waits. */
export class Party {
  readonly side: Side;
  readonly host: Host;
  readonly judge: Judge;
  readonly program: Program;
  readonly family: Family;
  readonly toWrite: Uint8Array;
  readonly expected: Uint8Array;
  socket: TcpSocket | undefined = undefined;
  written = 0;
  read = 0;
  atEnd = false;
  error: string | undefined = undefined;
  closed = false;
  witness: Witness | undefined = undefined;
  readonly #loop: Loop;
  readonly #tally: Tally;
  #connected = false;
  #turn = 0;
  #turnLeft = 0;
  #mayWriteAt: Instant = 0;
  #mayReadAt: Instant = 0;
  #halfClosed = false;

  constructor(
    side: Side,
    program: Program,
    peer: Program,
    loop: Loop,
    random: Random,
    tally: Tally,
  ) {
    this.side = side;
    this.program = program;
    this.family = FAMILIES[program.family];
    this.judge = new Judge(program);
    this.#loop = loop;
    this.#tally = tally;
    const total = (p: Program): number => p.writes.reduce((sum, { length }) => sum + length, 0);
    this.toWrite = octetsOf(side, total(program));
    this.expected = octetsOf(otherSide(side), total(peer));
    const count = (name: string): void => void tally.set(name, (tally.get(name) ?? 0) + 1);
    const choices = new RandomChoices(() => random.u32());
    choices.initialSequenceNumber = () => toSeq(program.initial);
    this.host = new Host(
      { name: side, profile: program.profile, choices },
      {
        random: () => random.u32(),
        wakeAt: (at) => loop.schedule({ due: (now) => this.host.wake(now) }, at),
        trace: {
          dropped: (_frame, why) => count(why.name),
          stateEntered: (connection, from, to, why) => {
            this.witness?.stateEntered(connection, from, to);
            count(why.name);
            count(`${from} → ${to}`);
          },
        },
      },
    );
    const eth0 = this.host.addInterface('eth0', {
      mac: macOf(side),
      address: this.family.interfaceAddress(HOSTS[side]),
      mtu: program.mtu,
    });
    const peerAddress = this.family.address(HOSTS[otherSide(side)]);
    this.host.addNeighbor(eth0, onWire(peerAddress), macOf(otherSide(side)), 0);
  }

  /** Sees what leaves this side and what arrives at it. */
  observe(end: LinkEnd): void {
    end.observeSent({
      frame: (bytes, why, now) => {
        this.#tally.set(why.name, (this.#tally.get(why.name) ?? 0) + 1);
        const { tcp } = this.#soundOf(bytes) ?? {};
        check(
          this.#soundOf(bytes) !== undefined,
          `${why.name} is well-formed, its checksums right`,
        );
        check(bytes.length <= 14 + this.program.mtu, 'no packet is longer than the MTU');
        if (tcp === undefined) return;
        this.judge.sent(tcp, why.name);
        this.witness?.sent(tcp, why, now);
      },
    });
    end.observeArrivals({
      frame: (bytes, _why, now) => {
        const frame = this.#soundOf(bytes);
        if (frame?.tcp !== undefined && frame.ethernet?.destination === macOf(this.side)) {
          this.judge.received(frame.tcp);
          this.witness?.arrives(frame.tcp, now);
        }
      },
    });
  }

  #soundOf(bytes: Uint8Array): Frame | undefined {
    const frame = decodeFrame(LinkType.ethernet, bytes);
    const { ipv4, transport } = verifyFrame(frame);
    return frame.error === undefined && ipv4 !== 'bad' && transport !== 'bad' ? frame : undefined;
  }

  listen(): void {
    const listener = this.#newSocket();
    listener.bind(this.family.any, 80);
    listener.listen(5, 0);
    listener.onReady = () => {
      const socket = listener.accept();
      if (socket === undefined) return;
      listener.close(this.#loop.now);
      this.#own(socket);
      this.#run();
    };
  }

  connect(localPort: number, port: number): void {
    const socket = this.#newSocket();
    if (localPort !== 0) socket.bind(this.family.any, localPort);
    this.#own(socket);
    const address = this.family.address(HOSTS[otherSide(this.side)]);
    const first = this.program.writes[0]?.length ?? 0;
    if (this.program.opensFast === true && first > 0) {
      const memory = [this.toWrite.subarray(0, first)];
      this.written = socket.connectFast({ address, port }, memory, this.#loop.now);
      this.#turnLeft = first - this.written;
      if (this.#turnLeft === 0) this.#turn = 1;
    } else {
      socket.connect(address, port, this.#loop.now);
    }
  }

  #newSocket(): TcpSocket {
    const socket = this.family.open(this.host);
    for (const [name, value] of Object.entries(this.program.socket)) {
      socket.setOption(name as SocketOption, value, this.#loop.now);
    }
    return socket;
  }

  #own(socket: TcpSocket): void {
    this.socket = socket;
    socket.onReady = () => this.#run();
    this.#mayWriteAt = this.#loop.now + (this.program.writes[0]?.pause ?? 0);
    if (this.program.writes.length > 0) this.#later(this.#mayWriteAt);
    const { abortsAt } = this.program;
    if (abortsAt === undefined) return;
    this.#loop.schedule({ due: (now) => this.#abort(now) }, Math.max(abortsAt, this.#loop.now));
  }

  #abort(now: Instant): void {
    if (this.socket === undefined || this.closed) return;
    this.closed = true;
    this.socket.linger = { on: true, time: 0 };
    this.socket.close(now);
  }

  #later(at: Instant): void {
    this.#loop.schedule({ due: () => this.#run() }, Math.max(at, this.#loop.now));
  }

  #run(): void {
    const { socket } = this;
    if (socket === undefined || this.closed) return;
    try {
      if (!this.#connected && !socket.connected()) return;
      this.#connected = true;
      this.#write(socket);
      this.#read(socket);
      this.#end(socket);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      this.error = error.code;
      this.closed = true;
      socket.close(this.#loop.now);
    }
  }

  #write(socket: TcpSocket): void {
    const { writes } = this.program;
    const now = this.#loop.now;
    while (this.#turn < writes.length && now >= this.#mayWriteAt) {
      if (this.#turnLeft === 0) this.#turnLeft = writes[this.#turn]?.length ?? 0;
      const chunk = this.toWrite.subarray(this.written, this.written + this.#turnLeft);
      const taken = socket.send(chunk, now);
      this.written += taken;
      this.#turnLeft -= taken;
      if (this.#turnLeft > 0) return;
      this.#turn += 1;
      const pause = writes[this.#turn]?.pause ?? 0;
      this.#mayWriteAt = now + pause;
      if (pause > 0 && this.#turn < writes.length) this.#later(this.#mayWriteAt);
    }
  }

  #read(socket: TcpSocket): void {
    const now = this.#loop.now;
    while (!this.atEnd && now >= this.#mayReadAt) {
      const bytes = socket.recv(this.program.readLimit, now);
      if (bytes === undefined) return;
      if (bytes.length === 0) {
        this.atEnd = true;
        return;
      }
      check(
        sameBytes(bytes, this.expected.subarray(this.read, this.read + bytes.length)),
        `${this.side} reads what was written`,
      );
      this.read += bytes.length;
      if (this.program.readPause > 0) {
        this.#mayReadAt = now + this.program.readPause;
        this.#later(this.#mayReadAt);
      }
    }
  }

  #end(socket: TcpSocket): void {
    if (this.#turn < this.program.writes.length) return;
    if (this.atEnd) {
      this.closed = true;
      socket.close(this.#loop.now);
    } else if (this.program.halfCloses && !this.#halfClosed) {
      this.#halfClosed = true;
      socket.shutdown('write', this.#loop.now);
    }
  }
}

/** Whether anything befalls frames on their way, for a time. */
export function hasFaults({ faults, netem }: WorldOptions): boolean {
  return faults.length + netem.length > 0;
}

/** What a run of a world has shown. */
export interface Outcome {
  readonly client: Party;
  readonly server: Party;
  readonly loop: Loop;
  /** Over every frame on the link, in order, with its time. */
  readonly digest: number;
  readonly frames: number;
}

/** Lets a world run until nothing happens any more. */
export function run(
  options: WorldOptions,
  tally: Tally,
  witnessOf?: (party: Party) => Witness,
): Outcome {
  const loop = new Loop({ events: 300_000 });
  const random = new Random(options.seed);
  const link = new Link(loop, {
    latency: options.latency,
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    ...(options.queue === undefined ? {} : { queue: options.queue }),
    faults: options.faults,
    netem: options.netem.join(' '),
    random,
  });
  if (hasFaults(options)) link.change(options.faultsEnd, { faults: [], netem: '' });
  const { client: c, server: s } = options;
  const client = new Party('client', c, s, loop, random.fork('client'), tally);
  const server = new Party('server', s, c, loop, random.fork('server'), tally);
  const families = `${c.family} to ${s.family}`;
  tally.set(families, (tally.get(families) ?? 0) + 1);
  let digest = 0x811c9dc5;
  let frames = 0;
  const observer = {
    frame: (bytes: Uint8Array, _cause: Cause, now: Instant): void => {
      frames += 1;
      digest = Math.imul(digest ^ (now | 0), 0x01000193);
      for (const octet of bytes) digest = Math.imul(digest ^ octet, 0x01000193);
    },
  };
  for (const [party, end] of [
    [client, link.a],
    [server, link.b],
  ] as const) {
    const eth0 = party.host.interfaces[1];
    if (eth0 === undefined) throw new Error('no interface');
    eth0.attach(end);
    end.attach(eth0);
    end.observe(observer);
    party.observe(end);
    party.witness = witnessOf?.(party);
  }
  if (options.simultaneous) {
    client.connect(7000, 80);
    server.connect(80, 7000);
  } else {
    server.listen();
    client.connect(0, 80);
  }
  loop.run();
  return { client, server, loop, digest, frames };
}

/** What holds at the end of every world: nothing is left to do. */
export function expectNothingToDo({ client, server, loop }: Outcome): void {
  for (const { side, host } of [client, server]) {
    check(host.deadline === NEVER, `no timers of the ${side} are left`);
  }
  check(loop.pending === 0, 'nothing is scheduled');
}

/** The connections that are left, of both. */
export function connectionsLeft({ client, server }: Outcome): string[] {
  return [client, server].flatMap(({ host }) => host.tcp.connections().map(({ state }) => state));
}

const systems = fc.constantFrom<HostProfile>(linux6, linux6, linux4, linux3, linux26, windows7);

/** A system, perhaps with fewer options than it has: the layouts follow the order. */
const profiles: fc.Arbitrary<HostProfile> = fc
  .tuple(
    systems,
    fc.subarray<SynOption>(['sack-permitted', 'timestamps', 'window-scale']),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([system, kept, isWhole, ticks]) => ({
    ...system,
    timers: ticks ? { tick: ms(4), wheel: true } : system.timers,
    tcp: isWhole
      ? system.tcp
      : {
          ...system.tcp,
          synOptions: system.tcp.synOptions.filter((name) => name === 'mss' || kept.includes(name)),
        },
  }));

const initials = fc.oneof(
  fc.constantFrom(0, 2 ** 31 - 2, 2 ** 32 - 2),
  fc.integer({ min: 2 ** 32 - 40_000, max: 2 ** 32 - 1 }),
  fc.integer({ min: 2 ** 31 - 40_000, max: 2 ** 31 - 1 }),
  fc.nat({ max: 2 ** 32 - 1 }),
);

const writes = fc.array(
  fc.record({
    length: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 200 }) },
      { weight: 2, arbitrary: fc.integer({ min: 1000, max: 6000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 6000, max: 60_000 }) },
    ),
    pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }).map(ms)),
  }),
  { maxLength: 6, size: 'max' },
);

const programs = (
  aborts: fc.Arbitrary<number | undefined>,
): fc.Arbitrary<Omit<Program, 'family'>> =>
  fc.record({
    profile: profiles,
    initial: initials,
    socket: fc.record(
      {
        SO_RCVBUF: fc.constantFrom(500, 2000, 4096, 10_000, 65_535, 300_000),
        SO_SNDBUF: fc.constantFrom(50, 700, 3000, 20_000, 200_000),
        TCP_MAXSEG: fc.constantFrom(88, 300, 536, 1400),
        TCP_NODELAY: fc.constantFrom(0, 1),
      },
      { requiredKeys: [] },
    ),
    mtu: fc.constantFrom(1500, 1500, 576, 9000),
    writes,
    readLimit: fc.constantFrom(1, 100, 1000, 5000, 100_000, 100_000),
    readPause: fc.constantFrom(0, 0, 0, ms(1), ms(30), ms(700)),
    halfCloses: fc.boolean(),
    abortsAt: aborts,
  });

const impairments: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('loss 2%', 'loss 10%', 'loss 30%'),
  fc.constantFrom('duplicate 5%', 'duplicate 30%'),
  fc.constantFrom('corrupt 5%', 'corrupt 30%'),
  fc
    .tuple(fc.constantFrom(90, 60), fc.constantFrom(1, 30, 400))
    .map(([atOnce, delay]) => `delay ${delay}ms reorder ${atOnce}%`),
  fc.constantFrom('delay 500us 500us', 'delay 30ms 30ms', 'delay 30ms 10ms distribution pareto'),
);

/** The families of client and server that meet. */
export const FAMILIES_THAT_MEET: readonly (readonly [FamilyName, FamilyName])[] = [
  ['ipv4', 'ipv4'],
  ['ipv4-mapped', 'ipv4'],
  ['ipv4', 'ipv4-mapped'],
  ['ipv4-mapped', 'ipv4-mapped'],
  ['ipv6', 'ipv6'],
];

/** Half of the packets are to be of IPv6. */
const familiesThatMeet = fc.oneof(
  fc.constantFrom(...FAMILIES_THAT_MEET.slice(0, -1)),
  fc.constantFrom(...FAMILIES_THAT_MEET.slice(-1)),
);

/** Worlds in which a program aborts at the time that `aborts` gives, if it gives one. */
export const worlds = (aborts: fc.Arbitrary<number | undefined>): fc.Arbitrary<WorldOptions> =>
  fc
    .record({
      seed: fc.nat(),
      latency: fc.constantFrom(0, ms(0.01), ms(1), ms(25), ms(150)),
      rate: fc.constantFrom(undefined, undefined, 1_000_000, 20_000_000),
      queue: fc.constantFrom(undefined, undefined, 3, 10),
      faults: fc.constant([]),
      netem: fc.uniqueArray(impairments, {
        maxLength: 3,
        size: 'max',
        selector: (words) => words.split(' ', 1)[0],
      }),
      faultsEnd: fc.constantFrom(ms(100), seconds(2), seconds(6)),
      client: programs(aborts),
      server: programs(aborts),
      simultaneous: fc.nat({ max: 9 }).map((n) => n === 0),
      families: familiesThatMeet,
    })
    .map(({ families, ...world }) => {
      const [client, server] = families;
      const { client: c, server: s } = world;
      const spoken = { ...world, client: speaking(client, c), server: speaking(server, s) };
      return withoutPointlessWait(limitReads(spoken));
    });

/** The program with sockets of that family, on a link that is long enough for it. */
function speaking(family: FamilyName, program: Omit<Program, 'family'>): Program {
  return { ...program, family, mtu: Math.max(program.mtu, FAMILIES[family].leastMtu) };
}

/** A reader of one octet at a time with pauses would need days: such a one reads at once. */
function limitReads(world: WorldOptions): WorldOptions {
  const limit = (program: Program): Program =>
    program.readLimit < 5000 && program.readPause > 0 ? { ...program, readLimit: 5000 } : program;
  return { ...world, client: limit(world.client), server: limit(world.server) };
}

/** Someone must end its side first. */
function withoutPointlessWait(world: WorldOptions): WorldOptions {
  const { client, server } = world;
  return client.halfCloses || server.halfCloses
    ? world
    : { ...world, client: { ...client, halfCloses: true } };
}
