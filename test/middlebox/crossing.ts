/** A router with a box in it, between 192.168.1.0/24 inside and 203.0.113.0/24 outside. */
import { expect } from 'vitest';
import { type Cause, cause, Host, type Middlebox } from '../../src/stack/index.ts';
import { type NetworkInterface, rfc } from '../../src/stack/index.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameFields,
  LinkType,
  parseIpv4,
  printIpv4,
  TcpFlag,
  verifyFrame,
} from '../../src/wire/index.ts';

const BY_SENDER: Cause = cause('by-sender', 'the test sends it', 'none');

/** The router's outside address, that of two hosts inside, and of two outside. */
export const [SHARED, A, B, S, T] = ['203.0.113.1', '192.168.1.2', '192.168.1.3', '203.0.113.2', '203.0.113.3'] as const; // prettier-ignore

const FLAGS: Readonly<Record<string, number>> = {
  S: TcpFlag.syn,
  F: TcpFlag.fin,
  R: TcpFlag.rst,
  '.': TcpFlag.ack,
};

/** Addresses and ports as tcpdump has them: `192.168.1.2.1000 > 203.0.113.2.80`. */
function endpoints(text: string): { from: [number, number]; to: [number, number] } {
  const [from, to] = text.split(' > ').map((side): [number, number] => {
    const dot = side.lastIndexOf('.');
    return [parseIpv4(side.slice(0, dot)), Number(side.slice(dot + 1))];
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
    this.host.settings.forwarding.isOn = true;
    for (const box of boxes) box.install(this.host);
    this.inside = this.#attach('eth0', 1, '192.168.1.1/24', 1500, [A, B]);
    this.outside = this.#attach('eth1', 2, `${SHARED}/24`, outsideMtu, [S, T]);
  }

  #attach(
    name: string,
    mac: number,
    address: string,
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
      this.host.addNeighbor(port, parseIpv4(each), 10 * mac + i, 0);
    }
    return port;
  }

  /** A packet arrives at the side that its source is on. */
  arrives(text: string, fields: Partial<FrameFields>): void {
    const { from, to } = endpoints(text);
    const port = from[0] >>> 24 === 192 ? this.inside : this.outside;
    const ipv4 = { source: from[0], destination: to[0], ttl: 64, ...fields.ipv4 };
    const ports = { sourcePort: from[1], destinationPort: to[1] };
    const frame = encodeFrame({
      ethernet: { source: 99, destination: port.mac },
      ...fields,
      ipv4,
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
    this.arrives(text, { icmpv4: { type, code: 0, rest }, payload: Uint8Array.of(1, 2, 3) });
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

function shown({ ipv4, tcp, udp, icmpv4 }: Frame): string {
  const [from, to] = [printIpv4(ipv4?.source ?? 0), printIpv4(ipv4?.destination ?? 0)];
  if (icmpv4 === undefined) {
    const { sourcePort, destinationPort } = (tcp ?? udp)!;
    return `${from}.${sourcePort} > ${to}.${destinationPort}`;
  }
  const { type, code, rest } = icmpv4;
  const what = type === 8 || type === 0 ? `id ${rest >>> 16}` : `code ${code}`;
  return `${from} > ${to} icmp ${type} ${what}`;
}
