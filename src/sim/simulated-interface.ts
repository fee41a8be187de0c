/** An interface of a host of a scenario: where links end and captures are made. */
import type {
  AdvertisementSettings,
  Cause,
  Instant,
  NetworkInterface,
  PacketBuffers,
  Receiver,
} from '../stack/index.ts';
import { isIpv6, isLinkLocalIpv6, printIp, withoutHost } from '../wire/index.ts';
import type { FrameObserver } from './observers.ts';
import type { Latency } from './links/pipe-options.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { Pluggable } from './links/switch.ts';

/** What an interface is like. */
export interface SimulatedInterfaceOptions {
  readonly address: string | readonly string[];
  readonly ipv6?: 'comes-up' | 'is-up' | undefined;
  /** The hardware address, `02:00:00:00:00:07`; the network gives one by default. */
  readonly mac?: string;
  /** In octets; 1,500 by default. */
  readonly mtu?: number;
  /** Whether TCP and UDP checksums are left to the device. */
  readonly checksumOffload?: boolean;
  /**
   * Whether the device cuts long frames of TCP (TSO), so that captures on the host show these; it
   * makes checksums, too, then. `ethtool -K` changes both.
   */
  readonly segmentationOffload?: boolean;
  /** How long a frame takes from the wire, where captures see it, to the protocols. */
  readonly receiveLatency?: Latency;
  /** In what memory its driver puts what arrives: windows depend on it. */
  readonly packetBuffers?: PacketBuffers;
}

/** A host's interface, where links end and captures are made. */
export class SimulatedInterface implements Receiver {
  readonly host: SimulatedHost;
  readonly stack: NetworkInterface;
  readonly #ofReceived: FrameObserver[] = [];
  readonly #ofSent: FrameObserver[] = [];
  readonly #inward: Receiver;
  #isPlugged = false;

  constructor(host: SimulatedHost, stack: NetworkInterface, inward: Receiver) {
    this.host = host;
    this.stack = stack;
    this.#inward = inward;
  }

  get name(): string {
    return this.stack.name;
  }

  /** Whether there is a link at it. */
  get isPlugged(): boolean {
    return this.#isPlugged;
  }

  /** Plugs the interface into the end of a link. @throws RangeError when it is in another's */
  connect(end: Pluggable): void {
    if (this.#isPlugged) throw new RangeError(`${this.host.name} ${this.name} has a link already`);
    this.#isPlugged = true;
    end.attach(this);
    this.stack.attach(end);
  }

  /** A router is sent segments: what it passes on has to fit the next link. */
  get takesUnfinished(): boolean {
    const { routesIpv4, routesIpv6 } = this.host.stack.settings.links;
    return !routesIpv4 && !routesIpv6;
  }

  /** A frame has arrived. */
  receive(frame: Uint8Array, cause: Cause, now: Instant): void {
    if (this.stack.isUp) {
      for (const observer of this.#ofReceived) observer.frame(frame, cause, now);
    }
    this.#inward.receive(frame, cause, now);
  }

  carrierChanged(hasCarrier: boolean, now: Instant): void {
    this.stack.carrierChanged(hasCarrier, now);
  }

  /**
   * Has a router tell the link of itself and of prefixes that hosts make addresses of (SLAAC, RFC
   * 4862): by default of those of the interface's own addresses.
   *
   * @throws RangeError for a prefix that is none
   */
  advertise(settings: AdvertisementSettings = { prefixes: this.#ownPrefixes() }): void {
    this.host.stack.advertise(this.stack, settings, this.host.now);
  }

  #ownPrefixes(): AdvertisementSettings['prefixes'] {
    return this.stack.addresses
      .filter(({ address }) => isIpv6(address) && !isLinkLocalIpv6(address))
      .map((own) => ({ prefix: `${printIp(withoutHost(own).address)}/${own.length}` }));
  }

  /**
   * Has observers see what is sent and what arrives, one of both or one of each; on loopback each
   * frame once, when it is sent. What it gives ends that.
   */
  observe(sent: FrameObserver, received: FrameObserver = sent): () => void {
    this.#ofSent.push(sent);
    this.#ofReceived.push(received);
    this.stack.observer = (frame, cause, now): void => {
      for (const each of this.#ofSent) each.frame(frame, cause, now);
    };
    return () => {
      remove(this.#ofSent, sent);
      remove(this.#ofReceived, received);
      if (this.#ofSent.length === 0) this.stack.observer = undefined;
    };
  }
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
