/**
 * Many connections over one bottleneck: each has a sender on the left and a receiver on the right,
 * each with a link of its own to a router, and between the two routers is one slow link.
 *
 *     sender ──1 Gbit/s, 1 ms──┐                                 ┌── receiver
 *     sender ──────────────────left ──100 Mbit/s, 10 ms──── right── receiver
 *     …                        │      250 frames                 │   …
 *
 * It is the dumbbell of ns-3's examples, each link a network of its own.
 */
import {
  HostDriver,
  Link,
  type LinkEnd,
  type LinkOptions,
  Loop,
  Random,
} from '../src/sim/index.ts';
import { Host, type Instant, ms, type TcpSocket } from '../src/stack/index.ts';
import { IPV4_ANY, type Ipv4Address, printIpv4 } from '../src/wire/index.ts';
import { mustHold, part, type Workload } from './figure.ts';
import { setBuffers } from './lab.ts';
import { sendStream, StreamReader } from './stream.ts';
import { measureRuns } from './timing.ts';

const PORT = 5000;
const BUFFERS = 1_500_000;
const WRITE = 8 * 1448;
const ACCESS: LinkOptions = { rate: 1e9, latency: ms(1), queue: 1000 };

/** What differs from one dumbbell to another. */
export interface DumbbellOptions {
  readonly flows: number;
  /** The octets of each flow. */
  readonly length: number;
  readonly bottleneck: LinkOptions;
  /** How long after one flow the next begins. */
  readonly gap: Instant;
}

/** The hosts and links of a dumbbell, and what has happened on them. */
class Dumbbell {
  readonly loop = new Loop();
  readonly hosts: Host[] = [];
  readonly readers: StreamReader[] = [];
  /** Frames sent, each counted on each link that it crosses. */
  crossings = 0;
  /** Frames that found the queue of the bottleneck full. */
  dropped = 0;
  /** When octets last arrived at a program. */
  lastRead: Instant = 0;
  readonly #options: DumbbellOptions;
  readonly #count = { frame: (): void => void (this.crossings += 1) };
  #networks = 0;

  constructor(options: DumbbellOptions) {
    this.#options = options;
    const left = this.#router('left');
    const right = this.#router('right');
    const [rightSide, leftSide] = this.#join(left, right, options.bottleneck);
    for (let i = 0; i < options.flows; i++) {
      const sender = this.#host(`sender ${i}`);
      const receiver = this.#host(`receiver ${i}`);
      // Each host's default route leads to its router, each router's to the other.
      sender.addDefaultRoute(this.#join(left, sender, ACCESS)[1]);
      receiver.addDefaultRoute(this.#join(right, receiver, ACCESS)[1]);
      this.#flow(sender, receiver, i * options.gap);
    }
    left.addDefaultRoute(rightSide);
    right.addDefaultRoute(leftSide);
  }

  #host(name: string): Host {
    const driver = new HostDriver(this.loop, new Random(1, name));
    const host = new Host({ name }, driver);
    driver.attach(host);
    this.hosts.push(host);
    return host;
  }

  #router(name: string): Host {
    const router = this.#host(name);
    router.settings.links.beRouter(0);
    return router;
  }

  /** Joins two hosts by a link that is a network; gives the second's address and the first's. */
  #join(a: Host, b: Host, options: LinkOptions): [Ipv4Address, Ipv4Address] {
    const network = 0x0a010000 + 256 * this.#networks++;
    const link = new Link(this.loop, options);
    this.#plug(a, network + 1, link.a);
    this.#plug(b, network + 2, link.b);
    return [network + 2, network + 1];
  }

  #plug(host: Host, address: Ipv4Address, end: LinkEnd): void {
    const port = host.addInterface(`eth${host.interfaces.length - 1}`, {
      mac: 0x0200_0000_0000 + address,
      address: `${printIpv4(address)}/24`,
    });
    port.attach(end);
    end.attach(port);
    end.observeSent(this.#count);
    end.observeDrops({ dropped: () => void (this.dropped += 1) });
  }

  #flow(sender: Host, receiver: Host, at: Instant): void {
    const { loop } = this;
    const listener = receiver.tcpSocket();
    setBuffers(listener, BUFFERS);
    listener.bind(IPV4_ANY, PORT);
    listener.listen(1, 0);
    listener.onReady = (): void => {
      for (let s = listener.accept(); s !== undefined; s = listener.accept()) this.#read(s);
    };
    const to = receiver.interfaces[1]?.addresses[0]?.address ?? IPV4_ANY;
    const begin = (): void => {
      const socket = sender.tcpSocket();
      setBuffers(socket, BUFFERS);
      socket.connect(to, PORT, loop.now);
      sendStream(socket, this.#options.length, WRITE, loop);
    };
    loop.schedule({ due: begin }, at);
  }

  #read(socket: TcpSocket): void {
    const reader = new StreamReader(socket, this.loop);
    const check = socket.onReady;
    socket.onReady = (): void => {
      this.lastRead = this.loop.now;
      check?.();
    };
    this.readers.push(reader);
  }

  /** Lets everything happen, and checks that all arrived and nothing is left. */
  run(): this {
    const { flows, length } = this.#options;
    this.loop.run();
    mustHold(this.readers.length === flows, 'a flow has not begun');
    for (const { ended, received } of this.readers) {
      mustHold(ended && received === length, `${received} of ${length} octets have arrived`);
    }
    const left = this.hosts.filter(({ tcp }) => tcp.connectionCount > 0);
    mustHold(left.length === 0, `${left.length} hosts have connections left`);
    return this;
  }
}

export function dumbbell(options: DumbbellOptions): Dumbbell {
  return new Dumbbell(options).run();
}

const hundred: Workload = {
  name: 'dumbbell',
  what: '100 flows of 1 MB through two routers and 100 Mbit/s, in link crossings',
  measure: async (size) => {
    const run = (): { crossings: number } => {
      const { crossings, lastRead } = dumbbell({
        flows: 100,
        length: part(1_000_000, size),
        bottleneck: { rate: 100e6, latency: ms(10), queue: 250 },
        gap: ms(10),
      });
      // ns-3.37 needs 347,161 crossings: its receivers acknowledge two segments in three, Linux's
      // every one while their windows grow. 8 s is what the link takes for the octets alone.
      if (size === 1) {
        mustHold(crossings > 330_000 && crossings < 430_000, `there were ${crossings} crossings`);
        mustHold(lastRead > 8e9 && lastRead < 9.5e9, `the last octets arrived at ${lastRead} ns`);
      }
      return { crossings };
    };
    return measureRuns(hundred.name, run, size);
  },
};

/** Ten times as many hosts, each with the same share of the bottleneck. */
const thousand: Workload = {
  name: 'dumbbell-1000',
  what: '1,000 flows of 100 kB through two routers and 1 Gbit/s: 2,002 hosts',
  measure: async (size) =>
    measureRuns(
      thousand.name,
      () => {
        const { crossings } = dumbbell({
          flows: part(1000, size),
          length: 100_000,
          bottleneck: { rate: 1e9, latency: ms(10), queue: 2500 },
          gap: ms(1),
        });
        return { crossings };
      },
      size,
    ),
};

export const dumbbellWorkloads: readonly Workload[] = [hundred, thousand];
