/** A laboratory for tests of whole scenarios: it runs one and keeps all that an observer sees. */
import {
  type Capture,
  type Link,
  type LinkOptions,
  type Network,
  type Process,
  type RunObserver,
  type RunResult,
  runScenario,
  scenario,
  type ScenarioContext,
  type ScenarioOptions,
  type SimulatedHost,
  type SimulatedHostOptions,
  type SocketAddress,
  type StreamSocket,
} from '../../src/sim/index.ts';
import { type Duration, type Instant, ms, SocketError } from '../../src/stack/index.ts';
import {
  decodeFrame,
  type Frame,
  LinkType,
  printIp,
  printIpv4,
  TcpFlag,
} from '../../src/wire/index.ts';
import type { Family } from '../help/families.ts';
import { familyOfTest } from '../help/family-test.ts';

/** A captured frame. */
export interface Captured {
  readonly capture: Capture;
  readonly bytes: Uint8Array;
  readonly frame: Frame;
  readonly cause: string;
  readonly at: Instant;
}

/** What a run left behind. */
export class Observed implements RunObserver {
  readonly captures: Capture[] = [];
  readonly frames: Captured[] = [];
  readonly drops: { readonly where: string; readonly cause: string; readonly at: Instant }[] = [];
  readonly states: string[] = [];
  readonly reports: string[] = [];
  result: RunResult | undefined = undefined;

  captureOpened(capture: Capture): void {
    this.captures.push(capture);
  }

  frame(...[capture, bytes, { name: cause }, at]: Parameters<RunObserver['frame']>): void {
    const frame = decodeFrame(LinkType.ethernet, bytes);
    this.frames.push({ capture, bytes, frame, cause, at });
  }

  dropped(...[where, , { name: cause }, at]: Parameters<RunObserver['dropped']>): void {
    this.drops.push({ where, cause, at });
  }

  stateEntered(...[host, , , to]: Parameters<RunObserver['stateEntered']>): void {
    this.states.push(`${host} ${to}`);
  }

  reported(text: string): void {
    this.reports.push(text);
  }

  /** The TCP segments, shortly: `8000 FA 12` is a FIN with an ACK and 12 octets from port 8000. */
  get segments(): string[] {
    return this.frames.flatMap(({ frame }) => {
      const { tcp, payload } = frame;
      if (tcp === undefined) return [];
      const flags = FLAGS.filter(([, bit]) => (tcp.flags & bit) !== 0).map(([letter]) => letter);
      return [`${tcp.sourcePort} ${flags.join('')} ${payload.length}`];
    });
  }
}

const FLAGS: readonly (readonly [string, number])[] = [
  ['S', TcpFlag.syn],
  ['F', TcpFlag.fin],
  ['R', TcpFlag.rst],
  ['P', TcpFlag.psh],
  ['A', TcpFlag.ack],
];

/** Runs a scenario made of `build`. */
export async function play(
  build: (context: ScenarioContext) => void,
  options: Partial<ScenarioOptions> = {},
): Promise<Observed> {
  const observer = new Observed();
  const what = scenario('test', { summary: 'a test', ...options }, build);
  observer.result = await runScenario(what, { observer });
  return observer;
}

/** One way between the two hosts of {@link between}. */
export const ONE_WAY: Duration = ms(10);
/** Over IPv4. */
export const SERVER = { address: '10.0.0.2', port: 80 };

/** The address of the first, second … host on a link, as programs of the family write it. */
export function addressOf(host: number, family: Family = familyOfTest()): string {
  return printIp(family.address(host));
}

/** Port 80 of `server`. */
export function serverOf(family: Family = familyOfTest()): SocketAddress {
  return { address: addressOf(2, family), port: SERVER.port };
}

/** What listeners bind to. */
export function anyOf(family: Family = familyOfTest()): string {
  return printIp(family.any);
}

/** The hosts `client` and `server`, the first and the second on a link of the family. */
export function pairOf(
  network: Network,
  link: LinkOptions = {},
  options: {
    readonly client?: SimulatedHostOptions;
    readonly server?: SimulatedHostOptions;
  } = {},
  family: Family = familyOfTest(),
): [SimulatedHost, SimulatedHost, Link] {
  const client = network.host('client', options.client);
  const server = network.host('server', options.server);
  const where = { subnet: family.network, mtu: family.mtuFor(1460) };
  return [client, server, network.link(client, server, { ...where, ...link })];
}

/** Runs a program on `client` and one on `server`, 10 ms apart. */
export function between(
  client: (process: Process, context: ScenarioContext) => Promise<void>,
  server: (process: Process, context: ScenarioContext) => Promise<void> = async () => {},
): Promise<Observed> {
  return play((context) => {
    const [a, b] = pairOf(context.network, { latency: ONE_WAY });
    b.run('server', (process) => server(process, context));
    a.run('client', (process) => client(process, context));
  });
}

/** A listening socket on port 80. */
export function listening(process: Process, backlog?: number): StreamSocket {
  const listener = process.socket('stream');
  listener.bind(SERVER.port, anyOf());
  listener.listen(backlog);
  return listener;
}

/** The errno code that a call fails with, at once or later; `undefined` when it succeeds. */
export async function errno(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
}

/** The host and port of a packet's sender: `10.0.0.1.80`. */
export function senderOf({ ipv4, tcp, udp }: Frame): string {
  return `${printIpv4(ipv4?.source ?? 0)}.${(tcp ?? udp)?.sourcePort}`;
}

/** Octets that tell where they are in a stream. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >>> 8)) & 255);
}
