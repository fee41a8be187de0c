/**
 * Takes out of a capture what a host is free to choose, so that two captures of the same events have
 * the same octets: initial sequence numbers, ephemeral ports, where timestamps and IP
 * identifications begin, IPv6 flow labels, the identifiers of pings, nonces. What follows from them stays:
 * an identification counts on from the first one, a timestamp from the first one, and checksums
 * that were right are right.
 */
import { onesSum, complementSum, foldSum, LinkType } from '../../src/wire/index.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const HOP_BY_HOP = 0;
const FRAGMENT = 44;
const NEIGHBOR_SOLICITATION = 135;
const NONCE_OPTION = 14;
const FIRST_EPHEMERAL_PORT = 32_768;

/** What numbers begin at instead. */
const INITIAL_SEQUENCE_NUMBER = 1_000_000_000;
const FIRST_TIMESTAMP = 1_000_000_000;
const FIRST_PORT = 50_001;

/** A tick of the kernels that are compared, in seconds (HZ = 250). */
const TICK = 0.004;

/** One direction of a connection. */
interface Direction {
  isn: number | undefined;
  /** The last one, what it was replaced by, and when. */
  identification: { given: number; replaced: number; at: number } | undefined;
  timestamp: number | undefined;
}

/** Where a packet's addresses lie, and what is behind its header. */
interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly transport: number;
  readonly end: number;
  /** Whether its transport header is there. */
  readonly isFirst: boolean;
  /** Whether all of it is there, so that its checksum can be judged. */
  readonly isWhole: boolean;
  readonly pseudo: number;
}

export class FreeNumbers {
  readonly #ports = new Map<number, number>();
  readonly #echoes = new Map<number, number>();
  readonly #directions = new Map<string, Direction>();
  /** What became of the identification of packets in fragments. */
  readonly #fragments = new Map<string, number>();
  readonly #fragmentsOfIpv6 = new Map<number, number>();
  #b: DataView = new DataView(new ArrayBuffer(0));
  /** When the packet was seen, in seconds. */
  #now = 0;

  /** The frame with those numbers replaced: a copy. */
  replace(linkType: number, frame: Uint8Array, now: number): Uint8Array {
    this.#now = now;
    const copy = new Uint8Array(frame); // a Buffer.slice() would share its octets
    this.#b = new DataView(copy.buffer);
    const [protocolAt, at] = NETWORK_AT.get(linkType) ?? [12, 14];
    if (copy.length < at + 20) return copy;
    const protocol = this.#b.getUint16(protocolAt);
    if (protocol === IPV4 || protocol === IPV6) this.#packet(copy, at, false);
    return copy;
  }

  #packet(bytes: Uint8Array, at: number, isQuoted: boolean): void {
    const isV4 = this.#b.getUint8(at) >> 4 === 4;
    const packet = isV4 ? this.#ipv4(bytes, at) : this.#ipv6(bytes, at);
    if (packet === undefined) return;
    const { protocol, transport, end } = packet;
    const checksumAt = transport + (CHECKSUM_AT.get(protocol) ?? 0);
    const hasChecksum =
      packet.isWhole && packet.isFirst && CHECKSUM_AT.has(protocol) && end > transport;
    const pseudo = protocol === ICMP ? 0 : packet.pseudo;
    const wasRight = hasChecksum && foldSum(onesSum(bytes, transport, end) + pseudo) === 0xffff;
    const headerWasRight = isV4 && onesSum(bytes, at, at + this.#ihl(at)) === 0xffff;
    if (packet.isFirst) this.#ports4(packet, bytes, isQuoted);
    if (isV4) this.#identification(packet, at, bytes);
    if (isV4 && headerWasRight) {
      this.#b.setUint16(at + 10, 0);
      this.#b.setUint16(at + 10, complementSum(onesSum(bytes, at, at + this.#ihl(at))));
    }
    if (!wasRight) return;
    this.#b.setUint16(checksumAt, 0);
    const sum = foldSum(onesSum(bytes, transport, end) + pseudo);
    this.#b.setUint16(checksumAt, complementSum(sum));
  }

  #ihl(at: number): number {
    return (this.#b.getUint8(at) & 15) * 4;
  }

  #ipv4(bytes: Uint8Array, at: number): Packet | undefined {
    if (bytes.length < at + 20) return undefined;
    const end = at + this.#b.getUint16(at + 2);
    const protocol = this.#b.getUint8(at + 9);
    const transport = at + this.#ihl(at);
    const length = end - transport;
    const pseudo = foldSum(onesSum(bytes, at + 12, at + 20) + protocol + length);
    const fragment = this.#b.getUint16(at + 6) & 0x3fff;
    return {
      source: bytes.slice(at + 12, at + 16).join('.'),
      destination: bytes.slice(at + 16, at + 20).join('.'),
      protocol,
      transport,
      end: Math.min(end, bytes.length),
      isFirst: (fragment & 0x1fff) === 0 && transport + 8 <= bytes.length,
      isWhole: end <= bytes.length && fragment === 0,
      pseudo,
    };
  }

  #ipv6(bytes: Uint8Array, at: number): Packet | undefined {
    if (bytes.length < at + 40) return undefined;
    const label = this.#b.getUint32(at) & 0xfffff;
    this.#b.setUint32(at, (this.#b.getUint32(at) & 0xfff00000) | (label === 0 ? 0 : 0x12345));
    const end = at + 40 + this.#b.getUint16(at + 4);
    let protocol = this.#b.getUint8(at + 6);
    let transport = at + 40;
    while (protocol === HOP_BY_HOP && transport + 2 <= bytes.length) {
      protocol = this.#b.getUint8(transport);
      transport += 8 + 8 * this.#b.getUint8(transport + 1);
    }
    let isFragment = false;
    let isBeginning = true;
    if (protocol === FRAGMENT && transport + 8 <= bytes.length) {
      isFragment = true;
      isBeginning = this.#b.getUint16(transport + 2) >> 3 === 0;
      this.#fragmentOfIpv6(transport + 4);
      protocol = this.#b.getUint8(transport);
      transport += 8;
    }
    const sum = onesSum(bytes, at + 8, at + 40);
    return {
      source: bytes.slice(at + 8, at + 24).join('.'),
      destination: bytes.slice(at + 24, at + 40).join('.'),
      protocol,
      transport,
      end: Math.min(end, bytes.length),
      isFirst: isBeginning && transport + 8 <= bytes.length,
      isWhole: end <= bytes.length && !isFragment,
      pseudo: foldSum(sum + protocol + (end - transport)),
    };
  }

  /** Fragments of a packet share a number by chance. */
  #fragmentOfIpv6(at: number): void {
    const identification = this.#b.getUint32(at);
    const known = this.#fragmentsOfIpv6.get(identification) ?? 1 + this.#fragmentsOfIpv6.size;
    this.#fragmentsOfIpv6.set(identification, known);
    this.#b.setUint32(at, known);
  }

  /** Ports, and what else a transport's header has. */
  #ports4(packet: Packet, bytes: Uint8Array, isQuoted: boolean): void {
    const { protocol, transport } = packet;
    if (protocol === TCP || protocol === UDP) {
      for (const at of [transport, transport + 2]) {
        this.#b.setUint16(at, this.#port(this.#b.getUint16(at)));
      }
      if (protocol === TCP) this.#tcp(packet, isQuoted);
    } else if (protocol === ICMP || protocol === ICMPV6) {
      const type = this.#b.getUint8(transport);
      const isError = protocol === ICMP ? [3, 5, 11, 12].includes(type) : type < 128;
      if (isError && transport + 28 <= bytes.length) this.#packet(bytes, transport + 8, true);
      const isEcho = protocol === ICMP ? [0, 8].includes(type) : [128, 129].includes(type);
      if (isEcho) this.#echo(transport + 4);
      if (protocol === ICMPV6 && type === NEIGHBOR_SOLICITATION)
        this.#nonce(transport + 24, packet);
    }
  }

  /** The identifier of a ping: what process it is. */
  #echo(at: number): void {
    const identifier = this.#b.getUint16(at);
    const known = this.#echoes.get(identifier) ?? 1 + this.#echoes.size;
    this.#echoes.set(identifier, known);
    this.#b.setUint16(at, known);
  }

  /** The nonce by which a host knows its own solicitation (RFC 7527 §4.1). */
  #nonce(at: number, { end }: Packet): void {
    if (at + 8 > end || this.#b.getUint8(at) !== NONCE_OPTION) return;
    this.#b.setUint16(at + 2, 0);
    this.#b.setUint32(at + 4, 0);
  }

  #port(port: number): number {
    if (port < FIRST_EPHEMERAL_PORT) return port;
    const known = this.#ports.get(port) ?? FIRST_PORT + this.#ports.size;
    this.#ports.set(port, known);
    return known;
  }

  #direction(from: string, to: string): Direction {
    const key = `${from} > ${to}`;
    let direction = this.#directions.get(key);
    if (direction === undefined) {
      direction = { isn: undefined, identification: undefined, timestamp: undefined };
      this.#directions.set(key, direction);
    }
    return direction;
  }

  /** Both directions of who talks here, by port where there are ports. */
  #directionsOf({ source, destination, protocol, transport, isFirst }: Packet): {
    readonly there: Direction;
    readonly back: Direction;
  } {
    const hasPorts = isFirst && (protocol === TCP || protocol === UDP);
    const port = (at: number): string => (hasPorts ? `:${this.#b.getUint16(at)}` : '');
    const from = `${protocol} ${source}${port(transport)}`;
    const to = `${protocol} ${destination}${port(transport + 2)}`;
    return { there: this.#direction(from, to), back: this.#direction(to, from) };
  }

  #tcp(packet: Packet, isQuoted: boolean): void {
    const { transport, end } = packet;
    const { there, back } = this.#directionsOf(packet);
    const sequence = this.#b.getUint32(transport + 4);
    const isComplete = transport + 20 <= end;
    const flags = isComplete ? this.#b.getUint8(transport + 13) : 0;
    if (!isQuoted && (flags & 2) !== 0 && there.isn !== sequence) {
      there.isn = sequence;
      there.identification = undefined;
    }
    const isBareReset = (flags & 4) !== 0 && sequence === 0;
    if (!isBareReset) this.#b.setUint32(transport + 4, relative(sequence, there.isn));
    if (!isComplete) return;
    const acknowledgment = this.#b.getUint32(transport + 8);
    if ((flags & 16) !== 0) this.#b.setUint32(transport + 8, relative(acknowledgment, back.isn));
    const optionsEnd = Math.min(transport + (this.#b.getUint8(transport + 12) >> 4) * 4, end);
    this.#options(transport + 20, optionsEnd, there, back);
  }

  #options(begin: number, end: number, there: Direction, back: Direction): void {
    for (let at = begin; at + 1 < end;) {
      const kind = this.#b.getUint8(at);
      if (kind === 0) return;
      const length = kind === 1 ? 1 : this.#b.getUint8(at + 1);
      if (length === 0 || at + length > end) return;
      if (kind === 5) {
        for (let edge = at + 2; edge < at + length; edge += 4) {
          this.#b.setUint32(edge, relative(this.#b.getUint32(edge), back.isn));
        }
      } else if (kind === 8) {
        const value = this.#b.getUint32(at + 2);
        const echo = this.#b.getUint32(at + 6);
        there.timestamp ??= value;
        this.#b.setUint32(at + 2, FIRST_TIMESTAMP + ((value - there.timestamp) | 0));
        if (echo !== 0 && back.timestamp !== undefined) {
          this.#b.setUint32(at + 6, FIRST_TIMESTAMP + ((echo - back.timestamp) | 0));
        }
      }
      at += length;
    }
  }

  /** Ports are replaced already: they name the direction as well as before. */
  #identification(packet: Packet, at: number, bytes: Uint8Array): void {
    const identification = this.#b.getUint16(at + 4);
    if (identification === 0) return;
    const { source, destination, protocol } = packet;
    const key = `${protocol} ${source} > ${destination} ${identification}`;
    const isFragment = (this.#b.getUint16(at + 6) & 0x3fff) !== 0;
    let replaced = isFragment && !packet.isFirst ? this.#fragments.get(key) : undefined;
    if (replaced === undefined) {
      replaced = this.#countedOn(this.#directionsOf(packet).there, identification, protocol);
    }
    if (isFragment) this.#fragments.set(key, replaced);
    if (at + 6 <= bytes.length) this.#b.setUint16(at + 4, replaced);
  }

  /**
   * The identification by how far it is from the last one. Who has no connection counts by a
   * counter that others move, too, and chance by up to a step for each idle tick (Linux
   * ip_idents_reserve()): that much is one step.
   */
  #countedOn(direction: Direction, given: number, protocol: number): number {
    const last = direction.identification;
    let replaced = 1;
    if (last !== undefined) {
      const step = (given - last.given) & 0xffff;
      const isChance = protocol !== TCP && step > 0 && step <= 1 + (this.#now - last.at) / TICK;
      replaced = (last.replaced + (isChance ? 1 : step)) & 0xffff;
    }
    direction.identification = { given, replaced, at: this.#now };
    return replaced;
  }
}

/** Where the protocol and the packet begin, by link type. */
const NETWORK_AT: ReadonlyMap<number, readonly [number, number]> = new Map([
  [LinkType.ethernet, [12, 14]],
  [LinkType.linuxSll, [14, 16]],
  [LinkType.linuxSll2, [0, 20]],
]);

/** Where the checksum is in a transport's header. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [TCP, 16],
  [UDP, 6],
  [ICMP, 2],
  [ICMPV6, 2],
]);

function relative(number: number, isn: number | undefined): number {
  return isn === undefined ? number : (INITIAL_SEQUENCE_NUMBER + ((number - isn) | 0)) >>> 0;
}
