/**
 * Our own host behind the runner's interface: a {@link Host} with one interface, `tun0`, and one
 * process. The device has no link layer; since the host speaks Ethernet, its header is put before
 * what is injected and taken off what is sent, and the one neighbour on the link is known.
 */
import {
  Administrator,
  cause,
  type CallUnderWay,
  type FileSource,
  Host,
  type HostProfile,
  type Instant,
  linux26,
  linux3,
  linux6,
  minutes,
  type NetworkInterface,
  PosixProcess,
  type SystemCall,
  TcpSocketFile,
  type Trace,
  UdpSocketFile,
  us,
  windows7,
} from '../stack/index.ts';
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  fromUtf8,
  type Ipv4Address,
  type Ipv4Prefix,
  maskIpv4,
  parseIpv4,
  parseIpv4Prefix,
  utf8,
  writeEthernetHeader,
} from '../wire/index.ts';
import { SplitMix32 } from './split-mix.ts';
import type { CommandResult, SentPacket, StackSetup, StackUnderTest } from './stack-under-test.ts';

/** The hardware addresses that nobody sees. */
const OWN_MAC = 0x02_00_00_00_00_01;
const PEER_MAC = 0x02_00_00_00_00_02;

/** The host has been up for a while, so that its clocks stand at no special values. */
const UPTIME = minutes(60);
/** The original begins its scripts 250 µs behind a tick of the kernel's timers. */
const TICK_PHASE = us(250);

const INJECTED = cause('injected', 'injected by a script', 'scenario');

const PROFILES: ReadonlyMap<string, HostProfile> = new Map(
  [linux6, linux3, linux26, windows7].map((profile) => [profile.name, profile]),
);

/** A fresh host, set up for one script. */
export function simulatedStack(setup: StackSetup): StackUnderTest {
  return new SimulatedStack(setup);
}

class SimulatedStack implements StackUnderTest {
  readonly #host: Host;
  readonly #interface: NetworkInterface;
  readonly #process: PosixProcess;
  readonly #administrator: Administrator;
  #sent: SentPacket[] = [];
  #taken = 0;

  /** @throws RangeError for a profile that does not exist, or addresses that make no sense. */
  constructor(setup: StackSetup) {
    const profile = PROFILES.get(setup.profile ?? linux6.name);
    if (profile === undefined) throw new RangeError(`no profile is called ${setup.profile}`);
    const random = new SplitMix32(setup.seed);
    this.#host = new Host(
      { name: 'host', profile, uptime: UPTIME, tickPhase: TICK_PHASE },
      { random: () => random.next(), wakeAt: () => {}, trace: withoutLinkLayer(setup.trace) },
    );
    const address = `${setup.localAddress}/${setup.prefixLength}`;
    this.#interface = this.#host.addInterface('tun0', { mac: OWN_MAC, address, mtu: setup.mtu });
    this.#interface.attach({
      transmit: (frame, why, at) =>
        void this.#sent.push({ packet: frame.subarray(ETHERNET_HEADER_LENGTH), at, cause: why }),
    });
    this.#addRoutes(parseIpv4Prefix(address), parseIpv4(setup.remoteAddress));
    this.#process = new PosixProcess({
      makeSocket: (type) =>
        type === 'stream'
          ? new TcpSocketFile(this.#host.tcpSocket())
          : new UdpSocketFile(this.#host.udpSocket()),
    });
    this.#administrator = new Administrator(this.#host);
    this.#process.fileSystem.mount(filesOf(this.#administrator));
  }

  /** Everything goes to the one neighbour, what has an address of our own network included. */
  #addRoutes(local: Ipv4Prefix, remote: Ipv4Address): void {
    const network = (local.address & maskIpv4(local.length)) >>> 0;
    const gateway = network + 2 === local.address ? network + 3 : network + 2;
    this.#host.addDefaultRoute(gateway);
    // The remote has a line of its own, as the original gives it one: scripts change that.
    const { routes } = this.#host.ip;
    const way = routes.entries.find(({ destination }) => destination.length === 0);
    if (way !== undefined) routes.add({ ...way, destination: { address: remote, length: 32 } });
    for (const address of [gateway, remote]) {
      this.#host.addNeighbor(this.#interface, address, PEER_MAC, 0);
    }
  }

  inject(packet: Uint8Array, now: Instant, segmentSize?: number): void {
    const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
    writeEthernetHeader(frame, 0, OWN_MAC, PEER_MAC, EtherType.ipv4);
    frame.set(packet, ETHERNET_HEADER_LENGTH);
    this.#interface.mergedSegment = segmentSize;
    this.#interface.receive(frame, INJECTED, now);
    this.#interface.mergedSegment = undefined;
    this.#process.wake(now);
  }

  take(): SentPacket | undefined {
    const packet = this.#sent[this.#taken];
    if (packet === undefined) {
      this.#sent = [];
      this.#taken = 0;
    } else {
      this.#taken += 1;
    }
    return packet;
  }

  get deadline(): Instant {
    return Math.min(this.#host.deadline, this.#process.deadline);
  }

  wake(now: Instant): void {
    this.#host.wake(now);
    this.#process.wake(now);
  }

  call(call: SystemCall, now: Instant): CallUnderWay {
    return this.#process.call(call, now);
  }

  command(words: readonly string[], input: string, now: Instant): CommandResult | undefined {
    return this.#administrator.run(words, input, now);
  }

  readFile(path: string, now: Instant): Uint8Array | undefined {
    return this.#process.fileSystem.readFile(path, now);
  }

  writeFile(path: string, bytes: Uint8Array, now: Instant): boolean {
    return this.#process.fileSystem.writeFile(path, bytes, now);
  }
}

/** The kernel's files, which are text. */
function filesOf(administrator: Administrator): FileSource {
  return {
    readFile: (path, now) => {
      const text = administrator.readFile(path, now);
      return text === undefined ? undefined : utf8(text);
    },
    writeFile: (path, bytes) => administrator.writeFile(path, fromUtf8(bytes)),
  };
}

/** The listener, to whom the host's frames are shown as packets. */
function withoutLinkLayer(trace: Trace | undefined): Trace | undefined {
  if (trace === undefined) return undefined;
  return {
    dropped: (frame, why, now) => trace.dropped(frame.subarray(ETHERNET_HEADER_LENGTH), why, now),
    stateEntered: (connection, from, to, why, now) =>
      trace.stateEntered(connection, from, to, why, now),
  };
}
