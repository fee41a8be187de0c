/** System calls in short, for the tests of the process. */
import {
  type CallResult,
  constantOf,
  type EpollEvent,
  type Instant,
  PosixProcess,
  type SystemCall,
} from '../../src/stack/index.ts';

/** The flags of these C names together. */
export function flags(...names: readonly string[]): number {
  return names.reduce((sum, name) => {
    const value = constantOf(name);
    if (value === undefined) throw new Error(`no constant ${name}`);
    return (sum | value) >>> 0;
  }, 0);
}

/** Flags as in a script: `POLLIN|POLLOUT`. */
export function C(names: string): number {
  return flags(...names.split('|'));
}

export const write = (fd: number, bytes: Uint8Array | number, flags = 0): SystemCall => ({
  name: 'send',
  fd,
  message: {
    address: undefined,
    buffers: [typeof bytes === 'number' ? new Uint8Array(bytes) : bytes],
    control: [],
  },
  flags,
});

export const read = (fd: number, length: number, flags = 0): SystemCall => ({
  name: 'receive',
  fd,
  lengths: [length],
  isPointerInvalid: false,
  flags,
  wantsControl: false,
});

export const close = (fd: number): SystemCall => ({ name: 'close', fd });

export const setNonBlocking = (fd: number): SystemCall => ({
  name: 'fcntl',
  fd,
  command: C('F_SETFL'),
  argument: C('O_NONBLOCK'),
});

export const poll = (fd: number, events: string, timeout = 0): SystemCall => ({
  name: 'poll',
  requests: [{ fd, events: C(events) }],
  timeout,
});

export const control = (
  epoll: number,
  operation: 'ADD' | 'MOD' | 'DEL',
  fd: number,
  events?: number | string,
): SystemCall => ({
  name: 'epoll_ctl',
  epoll,
  operation: C(`EPOLL_CTL_${operation}`),
  fd,
  event:
    events === undefined
      ? undefined
      : { events: typeof events === 'number' ? events : C(events), data: BigInt(fd) },
});

export const wait = (epoll: number, maximum = 10, timeout = 0): SystemCall => ({
  name: 'epoll_wait',
  epoll,
  maximum,
  timeout,
});

/** A process whose calls are told in one word: a number, or an errno; `'waits'` for neither. */
export class Program {
  readonly process: PosixProcess;
  now: Instant = 0;

  constructor(process: PosixProcess = new PosixProcess({ makeSocket: noSockets })) {
    this.process = process;
  }

  result(call: SystemCall): CallResult | undefined {
    return this.process.call(call, this.now).result;
  }

  run(call: SystemCall): number | string {
    const result = this.result(call);
    return result === undefined ? 'waits' : (result.errno ?? result.returned);
  }

  /** A new pipe: the reading end and the writing end. */
  pipe(): readonly [number, number] {
    const written = this.result({ name: 'pipe' })?.written;
    if (written?.kind !== 'pipe') throw new Error('no pipe');
    return written.ends;
  }

  /** Both ends, neither of which waits. */
  hastyPipe(): readonly [number, number] {
    const ends = this.pipe();
    for (const end of ends) this.run(setNonBlocking(end));
    return ends;
  }

  epoll(): number {
    return Number(this.run({ name: 'epoll_create', size: 1 }));
  }

  /** The events that epoll_wait gives, as `fd:events`. */
  events(epoll: number, maximum?: number): string[] {
    const written = this.result(wait(epoll, maximum))?.written;
    return written?.kind === 'epoll' ? written.events.map(spell) : [];
  }

  /** Lets time pass up to `now`, and what is due happen. */
  until(now: Instant): void {
    this.now = now;
    this.process.wake(now);
  }
}

function spell({ events, data }: EpollEvent): string {
  return `${data}:0x${events.toString(16)}`;
}

function noSockets(): never {
  throw new Error('this process has no network');
}
