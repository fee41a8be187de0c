/** One side of a world: a host with a socket and a program, and the judge of what it sends. */
import type { LinkEnd, Loop, Random } from '../../src/sim/index.ts';
import {
  Host,
  type Instant,
  RandomChoices,
  SocketError,
  type SocketOption,
  type TcpSocket,
} from '../../src/stack/index.ts';
import {
  decodeFrame,
  type Frame,
  LinkType,
  sameBytes,
  toSeq,
  verifyFrame,
} from '../../src/wire/index.ts';
import { FAMILIES, type Family, onWire } from '../help/families.ts';
import { Judge } from './world-judge.ts';
import { check, type Program, type Tally, type Witness } from './world-options.ts';

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
