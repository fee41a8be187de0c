/**
 * What a host has between its links and its transports, the internet layer of RFC 1122 §3: IP and
 * ICMP of both versions, what is forwarded, and programs that see packets as they are. Packets come
 * in from IP, judged to be for this host or for another, and go to their protocol from here.
 */
import {
  DecodeError,
  decodeIpv4,
  decodeIpv6,
  ETHERNET_HEADER_LENGTH,
  type Icmpv6Message,
  type IpAddress,
  IPV4_ANY,
  Ipv4Packet,
  IPV6_ANY,
  IpProtocol,
  isIpv6,
  NextHeader,
} from '../wire/index.ts';
import type { Agenda } from './agenda.ts';
import { assert } from './assert.ts';
import { type Cause, cause } from './cause.ts';
import type { Choices } from './choices.ts';
import type { Counters } from './counters.ts';
import { ICMP_ERRORS } from './icmp/icmp-error-rules.ts';
import { IcmpRateLimit } from './icmp/icmp-rate-limit.ts';
import {
  Icmp,
  type IcmpErrorReport,
  type IcmpEvents,
  type QuotedPacket,
  unreachableNeighbor,
} from './icmp/icmpv4.ts';
import { Icmpv6 } from './icmp/icmpv6.ts';
import { headerError, ICMPV6_ERRORS } from './icmp/icmpv6-errors.ts';
import type { NetworkInterface } from './interfaces/interface.ts';
import { Forwarding } from './ip/forwarding-ipv4.ts';
import { ForwardingIpv6 } from './ip/forwarding-ipv6.ts';
import { HeededRedirects } from './ip/heeded-redirects.ts';
import type { IpLayer, IpPacket } from './ip/ip-layer.ts';
import { Ipv4 } from './ip/ipv4.ts';
import { Ipv4Input, type Ipv4Upper } from './ip/ipv4-input.ts';
import { Ipv6 } from './ip/ipv6.ts';
import { Ipv6Input } from './ip/ipv6-input.ts';
import { Ipv6Arrival } from './ip/ipv6-arrival.ts';
import { type Port, unicastRoute } from './ip/routing.ts';
import { ConnectionTracker } from './middlebox/connection-tracker.ts';
import { PacketHooks } from './middlebox/packet-hooks.ts';
import type { PassingPacket } from './middlebox/passing-packet.ts';
import { RawSockets } from './sockets/raw-socket.ts';
import type { HostSettings } from './settings.ts';
import { Slab } from './slab.ts';
import type { Instant } from './time.ts';

const UNKNOWN_HEADER = cause('ipv6-protocol', 'a protocol unknown here', 'RFC 8200 §4');
const NO_PAYLOAD = cause('ipv6-no-payload', 'nothing follows its headers', 'RFC 8200 §4.7');
const UNKNOWN_PROTOCOL = cause('ip-protocol', 'a protocol unknown here', 'RFC 1122 §3.2.2.1');

/** A transport, TCP or UDP, as the layer below sees it. */
interface Transport {
  receive(packet: IpPacket, from: NetworkInterface, frame: Uint8Array, now: Instant): void;
  /** An ICMP error has come back about a packet of its own. */
  errorReported(report: IcmpErrorReport, now: Instant): void;
  /** Whether a packet that was quoted may be one of its own. */
  hasSent(quoted: QuotedPacket): boolean;
}

/** What the internet layer needs of its host, and gives to it. */
export interface InternetHost {
  readonly name: string;
  readonly settings: HostSettings;
  readonly counters: Counters;
  readonly choices: Choices;
  readonly agenda: Agenda;
  readonly tcp: Transport;
  readonly udp: Transport;
  /** Told of each echo reply that arrives. */
  readonly onEchoReply: IcmpEvents['echoReplied'] | undefined;
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  wakeAt(at: Instant): void;
  /** The interface of that name, with its neighbours. */
  portNamed(name: string): Port | undefined;
  /** A message of Neighbor Discovery or Multicast Listener Discovery, for the interface. */
  linkMessage(
    message: Icmpv6Message,
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void;
}

export class InternetLayer implements Ipv4Upper {
  readonly ip: Ipv4;
  readonly ipv6: Ipv6;
  /** Where packets that arrive begin. */
  readonly ipv4Input: Ipv4Input;
  readonly ipv6Input: Ipv6Input;
  readonly icmp: Icmp;
  readonly icmpv6: Icmpv6;
  readonly rawSockets: RawSockets;
  /** Where frames are carved from. */
  readonly slab: Slab = new Slab();
  readonly #host: InternetHost;
  readonly #forwarding: Forwarding;
  readonly #forwardingIpv6: ForwardingIpv6;
  #tracker: ConnectionTracker | undefined = undefined;

  /** @param secret 32 bits that nobody outside knows. */
  constructor(host: InternetHost, secret: number) {
    const { settings, counters } = host;
    this.#host = host;
    this.ip = new Ipv4(this.slab, counters, settings, host.choices, secret);
    this.ipv4Input = new Ipv4Input(this.ip, settings, this);
    this.ipv6 = new Ipv6(this.slab, counters, host.choices);
    this.ipv6Input = this.#makeIpv6Input();
    const limit = new IcmpRateLimit(settings, counters);
    const dropped = (frame: Uint8Array, why: Cause, now: Instant): void =>
      host.dropped(frame, why, now);
    const events: IcmpEvents = {
      dropped,
      errorReported: (report, now) => this.#errorReported(report, now),
      echoReplied: (from, identifier, sequence, now) =>
        host.onEchoReply?.(from, identifier, sequence, now),
    };
    const redirects = new HeededRedirects(this.ip, settings, host.agenda, this);
    this.icmp = new Icmp(this.ip, settings, limit, {
      ...events,
      redirected: (packet, gateway, quoted, frame, now) =>
        redirects.redirected(packet, gateway, quoted, frame, now),
    });
    this.icmpv6 = new Icmpv6(this.ipv6, limit, {
      ...events,
      linkMessage: (message, packet, from, frame, now) =>
        host.linkMessage(message, packet, from, frame, now),
    });
    this.#forwarding = new Forwarding(this.ip, this.icmp, dropped);
    this.#forwardingIpv6 = new ForwardingIpv6(this.ipv6, this.icmpv6, this.slab, limit, dropped);
    this.rawSockets = new RawSockets({
      profile: settings,
      counters,
      ipFor: (address) => this.ipFor(address),
      portNamed: (name) => host.portNamed(name),
    });
  }

  #makeIpv6Input(): Ipv6Input {
    return new Ipv6Input(this.ipv6, this.#host.settings, {
      dropped: (frame, why, now) => this.dropped(frame, why, now),
      received: (packet, from, frame, now) => this.#receiveIpv6(packet, from, frame, now),
      toForward: (packet, from, frame, why, now, passing) =>
        this.#forwardingIpv6.forward(packet, from, frame, why, now, passing),
      headerRefused: (packet, { code, pointer, evenToMany }, now) => {
        if (code === undefined) return;
        this.icmpv6.sendError(packet, headerError(code, evenToMany), pointer, now);
      },
      expired: (first, now) =>
        this.icmpv6.sendError(new Ipv6Arrival(first), ICMPV6_ERRORS.fragmentsExpired, 0, now),
      wakeAt: (at) => this.wakeAt(at),
    });
  }

  /** The layer that carries packets to an address. */
  ipFor(address: IpAddress): IpLayer {
    return isIpv6(address) ? this.ipv6 : this.ip;
  }

  /** Where packets are shown to boxes; from the first question on, they are. */
  get hooks(): PacketHooks {
    this.ip.hooks ??= new PacketHooks((frame, why, now) => this.dropped(frame, why, now));
    this.ipv6.hooks = this.ip.hooks;
    return this.ip.hooks;
  }

  /** Which connections packets that pass belong to; from the first question on, that is known. */
  get tracker(): ConnectionTracker {
    const { tracking } = this.#host.settings;
    this.#tracker ??= new ConnectionTracker(this.hooks, tracking, (at) => this.wakeAt(at));
    return this.#tracker;
  }

  /** Sends what has no better route to a router: `ip route add default via …`. */
  addDefaultRoute(gateway: IpAddress): void {
    const { routes } = this.ipFor(gateway);
    const route = routes.lookUp(gateway);
    if (route === undefined) throw new RangeError(`${this.#host.name}: no route to the gateway`);
    const source = isIpv6(gateway) ? IPV6_ANY : route.source;
    const everywhere = { address: isIpv6(gateway) ? IPV6_ANY : IPV4_ANY, length: 0 };
    routes.add(unicastRoute(everywhere, gateway, route.port, source));
  }

  /** When {@link wake} has something to do. */
  get deadline(): Instant {
    return Math.min(this.ipv4Input.deadline, this.ipv6Input.deadline);
  }

  /** Runs the timers that are due. */
  wake(now: Instant): void {
    this.ipv4Input.wake(now);
    this.ipv6Input.wake(now);
  }

  wakeAt(at: Instant): void {
    this.#host.wakeAt(at);
  }

  dropped(frame: Uint8Array, why: Cause, now: Instant): void {
    this.#host.dropped(frame, why, now);
  }

  /** A packet for this host: to its protocol. */
  receive(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    if (!this.rawSockets.isEmpty) this.rawSockets.deliver(packet, now);
    if (packet.protocol === IpProtocol.tcp) this.#host.tcp.receive(packet, from, frame, now);
    else this.#receiveOther(packet, from, frame, now);
  }

  #receiveOther(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    switch (packet.protocol) {
      case IpProtocol.udp:
        this.#host.udp.receive(packet, from, frame, now);
        break;
      case IpProtocol.icmp:
        this.icmp.receive(packet, frame, now);
        break;
      default:
        if (this.rawSockets.sees(packet.protocol)) break;
        this.dropped(frame, UNKNOWN_PROTOCOL, now);
        this.icmp.sendError(packet, ICMP_ERRORS.noProtocol, 0, now);
    }
  }

  #receiveIpv6(packet: Ipv6Arrival, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    if (!this.rawSockets.isEmpty) this.rawSockets.deliver(packet, now);
    switch (packet.protocol) {
      case IpProtocol.tcp:
        this.#host.tcp.receive(packet, from, frame, now);
        break;
      case IpProtocol.udp:
        this.#host.udp.receive(packet, from, frame, now);
        break;
      case IpProtocol.icmpv6:
        this.icmpv6.receive(packet, from, frame, now);
        break;
      case NextHeader.none: // RFC 8200 §4.7
        this.dropped(frame, NO_PAYLOAD, now);
        break;
      default: {
        if (this.rawSockets.sees(packet.protocol)) break;
        const pointer = packet.protocolAt - packet.start;
        this.dropped(frame, UNKNOWN_HEADER, now);
        this.icmpv6.sendError(packet, ICMPV6_ERRORS.noProtocol, pointer, now);
      }
    }
  }

  /** A packet for another host, which goes on. */
  forward(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    this.#forwarding.forward(packet, from, frame, why, now, passing);
  }

  /** Fragments of a packet for this host did not all come: its sender is told. */
  expired(first: Ipv4Packet, now: Instant): void {
    this.icmp.sendError(first, ICMP_ERRORS.fragmentsExpired, 0, now);
  }

  /** No socket has the port of a datagram: its sender is told. */
  portUnreachable(packet: IpPacket, now: Instant): void {
    if (packet instanceof Ipv4Packet) this.icmp.sendError(packet, ICMP_ERRORS.noPort, 0, now);
    else if (packet instanceof Ipv6Arrival) {
      this.icmpv6.sendError(packet, ICMPV6_ERRORS.noPort, 0, now);
    }
  }

  /** Nobody answers for the next hop of a packet: its sender, here or elsewhere, is told. */
  neighborUnreachable(frame: Uint8Array, now: Instant): void {
    const isVersion6 = frame[ETHERNET_HEADER_LENGTH]! >>> 4 === 6;
    const packet = (isVersion6 ? decodeIpv6 : decodeIpv4)(frame, ETHERNET_HEADER_LENGTH);
    assert(!(packet instanceof DecodeError), 'a host sends well-formed packets');
    if (!(packet instanceof Ipv4Packet)) this.ipv6.routes.endRedirect(packet.destination);
    // Linux tells itself by ICMP, too; nobody sees that but raw sockets.
    const isSeen = this.rawSockets.sees(isVersion6 ? IpProtocol.icmpv6 : IpProtocol.icmp);
    if (this.ipFor(packet.source).isLocal(packet.source) && !isSeen)
      this.#errorReported(unreachableNeighbor(frame), now);
    else if (packet instanceof Ipv4Packet) this.icmp.sendError(packet, ICMP_ERRORS.noHost, 0, now);
    else this.icmpv6.sendError(new Ipv6Arrival(packet), ICMPV6_ERRORS.noHost, 0, now);
  }

  /** Whether a packet that was quoted may have been sent from here. */
  hasSent(quoted: QuotedPacket): boolean {
    const { tcp, udp } = this.#host;
    const { protocol, source } = quoted;
    if (protocol === IpProtocol.tcp) return tcp.hasSent(quoted);
    if (protocol === IpProtocol.udp) return udp.hasSent(quoted);
    const isPing = protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6;
    return this.ipFor(source).isLocal(source) && (isPing || this.rawSockets.sees(protocol));
  }

  #errorReported(report: IcmpErrorReport, now: Instant): void {
    const { tcp, udp } = this.#host;
    if (report.protocol === IpProtocol.tcp) tcp.errorReported(report, now);
    else if (report.protocol === IpProtocol.udp) udp.errorReported(report, now);
    this.rawSockets.errorReported(report, now);
  }
}
