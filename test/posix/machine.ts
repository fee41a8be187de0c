/** A process on a host, with a hand-made peer at the other end of the wire. */
import {
  type CallResult,
  type CallUnderWay,
  type Duration,
  type Instant,
  PosixProcess,
  type SocketAddress,
  type SystemCall,
  TcpSocketFile,
} from '../../src/stack/index.ts';
import { familyOfTest } from '../help/family-test.ts';
import { Conversation, type ConversationOptions, Laboratory } from '../help/peer.ts';
import { C, Program } from './program.ts';

/** Port 80 of the host and of the peer, in the family of the test. */
export const here = (): SocketAddress => ({ address: familyOfTest().address(1), port: 80 });
export const there = (): SocketAddress => ({ address: familyOfTest().address(2), port: 80 });

export const socket = (flags = 0): SystemCall => ({
  name: 'socket',
  domain: familyOfTest().socketFamily,
  type: C('SOCK_STREAM') | flags,
  protocol: 0,
});

export const accept = (fd: number, flags = 0): SystemCall => ({ name: 'accept', fd, flags });

export const connect = (fd: number): SystemCall => ({ name: 'connect', fd, address: there() });

export const setOption = (
  fd: number,
  level: string,
  option: string,
  value: number,
): SystemCall => ({ name: 'setsockopt', fd, level, option, value, length: 4 });

/** The process runs after each thing that its host has done, as a driver has it. */
export class Machine {
  readonly peer: Conversation;
  readonly program: Program;
  readonly process: PosixProcess;

  constructor(options: ConversationOptions = {}) {
    this.peer = new Conversation(new Laboratory(options), options);
    this.process = new PosixProcess({
      makeSocket: (_type, family) => new TcpSocketFile(this.peer.host.tcpSocket(family)),
    });
    this.program = new Program(this.process);
  }

  get now(): Instant {
    return this.peer.now;
  }

  begin(call: SystemCall): CallUnderWay {
    return this.process.call(call, this.now);
  }

  result(call: SystemCall): CallResult | undefined {
    return this.begin(call).result;
  }

  /** What a call gives: a number, an errno, or `'waits'`. */
  run(call: SystemCall): number | string {
    return outcome(this.begin(call));
  }

  /** The peer sends segments. */
  receives(...segments: readonly string[]): void {
    for (const segment of segments) {
      this.peer.peer(segment);
      this.process.wake(this.now);
    }
  }

  /** Lets time pass, from deadline to deadline. */
  after(duration: Duration): void {
    const end = this.now + duration;
    for (;;) {
      const next = Math.max(this.now, Math.min(this.process.deadline, this.peer.host.deadline));
      if (next > end) break;
      this.peer.after(next - this.now);
      this.process.wake(this.now);
    }
    this.peer.after(end - this.now);
  }

  /** What the host sends is not looked at. */
  ignoreSent(): void {
    this.peer.after(0);
    this.peer.laboratory.sent.length = 0;
  }
}

export function outcome({ result }: CallUnderWay): number | string {
  return result === undefined ? 'waits' : (result.errno ?? result.returned);
}

/** A machine whose descriptor 3 listens. */
export function listening(options: ConversationOptions = {}): Machine {
  const machine = new Machine(options);
  machine.run(socket());
  machine.run({ name: 'bind', fd: 3, address: here() });
  machine.run({ name: 'listen', fd: 3, backlog: 5 });
  return machine;
}

/** A machine whose descriptor 4 is connected. */
export function connected(options: ConversationOptions = {}): Machine {
  const machine = listening(options);
  machine.peer.handshake();
  machine.run(accept(3));
  return machine;
}
