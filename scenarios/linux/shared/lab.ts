/**
 * The laboratory in which a real kernel's packets were captured (Linux 6.18, HZ = 250): its hosts,
 * links and addresses. The scenarios beside it do at the same times what programs did there; the
 * tests compare what the hosts then say with the kernel's captures.
 */
import {
  type CaptureOptions,
  type Duration,
  type HostProfile,
  type Latency,
  linux6,
  type Network,
  ms,
  PAGE_FRAGMENTS,
  type PipeOptions,
  type Process,
  type ScenarioContext,
  SENT_PACKETS,
  type SimulatedHost,
  type StreamSocket,
  us,
  utf8,
} from 'tcpetri';

export const CLIENT = '192.168.1.109';
export const SERVER = '192.168.1.178';
export const CLIENT_MAC = '02:00:00:00:01:6d';
export const SERVER_MAC = '02:00:00:00:01:b2';

const { packetMemory } = linux6.tcp;

/** With the settings of common distributions. */
export const CLASSIC: HostProfile = {
  ...linux6,
  timers: { tick: ms(4), wheel: true },
  tcp: {
    ...linux6.tcp,
    // Of that kernel's build: MAX_TCP_HEADER is 256 (ss: skmem:(…,tb46080,…)).
    packetMemory: packetMemory && {
      ...packetMemory,
      overhead: 832,
      mostOctets: 65_279,
      headers: 576,
    },
  },
};

/** With that kernel's own: a larger receive buffer, and BBR. */
export const NATIVE: HostProfile = {
  ...CLASSIC,
  tcp: {
    ...CLASSIC.tcp,
    receiveBuffer: { ...CLASSIC.tcp.receiveBuffer, maximum: 33_554_432 },
    congestion: { ...CLASSIC.tcp.congestion, algorithm: 'bbr' },
  },
};

/** A tick came 1.32 ms past each 4 ms of the day's time: so long before a whole second. */
export const TICK_PHASE = us(2680);

/** 64 ticks: what Linux's timer wheel rounds delays of 2 to 16 s up to. */
const WHEEL_TURN = ms(256);
/** The last turn before 23:59:59, if the kernel had stayed up: so long before. */
const TURN_BEFORE_LAST_SECOND = us(42_680);

/** When the kernel counted ticks, by the scenario's time of day. */
export function tickPhaseBy(at: ScenarioContext['at']): Duration {
  const phase = (TURN_BEFORE_LAST_SECOND - at('23:59:59')) % WHEEL_TURN;
  return phase < 0 ? phase + WHEEL_TURN : phase;
}

/** A long way to the other host: 50 ms, and what it takes a program to hold a frame back. */
export const FAR: Duration = us(50_075);

/** How long a frame takes on loopback. */
export const LOOPBACK: Duration = us(12);

/** A host by itself, captured on loopback. */
export function loneHost(
  network: Network,
  profile: HostProfile = CLASSIC,
  loopbackLatency: Latency = LOOPBACK,
): SimulatedHost {
  const host = network.host('host', {
    profile,
    loopbackLatency,
    tickPhase: TICK_PHASE,
  });
  network.capture(host.interface('lo'));
  return host;
}

/** What a link of the laboratory is like. */
export interface LabLink {
  readonly profile?: HostProfile;
  readonly mtu?: number;
  /** The time of day, by which timers of more than 256 ms fire when the kernel's did. */
  readonly at?: ScenarioContext['at'];
  /** How long a frame takes, each way; 10 µs by default, as between two virtual interfaces. */
  readonly delay?: Duration;
  /** What befalls frames on their way to the server, and to the client. */
  readonly toServer?: PipeOptions;
  readonly toClient?: PipeOptions;
  /** Whether checksums and segmentation are left to the devices; not by default. */
  readonly offload?: boolean;
  /** Whether the hosts have to ask for each other's hardware address; not by default. */
  readonly asksNeighbors?: boolean;
  /** How long calls have their sockets; no time by default. */
  readonly callTime?: Duration;
  /** How `any` is captured at the client, where it is and not the link. */
  readonly any?: CaptureOptions;
}

/** Two hosts on a link, captured at the client, and at the server, too, if it is far away. */
export function twoHosts(
  network: Network,
  {
    profile = CLASSIC,
    mtu = 1500,
    at: timeOfDay,
    delay = us(10),
    toServer,
    toClient,
    offload = false,
    asksNeighbors,
    callTime = 0,
    any,
  }: LabLink = {},
): { readonly client: SimulatedHost; readonly server: SimulatedHost } {
  const tickPhase = timeOfDay === undefined ? TICK_PHASE : tickPhaseBy(timeOfDay);
  const [client, server] = [
    network.host('client', { profile, tickPhase, callTime }),
    network.host('server', { profile, tickPhase, callTime }),
  ];
  // Far hosts are on TAP devices, with a program between them that holds frames back; near ones are
  // two ends of a veth.
  const isFar = delay >= ms(1);
  const device = {
    mtu,
    packetBuffers: isFar ? PAGE_FRAGMENTS : SENT_PACKETS,
    segmentationOffload: offload,
  };
  const at = {
    client: network.interface(client, 'eth0', {
      address: `${CLIENT}/24`,
      mac: CLIENT_MAC,
      ...device,
    }),
    server: network.interface(server, 'eth0', {
      address: `${SERVER}/24`,
      mac: SERVER_MAC,
      ...device,
    }),
  };
  network.link(at.client, at.server, {
    latency: delay,
    veth: !isFar,
    aToB: toServer ?? {},
    bToA: toClient ?? {},
  });
  if (asksNeighbors !== true) {
    client.command(`ip neigh replace ${SERVER} lladdr ${SERVER_MAC} dev eth0 nud permanent`);
    server.command(`ip neigh replace ${CLIENT} lladdr ${CLIENT_MAC} dev eth0 nud permanent`);
  }
  if (any === undefined) network.capture(at.client);
  else network.capture(client.any, any);
  if (isFar) network.capture(at.server);
  return { client, server };
}

/** A socket that listens on port 8000, as the experiments' servers had it. */
export function listening(process: Process, address?: string): StreamSocket {
  const listener = process.socket('stream');
  listener.setsockopt('SO_REUSEADDR', 1);
  listener.bind(8000, address);
  listener.listen(128);
  return listener;
}

/** Octets that tell their place: `0000000 0000008 0000016 …`. */
export function pattern(length: number): Uint8Array {
  let text = '';
  while (text.length < length) text += `${String(text.length).padStart(7, '0')} `;
  return utf8(text.slice(0, length));
}
