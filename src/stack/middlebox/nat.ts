/**
 * Network address and port translation (RFC 3022): hosts inside share the address of the interface
 * that leads outside. What a NAT must do so that applications work is RFC 4787 for UDP, RFC 5382
 * for TCP and RFC 5508 for ICMP; what Linux's masquerading does instead is a choice of options.
 *
 * A connection is known by what its packets look like on either side, and translated by that: the
 * destination before the packet is routed, the source after it. The quote in an ICMP error is
 * translated the other way round, so that its receiver knows it.
 *
 * It is for IPv4. Hosts of IPv6 have addresses of their own, and their packets pass as they are.
 */
import {
  ICMPV4_HEADER_LENGTH,
  type Ipv4Address,
  Ipv4Packet,
  IpProtocol,
  onesSum,
  parseIpv4,
  TcpFlag,
  u16,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Host } from '../host.ts';
import type { Instant } from '../time.ts';
import type { ConnectionTracker } from './connection-tracker.ts';
import { type Flow, opposite } from './flow.ts';
import { HeldSyns } from './held-syns.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import type { PassingPacket } from './passing-packet.ts';
import { type MappingBehavior, PortMappings } from './port-mappings.ts';
import { carryOn, setEndpoint, type Side } from './rewrite.ts';
import { type Endpoint, inverse } from './tuple.ts';

const FILTERED = cause(
  'nat-filtered',
  'nobody inside has sent anything there that this could answer',
  'RFC 4787 §5',
);
const UNSOLICITED = cause(
  'nat-unsolicited-syn',
  'a SYN that nobody inside waits for: refused in 6 s, unless one of theirs crosses it',
  'RFC 5382 §4.3, REQ-4',
);
const NO_PORT = cause('nat-no-port', 'all ports outside are taken', 'RFC 4787 §4.2.1');
const UNKNOWN = cause(
  'nat-unknown',
  'it belongs to no connection, and inside addresses do not leave',
  'RFC 5382 §4.1',
);

/** Who may answer to a port outside (RFC 4787 §5). */
export type FilteringBehavior =
  'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

/** A port outside that leads to a host inside. */
export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Address and port: `192.168.1.2:8080`. */
  readonly to: string;
}

export interface NatOptions {
  /** The name of the interface that leads outside, and whose address all share. */
  readonly outside: string;
  /** Whether a port inside has one port outside whatever it speaks with: RFC 4787 §4.1, REQ-1. */
  readonly mapping?: MappingBehavior;
  /** RFC 4787 §5, REQ-8. */
  readonly filtering?: FilteringBehavior;
  readonly forwards?: readonly PortForward[];
}

/** A NAT as the standards want it. */
export function nat(options: NatOptions): Middlebox {
  return { install: (host): void => void new Nat(host, options) };
}

/** A NAT as Linux has it: `iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE`. */
export function masquerade(outside: string, forwards: readonly PortForward[] = []): Middlebox {
  return nat({
    outside,
    forwards,
    mapping: 'address-and-port-dependent',
    filtering: 'address-and-port-dependent',
  });
}

/** A packet of IPv4. */
type Translatable = PassingPacket<Ipv4Packet>;

class Nat {
  readonly #host: Host;
  readonly #outside: string;
  readonly #filtering: FilteringBehavior;
  readonly #tracker: ConnectionTracker;
  readonly #mappings: PortMappings;
  readonly #held: HeldSyns;

  constructor(host: Host, options: NatOptions) {
    this.#host = host;
    this.#outside = options.outside;
    this.#filtering = options.filtering ?? 'address-dependent';
    this.#tracker = host.tracker;
    const forwards = (options.forwards ?? []).map(readForward);
    const behavior = options.mapping ?? 'endpoint-independent';
    this.#mappings = new PortMappings(host, this.#tracker, behavior, forwards);
    this.#held = new HeldSyns(host);
    const before = (passing: PassingPacket, now: Instant): Cause | undefined =>
      isTranslatable(passing) ? this.#beforeRouting(passing, now) : undefined;
    const after = (passing: PassingPacket): Cause | undefined =>
      isTranslatable(passing) ? this.#afterRouting(passing) : undefined;
    const { hooks } = host;
    hooks.add('prerouting', HookPriority.destinationNat, before);
    hooks.add('output', HookPriority.destinationNat, before);
    hooks.add('postrouting', HookPriority.sourceNat, after);
    hooks.add('input', HookPriority.sourceNat, after);
  }

  /** The address that all share. */
  get #shared(): Ipv4Address | undefined {
    return this.#host.portNamed(this.#outside)?.interface.ipv4Addresses[0]?.address;
  }

  #beforeRouting(passing: Translatable, now: Instant): Cause | undefined {
    const { flow } = passing;
    if (flow === undefined) return undefined;
    if (!flow.isConfirmed && passing.state === 'new') {
      const refusal = this.#chooseDestination(passing, flow, now);
      if (refusal !== undefined) return refusal;
    }
    translate(passing, flow, 'destination');
    return undefined;
  }

  /** Somebody speaks to the shared address: whom do they mean? */
  #chooseDestination(passing: Translatable, flow: Flow, now: Instant): Cause | undefined {
    const { protocol, source, destination, destinationPort } = flow.original;
    if (passing.from === undefined || destination !== this.#shared) return undefined;
    const endpoint = { address: destination, port: destinationPort };
    const inside = this.#mappings.forwarded(protocol, destinationPort);
    if (inside !== undefined) return leadTo(flow, inside);
    const mapping = this.#mappings.at(protocol, endpoint);
    if (mapping === undefined)
      return this.#isUnsolicited(passing) ? this.#hold(passing, now) : undefined;
    const isKnown = (other: Flow): boolean => other.original.destination === source;
    if (
      this.#filtering === 'endpoint-independent' ||
      (this.#filtering === 'address-dependent' && [...mapping.flows].some(isKnown))
    ) {
      this.#mappings.join(mapping, flow);
      return leadTo(flow, mapping.inside);
    }
    return protocol === IpProtocol.tcp ? this.#hold(passing, now) : FILTERED;
  }

  /** Whether this is a SYN for a port that nobody has, neither inside nor on this host. */
  #isUnsolicited({ packet, flow, from }: Translatable): boolean {
    if (packet.protocol !== IpProtocol.tcp || from?.name !== this.#outside) return false;
    const flags = u16(packet.bytes, packet.payloadAt + 12);
    const isSyn = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const port = flow?.original.destinationPort ?? 0;
    return isSyn && this.#host.tcpSockets.ports.on(port).length === 0;
  }

  #hold({ packet, flow }: Translatable, now: Instant): Cause {
    if (flow !== undefined) this.#held.hold(flow.original, packet, now);
    return UNSOLICITED;
  }

  #afterRouting(passing: Translatable): Cause | undefined {
    const { flow, from, to } = passing;
    if (flow === undefined) {
      const isOthers = from !== undefined && to?.name === this.#outside;
      return isOthers && passing.state === 'invalid' ? UNKNOWN : undefined;
    }
    if (!flow.isConfirmed && passing.state === 'new' && this.#needsSource(passing, flow)) {
      const { protocol, source, sourcePort } = flow.original;
      const shared = this.#shared;
      if (shared === undefined) return NO_PORT;
      const inside = { address: source, port: sourcePort };
      const outside = this.#mappings.take(protocol, inside, shared, flow);
      if (outside === undefined) return NO_PORT;
      flow.reply = { ...flow.reply, destination: outside.address, destinationPort: outside.port };
      this.#held.crossed(flow.reply);
    }
    translate(passing, flow, 'source');
    return undefined;
  }

  /** What leaves for the outside, and what returns inside from the shared address (REQ-9). */
  #needsSource({ from, to }: Translatable, flow: Flow): boolean {
    if (from === undefined || to === undefined) return false; // of this host, or for it
    if (to.name === this.#outside) return true;
    return flow.original.destination === this.#shared && from.name !== this.#outside;
  }
}

function isTranslatable(passing: PassingPacket): passing is Translatable {
  return passing.packet instanceof Ipv4Packet;
}

function readForward({ protocol, port, to }: PortForward): PortForward & { inside: Endpoint } {
  if (to.startsWith('[')) throw new RangeError(`a NAT is for IPv4, which "${to}" is not`);
  const [address = '', insidePort = ''] = to.split(':');
  if (!/^\d{1,5}$/.test(insidePort) || Number(insidePort) > 0xffff) {
    throw new RangeError(`not an address and port such as 192.168.1.2:80: "${to}"`);
  }
  const inside = { address: parseIpv4(address), port: Number(insidePort) };
  return { protocol, port, to, inside };
}

/** Packets of the connection go to `inside`, and answers come from there. */
function leadTo(flow: Flow, inside: Endpoint): undefined {
  flow.reply = { ...flow.reply, source: inside.address, sourcePort: inside.port };
}

/**
 * Gives the packet, on one side, the endpoint that it has beyond this host: there it looks as the
 * inverse of what answers to it look like here.
 */
function translate(passing: Translatable, flow: Flow, side: Side): void {
  const { direction } = passing;
  const here = endpointOf(flow[direction], side);
  const beyond = endpointOf(inverse(flow[opposite(direction)]), side);
  if (here.address === beyond.address && here.port === beyond.port) return;
  const b = passing.own();
  const { start, payloadAt, end } = passing.packet;
  if (passing.state === 'related') {
    setEndpoint(b, start, end, side, { address: beyond.address, port: -1 });
    const quoteAt = payloadAt + ICMPV4_HEADER_LENGTH;
    const before = onesSum(b, quoteAt, end);
    setEndpoint(b, quoteAt, end, side === 'source' ? 'destination' : 'source', beyond);
    carryOn(b, payloadAt + 2, before, onesSum(b, quoteAt, end));
  } else setEndpoint(b, start, end, side, beyond);
  passing.changed();
}

function endpointOf(tuple: Flow['original'], side: Side): Endpoint {
  return side === 'source'
    ? { address: tuple.source, port: tuple.sourcePort }
    : { address: tuple.destination, port: tuple.destinationPort };
}
