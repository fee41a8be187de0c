/**
 * Which port outside stands for which host and port inside (RFC 4787 §4). A port keeps its number
 * where that is free, else it stays even or odd (§4.2.2), and well-known or not (§4.2.1).
 */
import { type Ipv4Address, IpProtocol } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { ConnectionTracker } from './connection-tracker.ts';
import type { Flow } from './flow.ts';
import { type Endpoint, endpointKey } from './tuple.ts';

/**
 * Whether a port outside stands for one port inside, or is taken anew for each peer and may then
 * serve several at once, as long as their peers differ (Linux).
 */
export type MappingBehavior = 'endpoint-independent' | 'address-and-port-dependent';

export interface Mapping {
  readonly inside: Endpoint;
  readonly outside: Endpoint;
  /** The connections by it; with the last one it ends. */
  readonly flows: Set<Flow>;
}

/** A port outside that always leads to the same place inside. */
export interface ForwardedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly inside: Endpoint;
}

const FIRST_REGISTERED = 1024;
const PORTS = 65_536;

export class PortMappings {
  readonly #host: Host;
  readonly #tracker: ConnectionTracker;
  readonly #behavior: MappingBehavior;
  readonly #forwards = new Map<string, Endpoint>();
  readonly #inside = new Map<string, Mapping>();
  readonly #outside = new Map<string, Mapping>();
  readonly #ofFlow = new Map<Flow, Mapping>();

  constructor(
    host: Host,
    tracker: ConnectionTracker,
    behavior: MappingBehavior,
    forwards: readonly ForwardedPort[],
  ) {
    this.#host = host;
    this.#tracker = tracker;
    this.#behavior = behavior;
    for (const { protocol, port, inside } of forwards) {
      this.#forwards.set(`${IpProtocol[protocol]} ${port}`, inside);
    }
    tracker.onForgotten((flow) => this.#forgotten(flow));
  }

  /** Where a port outside leads by the administrator's will. */
  forwarded(protocol: number, port: number): Endpoint | undefined {
    return this.#forwards.get(`${protocol} ${port}`);
  }

  /** The mapping that a port outside belongs to. */
  at(protocol: number, outside: Endpoint): Mapping | undefined {
    return this.#outside.get(endpointKey(protocol, outside));
  }

  /** The connection holds the mapping, too. */
  join(mapping: Mapping, flow: Flow): void {
    mapping.flows.add(flow);
    this.#ofFlow.set(flow, mapping);
  }

  /** The endpoint outside for a connection that begins inside; nothing when all are taken. */
  take(protocol: number, inside: Endpoint, shared: Ipv4Address, flow: Flow): Endpoint | undefined {
    if (this.#behavior !== 'endpoint-independent') {
      return this.#free(inside.port, shared, (outside) => this.#isFreeFor(flow, outside));
    }
    const known = this.#inside.get(endpointKey(protocol, inside));
    if (known !== undefined) {
      this.join(known, flow);
      return known.outside;
    }
    const outside = this.#free(
      inside.port,
      shared,
      (candidate) =>
        this.at(protocol, candidate) === undefined && !this.#isReserved(protocol, candidate.port),
    );
    if (outside === undefined) return undefined;
    const mapping: Mapping = { inside, outside, flows: new Set() };
    this.#inside.set(endpointKey(protocol, inside), mapping);
    this.#outside.set(endpointKey(protocol, outside), mapping);
    this.join(mapping, flow);
    return outside;
  }

  /** Whether answers from the peer to that endpoint are this connection's alone. */
  #isFreeFor({ reply }: Flow, { address, port }: Endpoint): boolean {
    if (this.#isReserved(reply.protocol, port)) return false;
    const answers = { ...reply, destination: address, destinationPort: port };
    return this.#tracker.find(answers) === undefined;
  }

  /** Whether a port leads elsewhere, or is of this host's own. */
  #isReserved(protocol: number, port: number): boolean {
    if (this.forwarded(protocol, port) !== undefined) return true;
    const { tcp, tcpSockets } = this.#host;
    if (protocol !== IpProtocol.tcp) return false;
    return tcpSockets.ports.on(port).length > 0 || tcp.connectionsOnPort(port) > 0;
  }

  /** The wanted port, or the next above that is even or odd as it is, from the same range. */
  #free(
    wanted: number,
    address: Ipv4Address,
    isFree: (outside: Endpoint) => boolean,
  ): Endpoint | undefined {
    const isLow = wanted < FIRST_REGISTERED;
    const [first, size] = isLow
      ? [0, FIRST_REGISTERED]
      : [FIRST_REGISTERED, PORTS - FIRST_REGISTERED];
    for (let step = 0; step < size; step += 2) {
      const port = first + ((wanted - first + step) % size);
      const outside = { address, port };
      if (port !== 0 && isFree(outside)) return outside;
    }
    return undefined;
  }

  #forgotten(flow: Flow): void {
    const mapping = this.#ofFlow.get(flow);
    if (mapping === undefined) return;
    this.#ofFlow.delete(flow);
    mapping.flows.delete(flow);
    if (mapping.flows.size > 0) return;
    const { protocol } = flow.original;
    this.#inside.delete(endpointKey(protocol, mapping.inside));
    this.#outside.delete(endpointKey(protocol, mapping.outside));
  }
}
