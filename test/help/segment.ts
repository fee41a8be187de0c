/** Hosts on one Ethernet segment, and everything that they say there, as tcpdump prints it. */
import { HostDriver, Link, Loop, Random, Switch } from '../../src/sim/index.ts';
import { type AddInterfaceOptions, Administrator, Host, ms } from '../../src/stack/index.ts';
import type { HostProfile, NetworkInterface } from '../../src/stack/index.ts';
import { parsePrintFlags, Printer } from '../../src/tcpdump/index.ts';
import { LinkType } from '../../src/wire/index.ts';

export class Segment {
  readonly loop: Loop;
  readonly drops: string[] = [];
  readonly frames: Uint8Array[] = [];
  readonly #switch = new Switch();
  readonly #printer: Printer;
  readonly #lines: string[] = [];

  /** @param flags tcpdump's; segments that a router joins share the loop */
  constructor(flags = '-nn -t', loop: Loop = new Loop()) {
    this.loop = loop;
    this.#printer = new Printer(parsePrintFlags(flags));
  }

  /** A host of that number with `eth0` on the segment: 02:00:00:00:00:01 is the first's. */
  host(
    number: number,
    options: Partial<AddInterfaceOptions> & Pick<AddInterfaceOptions, 'address'>,
    profile?: HostProfile,
  ): Host {
    const name = `host ${number}`;
    const trace = {
      dropped: (_: Uint8Array, why: { readonly name: string }): void =>
        void this.drops.push(`${number} ${why.name}`),
      stateEntered: (): void => {},
    };
    const driver = new HostDriver(this.loop, new Random(7, name), trace);
    const host = new Host({ name, profile }, driver);
    driver.attach(host);
    this.plug(host, number, options);
    return host;
  }

  /** Another interface of a host, on this segment. */
  plug(
    host: Host,
    number: number,
    options: Partial<AddInterfaceOptions> & Pick<AddInterfaceOptions, 'address'>,
  ): NetworkInterface {
    const name = `eth${host.interfaces.length - 1}`;
    const port = host.addInterface(name, { mac: 0x0200_0000_0000 + number, ...options });
    const link = new Link(this.loop, { latency: ms(1) });
    port.attach(link.a);
    link.a.attach(port);
    this.#switch.connect(link.b);
    link.a.observeSent({
      frame: (bytes, _cause, at) => {
        this.frames.push(bytes);
        this.#lines.push(
          this.#printer.print({
            linkType: LinkType.ethernet,
            bytes,
            originalLength: bytes.length,
            seconds: Math.floor(at / 1e9),
            nanoseconds: at % 1e9,
          }),
        );
      },
    });
    return port;
  }

  /** What has been said since, a line a packet. */
  said(): string[] {
    return this.#lines.splice(0);
  }

  after(duration: number): void {
    this.loop.runUntil(this.loop.now + duration);
  }

  /** What the administrator's command prints. */
  run(host: Host, words: string): string {
    const outcome = new Administrator(host).run(words.split(' '), '', this.loop.now);
    return outcome?.output ?? '';
  }
}
