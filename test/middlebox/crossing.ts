/**
 * A router with a box in it, between 192.168.1.0/24 and 2001:db8:1::/64 inside and 203.0.113.0/24
 * and 2001:db8:2::/64 outside.
 */
import { expect } from 'vitest';
import { type Cause, cause, Host, type Middlebox } from '../../src/stack/index.ts';
import { type NetworkInterface, rfc } from '../../src/stack/index.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameFields,
  type IpAddress,
  isIpv6,
  LinkType,
  parseIp,
  printIp,
  TcpFlag,
  verifyFrame,
} from '../../src/wire/index.ts';

const BY_SENDER: Cause = cause('by-sender', 'the test sends it', 'none');

/** The router's outside address, that of two hosts inside, and of two outside. */
export const [SHARED, A, B, S, T] = ['203.0.113.1', '192.168.1.2', '192.168.1.3', '203.0.113.2', '203.0.113.3'] as const; // prettier-ignore

/** The same of both families: the router inside, hosts inside and outside, and its ICMP. */
export const FAMILIES = [
  {
    family: 'IPv4',
    ROUTER: '192.168.1.1',
    A,
    B,
    S,
    headers: 40,
    portUnreachable: { type: 3, code: 3 },
    tooBig: { type: 3, code: 4 },
  },
  {
    family: 'IPv6',
    ROUTER: '2001:db8:1::1',
    A: '2001:db8:1::2',
    B: '2001:db8:1::3',
    S: '2001:db8:2::2',
    headers: 60,
    portUnreachable: { type: 1, code: 4 },
    tooBig: { type: 2, code: 0 },
  },
] as const;

export type Family = (typeof FAMILIES)[number];

interface IcmpError {
  readonly type: number;
  readonly code: number;
  readonly rest?: number;
}

const FLAGS: Readonly<Record<string, number>> = {
  S: TcpFlag.syn,
  F: TcpFlag.fin,
  R: TcpFlag.rst,
  '.': TcpFlag.ack,
};

/** Addresses and ports as tcpdump has them: `192.168.1.2.1000 > 203.0.113.2.80`. */
function endpoints(text: string): { from: [IpAddress, number]; to: [IpAddress, number] } {
  const [from, to] = text.split(' > ').map((side): [IpAddress, number] => {
    const dot = side.lastIndexOf('.');
    return [parseIp(side.slice(0, dot)), Number(side.slice(dot + 1))];
  });
  return { from: from!, to: to! };
}

export class Crossing {
  readonly drops: string[] = [];
  /** Why, for people. */
  readonly reasons: string[] = [];
  readonly sent: { readonly frame: Frame; readonly by: string }[] = [];
  readonly host: Host;
  readonly inside: NetworkInterface;
  readonly outside: NetworkInterface;
  now = 0;

  constructor(boxes: readonly Middlebox[], outsideMtu = 1500) {
    const trace = {
      dropped: (_frame: Uint8Array, why: Cause): void => {
        this.drops.push(why.name);
        this.reasons.push(why.text);
      },
      stateEntered: (): void => {},
    };
    this.host = new Host({ name: 'r', profile: rfc }, { random: () => 1, wakeAt: () => {}, trace });
    this.host.settings.links.beRouter(0);
    for (const box of boxes) box.install(this.host);
    const [, version6] = FAMILIES;
    const inside = ['192.168.1.1/24', `${version6.ROUTER}/64`];
    this.inside = this.#attach('eth0', 1, inside, 1500, [A, B, version6.A, version6.B]);
    const outside = [`${SHARED}/24`, '2001:db8:2::1/64'];
    this.outside = this.#attach('eth1', 2, outside, outsideMtu, [S, T, version6.S]);
  }

  #attach(
    name: string,
    mac: number,
    address: readonly string[],
    mtu: number,
    neighbors: readonly string[],
  ): NetworkInterface {
    const port = this.host.addInterface(name, { mac, address, mtu });
    port.attach({
      transmit: (bytes) => {
        const frame = decodeFrame(LinkType.ethernet, bytes);
        expect(Object.values(verifyFrame(frame))).not.toContain('bad');
        this.sent.push({ frame, by: name });
      },
    });
    for (const [i, each] of neighbors.entries()) {
      this.host.addNeighbor(port, parseIp(each), 10 * mac + i, 0);
    }
    return port;
  }

  /** A packet arrives at the side that its source is on. */
  arrives(text: string, fields: Partial<FrameFields>): void {
    const { from, to } = endpoints(text);
    const isFromInside = INSIDE.some((prefix) => text.startsWith(prefix));
    const port = isFromInside ? this.inside : this.outside;
    const ports = { sourcePort: from[1], destinationPort: to[1] };
    const frame = encodeFrame({
      ethernet: { source: 99, destination: port.mac },
      ...fields,
      ...packet(from[0], to[0], fields),
      ...(fields.tcp && { tcp: { ...ports, ...fields.tcp } }),
      ...(fields.udp && { udp: { ...ports, ...fields.udp } }),
    });
    port.receive(frame, BY_SENDER, this.now);
  }

  tcp(text: string, flags = 'S', tcp: Partial<NonNullable<FrameFields['tcp']>> = {}): void {
    const bits = Array.from(flags).reduce((sum, each) => sum | (FLAGS[each] ?? 0), 0);
    this.arrives(text, { tcp: { flags: bits, ...tcp } as FrameFields['tcp'] });
  }

  udp(text: string, payload: Uint8Array = Uint8Array.of(1)): void {
    this.arrives(text, { udp: {} as FrameFields['udp'], payload });
  }

  /** An echo request with the identifier that stands for the port of its sender. */
  ping(text: string, type = 8): void {
    const { from, to } = endpoints(text);
    const rest = ((type === 8 ? from[1] : to[1]) << 16) >>> 0;
    const message = isIpv6(from[0])
      ? { icmpv6: { type: type === 8 ? 128 : 129, code: 0, rest } }
      : { icmpv4: { type, code: 0, rest } };
    this.arrives(text, { ...message, payload: Uint8Array.of(1, 2, 3) });
  }

  /** An ICMP error about a packet that left arrives from a host. */
  error(from: string, to: string, error: IcmpError, about: Uint8Array): void {
    const text = `${from}.0 > ${to}.0`;
    const message = from.includes(':') ? { icmpv6: error } : { icmpv4: error };
    this.arrives(text, { ...message, payload: about });
  }

  /** Time passes, and the host's timers with it. */
  passes(time: number): void {
    const end = this.now + time;
    while (this.host.deadline <= end) this.host.wake((this.now = this.host.deadline));
    this.now = end;
  }

  /** What left since: `eth1 192.168.1.2.1000 > 203.0.113.2.80`. */
  said(): string[] {
    return this.sent.splice(0).map(({ frame, by }) => `${by} ${shown(frame)}`);
  }
}

/** The header of a packet between the two, of their family. */
function packet(
  source: IpAddress,
  destination: IpAddress,
  fields: Partial<FrameFields>,
): Partial<FrameFields> {
  if (isIpv6(source)) {
    return { ipv6: { source, destination: destination as bigint, hopLimit: 64, ...fields.ipv6 } };
  }
  return { ipv4: { source, destination: destination as number, ttl: 64, ...fields.ipv4 } };
}

const INSIDE = ['192.168.1.', '2001:db8:1:'];

function shown({ ipv4, ipv6, tcp, udp, icmpv4, icmpv6 }: Frame): string {
  const { source, destination } = (ipv4 ?? ipv6)!;
  const [from, to] = [printIp(source), printIp(destination)];
  const message = icmpv4 ?? icmpv6;
  if (message === undefined) {
    const { sourcePort, destinationPort } = (tcp ?? udp)!;
    return `${from}.${sourcePort} > ${to}.${destinationPort}`;
  }
  const { type, code, rest } = message;
  const echoes = icmpv4 === undefined ? [128, 129] : [8, 0];
  const what = echoes.includes(type) ? `id ${rest >>> 16}` : `code ${code}`;
  return `${from} > ${to} icmp ${type} ${what}`;
}
