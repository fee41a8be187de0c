/**
 * Our own host behind the runner's interface: a {@link Host} with one interface, `tun0`, and one
 * process. The device has no link layer; since the host speaks Ethernet, its header is put before
 * what is injected and taken off what is sent, and every neighbour that it asks for is there.
 */
import {
  Administrator,
  type Cause,
  cause,
  type CallUnderWay,
  type Choices,
  type Duration,
  type FileSource,
  Host,
  type HostProfile,
  type Instant,
  linux6,
  minutes,
  type NetworkInterface,
  PosixProcess,
  type SystemCall,
  type Trace,
  tunPackets,
  us,
  PROFILES,
  unicastRoute,
} from '../stack/index.ts';
import {
  DecodeError,
  decodeFrame,
  encodeIp,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  fromUtf8,
  Icmpv6Type,
  type IpAddress,
  type IpPrefix,
  isInIpPrefix,
  isIpv6,
  LinkType,
  parseIp,
  parseIpPrefix,
  readIcmpv6,
  u16,
  u32,
  utf8,
  withoutHost,
  writeEthernetHeader,
} from '../wire/index.ts';
import { SplitMix32 } from './split-mix.ts';
import type { CommandResult, SentPacket, StackSetup, StackUnderTest } from './stack-under-test.ts';

/** Where an ARP packet has the address that it asks for (RFC 826). */
const ARP_TARGET_AT = 24;

/** The hardware addresses that nobody sees. */
const OWN_MAC = 0x02_00_00_00_00_01;
const PEER_MAC = 0x02_00_00_00_00_02;

/** The host has been up for a while, so that its clocks stand at no special values. */
const UPTIME = minutes(60);
/** The original begins its scripts 250 µs behind a tick of the kernel's timers. */
const TICK_PHASE = us(250);

/** A packet that was sent, and how many had arrived before. */
interface CapturedPacket extends SentPacket {
  readonly arrived: number;
}

const INJECTED = cause('injected', 'injected by a script', 'scenario');

/** In what the host is not the usual one. */
export interface HostVariation {
  /** The numbers that it is free to choose. */
  readonly choices?: Choices;
  /** How its timers keep time, whatever its profile says. */
  readonly timers?: HostProfile['timers'];
  /** How long before instant 0 a tick was, where timers have ticks. */
  readonly tickPhase?: Duration;
}

/** A fresh host, set up for one script. */
export function simulatedStack(setup: StackSetup, variation: HostVariation = {}): StackUnderTest {
  return new SimulatedStack(setup, variation);
}

class SimulatedStack implements StackUnderTest {
  readonly #host: Host;
  readonly #interface: NetworkInterface;
  readonly #process: PosixProcess;
  readonly #administrator: Administrator;
  #sent: CapturedPacket[] = [];
  #taken = 0;

  /** @throws RangeError for a profile that does not exist, or addresses that make no sense. */
  constructor(setup: StackSetup, { choices, timers, tickPhase = TICK_PHASE }: HostVariation) {
    const named = PROFILES.get(setup.profile ?? linux6.name);
    if (named === undefined) throw new RangeError(`no profile is called ${setup.profile}`);
    const profile = timers === undefined ? named : { ...named, timers };
    const random = new SplitMix32(setup.seed);
    this.#host = new Host(
      { name: 'host', profile, uptime: UPTIME, tickPhase, choices },
      { random: () => random.next(), wakeAt: () => {}, trace: withoutLinkLayer(setup.trace) },
    );
    const address = `${setup.localAddress}/${setup.prefixLength}`;
    this.#interface = this.#host.addInterface('tun0', { mac: OWN_MAC, address, mtu: setup.mtu });
    this.#interface.packetBuffers = tunPackets(profile.socketMemory.smallBlock);
    this.#interface.sharedBehind = 0;
    this.#interface.attach({ transmit: (frame, why, at) => this.#transmit(frame, why, at) });
    this.#addRoutes(parseIpPrefix(address), setup);
    this.#process = new PosixProcess({
      makeSocket: (type, family) => this.#host.socketFile(type, family),
    });
    this.#administrator = new Administrator(this.#host);
    this.#process.fileSystem.mount(filesOf(this.#administrator));
  }

  /**
   * As the original does it: the remote address has a route of its own, for scripts to change. A
   * gateway that is not in the host's network is on the link all the same.
   */
  #addRoutes(network: IpPrefix, setup: StackSetup): void {
    const gateway = gatewayIn(network, setup);
    const remote = parseIp(setup.remoteAddress);
    const { routes } = this.#host.ipFor(remote);
    const link = routes.lookUp(withoutHost(network).address);
    if (link === undefined) return;
    const { port, source } = link;
    const alone = (address: IpAddress): IpPrefix => {
      return { address, length: 8 * encodeIp(address).length };
    };
    if (!isInIpPrefix(gateway, network)) {
      routes.add(unicastRoute(alone(gateway), undefined, port, source));
    }
    this.#host.addDefaultRoute(gateway);
    routes.add(unicastRoute(alone(remote), gateway, port, source));
  }

  /** What leaves is a packet, or asks for a neighbour: on this link each one is there. */
  #transmit(frame: Uint8Array, why: Cause, at: Instant): void {
    const wanted = neighborWanted(frame);
    if (wanted !== undefined) this.#host.addNeighbor(this.#interface, wanted, PEER_MAC, at);
    else {
      const packet = frame.subarray(ETHERNET_HEADER_LENGTH);
      this.#sent.push({ packet, at, cause: why, arrived: this.#interface.counts.receivedPackets });
    }
  }

  inject(packet: Uint8Array, now: Instant, segmentSize?: number): void {
    const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
    const isVersion6 = packet.length > 0 && packet[0]! >>> 4 === 6;
    const etherType = isVersion6 ? EtherType.ipv6 : EtherType.ipv4;
    writeEthernetHeader(frame, 0, OWN_MAC, PEER_MAC, etherType);
    frame.set(packet, ETHERNET_HEADER_LENGTH);
    this.#interface.mergedSegment = segmentSize;
    this.#interface.receive(frame, INJECTED, now);
    this.#interface.mergedSegment = undefined;
    this.#process.wake(now);
  }

  take(): CapturedPacket | undefined {
    const packet = this.#sent[this.#taken];
    if (packet === undefined) {
      this.#sent = [];
      this.#taken = 0;
    } else {
      this.#taken += 1;
    }
    return packet;
  }

  captureRead({ arrived }: CapturedPacket): void {
    this.#interface.sharedBehind = arrived;
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

/** The address that a frame asks a neighbour for, by ARP or a neighbor solicitation (RFC 4861). */
function neighborWanted(frame: Uint8Array): IpAddress | undefined {
  if (u16(frame, 12) === EtherType.arp) return u32(frame, ETHERNET_HEADER_LENGTH + ARP_TARGET_AT);
  const { icmpv6 } = decodeFrame(LinkType.ethernet, frame);
  if (icmpv6?.type !== Icmpv6Type.neighborSolicitation) return undefined;
  const message = readIcmpv6(icmpv6);
  return message instanceof DecodeError || !('target' in message) ? undefined : message.target;
}

/**
 * The router to the remote end. The runners of the public suites name the host's own address, which
 * none can be: then it is another one of the network.
 */
function gatewayIn(network: IpPrefix, { gatewayAddress }: StackSetup): IpAddress {
  const gateway = parseIp(gatewayAddress);
  if (gateway !== network.address) return gateway;
  const { address: first } = withoutHost(network);
  const [second, third] = isIpv6(first) ? [first + 2n, first + 3n] : [first + 2, first + 3];
  return second === network.address ? third : second;
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
