/**
 * A program on a simulated host: it has a name, a process id and descriptors, and when it ends, by
 * itself or by a signal, its sockets are closed, as a kernel closes them.
 */
import {
  type Duration,
  type Host,
  type Instant,
  type NetworkInterface,
  type Port,
  ROOT,
  SocketError,
  type SocketFamily,
} from '../stack/index.ts';
import { type IpAddress, type IpPrefix, IpProtocol } from '../wire/index.ts';
import { ArpPacketSocket } from './sockets/arp-packet-socket.ts';
import { DatagramSocket } from './sockets/datagram-socket.ts';
import { type Descriptor, Descriptors } from './descriptors.ts';
import type { Loop } from './loop.ts';
import type { NameResolver } from './name-resolver.ts';
import type { Random } from './random.ts';
import type { OpenSocket, SocketOwner } from './sockets/socket-owner.ts';
import { RawPacketSocket } from './sockets/raw-packet-socket.ts';
import { type Signal, statusOf } from './signal.ts';
import { StreamSocket } from './sockets/stream-socket.ts';
import type { Tasks } from './tasks.ts';

/** What a process needs of the simulation. */
export interface ProcessContext {
  readonly loop: Loop;
  readonly tasks: Tasks;
  readonly stack: Host;
  /** Whether the run does not wait for the process (`TaskOptions`). */
  readonly daemon: boolean;
  /** What programs of the host draw from. */
  readonly random: Random;
  /** How long calls on streams have their sockets. */
  readonly callTime: Duration;
  /** How the host finds addresses of names, where it does. */
  readonly resolver: () => NameResolver | undefined;
  /** A number for a socket that is opened now (its inode). */
  readonly nextInode: () => number;
}

/** @throws RangeError for what is no length of time */
export function checkedCallTime(duration: Duration): Duration {
  if (Number.isSafeInteger(duration) && duration >= 0) return duration;
  throw new RangeError(`callTime is a whole number of nanoseconds, 0 or more, not ${duration}`);
}

/** ping(8) has sockets for echoes (ping_group_range), tracepath(8) the errors of its own. */
const ANYBODYS: readonly number[] = [IpProtocol.icmp, IpProtocol.icmpv6, IpProtocol.udp];

/** For code that still waits for something when its process ends, and for nobody else. */
class ProcessEnded extends Error {
  override readonly name: string = 'ProcessEnded';
}

/** A program at work: its sockets, its waits, and what ends it. */
export class Process implements SocketOwner {
  readonly name: string;
  readonly pid: number;
  /** Whose it is: `root`, or another user. */
  readonly user: string;
  readonly #context: ProcessContext;
  readonly #descriptors = new Descriptors();
  #callTime: Duration;
  #hasExited = false;
  /** The exit status; of one that a signal ended, what a shell says it is. */
  #status: number | undefined = undefined;
  readonly #handlers = new Map<Signal, () => void>();
  /** Sends away those who wait for what is no socket. */
  readonly #atEnd = new Set<() => void>();
  readonly #isKilled: Promise<void>;
  #kill: () => void = () => {};

  constructor(context: ProcessContext, name: string, pid: number, user: string) {
    this.#context = context;
    this.#callTime = context.callTime;
    this.name = name;
    this.pid = pid;
    this.user = user;
    this.#isKilled = new Promise((resolve) => {
      this.#kill = resolve;
    });
  }

  /** The present. */
  get now(): Instant {
    return this.#context.loop.now;
  }

  /**
   * How long each call that reads or writes a stream goes on, and has the socket: as the host has
   * it, until the program says otherwise.
   *
   * @throws RangeError when set to less than 0 or not to whole nanoseconds
   */
  get callTime(): Duration {
    return this.#callTime;
  }

  set callTime(duration: Duration) {
    this.#callTime = checkedCallTime(duration);
  }

  /** The sockets that the process has open. */
  get sockets(): ReadonlyMap<OpenSocket, Descriptor> {
    return this.#descriptors.sockets;
  }

  /**
   * A new socket: `socket(AF_INET, SOCK_STREAM)` or `SOCK_DGRAM`. Without a family it is of IPv4
   * unless the first address that it is given is one of IPv6, as if it had been made for that one.
   *
   * @throws RangeError for another type, as scenarios run without their types being checked
   */
  socket(type: 'stream', family?: SocketFamily): StreamSocket;
  socket(type: 'datagram', family?: SocketFamily): DatagramSocket;
  socket(type: 'stream' | 'datagram', family?: SocketFamily): StreamSocket | DatagramSocket {
    const { stack } = this.#context;
    if (type === 'stream') return new StreamSocket(this, stack.tcpSocket(family), family);
    if (type === 'datagram') return new DatagramSocket(this, stack.udpSocket(family), family);
    throw new RangeError(`a socket is 'stream' or 'datagram', not '${String(type)}'`);
  }

  /**
   * Starts a thread: `body` runs beside what runs already, and what it throws fails the run as long
   * as there is the process. Whoever waits in a call when that ends is sent away.
   */
  thread(body: () => Promise<void>): void {
    const { tasks, stack, daemon } = this.#context;
    const run = async (): Promise<void> => {
      try {
        await body();
      } catch (error) {
        if (!this.#hasExited) throw error;
      }
    };
    tasks.start(`${stack.name}: ${this.name}`, run, { daemon });
  }

  /** A number of 32 bits by chance. */
  random(): number {
    return this.#context.random.u32();
  }

  /** The addresses of a name, by the host's resolver. @throws NameError, RangeError without one */
  async resolve(name: string): Promise<readonly IpAddress[]> {
    const resolver = this.#context.resolver();
    if (resolver === undefined) throw new RangeError(`no resolver, so no address: "${name}"`);
    return resolver.resolve(this, name);
  }

  /** The addresses of an interface of the host's; none where there is no such interface. */
  addressesOf(interfaceName: string): readonly IpPrefix[] {
    return this.#context.stack.portNamed(interfaceName)?.interface.addresses ?? [];
  }

  /** What packets to an address carry as their source; nothing where there is no route. */
  sourceFor(address: IpAddress): IpAddress | undefined {
    return this.#context.stack.ipFor(address).routes.lookUp(address)?.source;
  }

  mayBind(port: number): void {
    const isRoots = port > 0 && port < this.#context.stack.settings.firstUnprivilegedPort;
    if (isRoots && this.user !== ROOT) throw new SocketError('EACCES', 'bind');
  }

  /**
   * A new raw socket, which sees all packets for the host of those protocols (raw(7)). Who is not
   * root has only those for which Linux has other sockets: echoes, and errors of datagrams.
   *
   * @throws SocketError EPERM
   */
  rawSocket(...protocols: readonly number[]): RawPacketSocket {
    if (this.user !== ROOT && !protocols.every((protocol) => ANYBODYS.includes(protocol))) {
      throw new SocketError('EPERM', 'socket');
    }
    return new RawPacketSocket(this, this.#context.stack.rawSockets.open(protocols));
  }

  /**
   * A new socket for the ARP packets of an interface (packet(7)).
   *
   * @throws SocketError ENODEV, or EPERM where it is not root's
   */
  arpSocket(interfaceName: string): ArpPacketSocket {
    if (this.user !== ROOT) throw new SocketError('EPERM', 'socket');
    const port = this.#context.stack.portNamed(interfaceName);
    if (port === undefined) throw new SocketError('ENODEV', `socket ${interfaceName}`);
    return new ArpPacketSocket(this, port.arp.openSocket());
  }

  /** The interfaces of the host, loopback first. */
  get interfaces(): readonly NetworkInterface[] {
    return this.#context.stack.interfaces;
  }

  /** Waits for a time. @throws RangeError for one that is not whole nanoseconds, 0 or more */
  sleep(duration: Duration): Promise<void> {
    if (!Number.isSafeInteger(duration) || duration < 0) {
      throw new RangeError(`sleep takes a whole number of nanoseconds, 0 or more, not ${duration}`);
    }
    return this.#sleepUntil(this.now + duration);
  }

  /** Waits until an instant, which may have passed. @throws RangeError for what is no instant */
  sleepUntil(at: Instant): Promise<void> {
    if (!Number.isSafeInteger(at)) {
      throw new RangeError(`sleepUntil takes a whole number of nanoseconds, not ${at}`);
    }
    return this.#sleepUntil(Math.max(at, this.now));
  }

  #sleepUntil(at: Instant): Promise<void> {
    const { loop, daemon } = this.#context;
    return this.waitUnlessEnded('sleep', (resolve) => {
      const sleeper = { due: resolve };
      if (!daemon) return loop.scheduleRevocably(sleeper, at);
      loop.scheduleInBackground(sleeper, at);
      return undefined;
    });
  }

  /**
   * Waits for something that ends at the latest with the process. `begin` may give a function that
   * takes back what it began.
   */
  waitUnlessEnded(
    what: string,
    begin: (resolve: () => void) => (() => void) | undefined,
  ): Promise<void> {
    const { tasks } = this.#context;
    if (this.#status !== undefined) return Promise.reject(new ProcessEnded());
    return tasks.wait<void>(what, (resolve, reject) => {
      let takeBack: (() => void) | undefined = undefined;
      const sendAway = (): void => {
        takeBack?.();
        tasks.wake(reject, new ProcessEnded());
      };
      this.#atEnd.add(sendAway);
      takeBack = begin(() => {
        if (this.#atEnd.delete(sendAway)) tasks.wake(resolve, undefined);
      });
    });
  }

  /** Runs the program's code until it or a signal ends the process; gives the exit status. */
  async live(body: (process: Process) => Promise<number | void>): Promise<number> {
    if (this.#status === undefined) {
      try {
        const status = await Promise.race([body(this), this.#isKilled]);
        this.#status ??= status ?? 0;
      } catch (error) {
        if (this.#status === undefined) throw error;
      }
    }
    await this.exit();
    return this.#status;
  }

  /** Says what a signal does instead of ending the process; SIGKILL cannot be had. */
  onSignal(signal: Exclude<Signal, 'SIGKILL'>, handler: () => void): void {
    this.#handlers.set(signal, handler);
  }

  /** Sends the process a signal: it does what it said it would, or ends at once. */
  signal(signal: Signal): void {
    if (this.#hasExited || this.#status !== undefined) return;
    const handler = this.#handlers.get(signal);
    if (handler === undefined) this.end(statusOf(signal));
    else handler();
  }

  /** Ends the process wherever its code is, with that status. */
  end(status: number): void {
    if (this.#status !== undefined) return;
    this.#status = status;
    this.#context.tasks.wake(this.#kill, undefined);
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#hasExited || this.#status !== undefined;
  }

  /** When a timer of the host's that is set for then fires: with a tick, where it has ticks. */
  timerFor(at: Instant): Instant {
    const { stack } = this.#context;
    return stack.clock.after(this.now, at - this.now);
  }

  /** Ends the process: closes what it has open. */
  async exit(): Promise<void> {
    this.#hasExited = true;
    for (const sendAway of this.#atEnd) sendAway();
    this.#atEnd.clear();
    for (const socket of this.sockets.keys()) await socket.close();
  }

  /** The socket is open. For the socket layer. */
  hold(socket: OpenSocket): void {
    this.#descriptors.open(socket, this.#context.nextInode());
  }

  /** The socket is closed. For the socket layer. */
  forget(socket: OpenSocket): void {
    this.#descriptors.close(socket);
  }

  /** The link that a zone names. For the socket layer. @throws SocketError ENODEV */
  linkOf(zone: string | undefined): Port | undefined {
    if (zone === undefined) return undefined;
    const link = this.#context.stack.portNamed(zone);
    if (link === undefined) throw new SocketError('ENODEV', `%${zone}`);
    return link;
  }

  /** Waits for something that {@link wake} ends. For the socket layer. */
  wait(what: string, begin: (resolve: () => void) => void): Promise<void> {
    return this.#context.tasks.wait<void>(what, begin);
  }

  /** Ends a wait. For the socket layer. */
  wake(resolve: () => void): void {
    this.#context.tasks.wake(resolve, undefined);
  }

  /** Calls back at an instant. For the socket layer. */
  wakeAt(at: Instant, then: () => void): void {
    this.#context.loop.schedule({ due: then }, at);
  }
}
