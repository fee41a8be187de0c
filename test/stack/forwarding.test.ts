/** A router: what it sends on and how, and what it says of the rest (RFC 1812, Linux 6.18). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cause, cause, Host, type NetworkInterface } from '../../src/stack/index.ts';
import { Administrator, ms, seconds } from '../../src/stack/index.ts';
import { fragmentsOf } from '../../src/stack/ip/fragment-ipv4.ts';
import { Slab } from '../../src/stack/slab.ts';
import { decodeFrame, encodeFrame, type Frame, type FrameFields } from '../../src/wire/index.ts';
import { type Ipv4Fields, LinkType, parseIpv4, verifyFrame } from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';

const BY_SENDER: Cause = cause('by-sender', 'the test sends it', 'none');
const [LEFT_MAC, RIGHT_MAC, SENDER_MAC, NEXT_MAC] = [0x0201, 0x0202, 0x0203, 0x0204] as const;

/** 10.1.0.0/24 and 10.2.0.0/24 with a router, 10.1.0.1 and 10.2.0.1, between; .2 are neighbours. */
class Crossing {
  readonly drops: string[] = [];
  readonly sent: { readonly frame: Frame; readonly cause: string; readonly by: string }[] = [];
  readonly left: NetworkInterface;
  readonly host: Host;
  now = 0;

  constructor(rightMtu = 1500, checksumOffload = false) {
    const trace = {
      dropped: (_frame: Uint8Array, why: Cause): void => void this.drops.push(why.name),
      stateEntered: (): void => {},
    };
    this.host = new Host({ name: 'r' }, { random: () => 1, wakeAt: () => {}, trace });
    this.left = this.#attach('eth0', LEFT_MAC, '10.1.0.1/24', 1500);
    const right = this.#attach('eth1', RIGHT_MAC, '10.2.0.1/24', rightMtu, checksumOffload);
    this.host.addNeighbor(this.left, parseIpv4('10.1.0.2'), SENDER_MAC, 0);
    this.host.addNeighbor(this.left, parseIpv4('10.1.0.77'), NEXT_MAC, 0);
    this.host.addNeighbor(right, parseIpv4('10.2.0.2'), NEXT_MAC, 0);
    this.run('sysctl net.ipv4.ip_forward=1');
  }

  #attach(
    name: string,
    mac: number,
    address: string,
    mtu: number,
    checksumOffload = false,
  ): NetworkInterface {
    const port = this.host.addInterface(name, { mac, address, mtu, checksumOffload });
    port.attach({
      transmit: (bytes, why) => {
        const frame = decodeFrame(LinkType.ethernet, bytes);
        expect(verifyFrame(frame).ipv4).not.toBe('bad');
        this.sent.push({ frame, cause: why.name, by: name });
      },
    });
    return port;
  }

  run(words: string): void {
    expect(new Administrator(this.host).run(words.split(' '), '', this.now)?.status).toBe(0);
  }

  /** A packet comes in at the left. */
  arrives(fields: Partial<FrameFields>): void {
    this.left.receive(encodeFrame(packet(fields)), BY_SENDER, this.now);
  }

  /** What left since, ICMP errors as `type/code`: `eth1 63`, `eth0 icmp 11/0`. */
  said(): string[] {
    return this.sent.splice(0).map(({ frame: { ipv4, icmpv4, arp }, by }) => {
      if (arp !== undefined) return `${by} arp`;
      return `${by} ${icmpv4 ? `icmp ${icmpv4.type}/${icmpv4.code}` : ipv4?.ttl}`;
    });
  }
}

function ipv4To(destination: string, fields: Partial<Ipv4Fields> = {}): FrameFields['ipv4'] {
  const addresses = { source: parseIpv4('10.1.0.2'), destination: parseIpv4(destination) };
  return { ...addresses, ttl: 64, id: 7, ...fields };
}

function packet(fields: Partial<FrameFields>): FrameFields {
  return {
    ethernet: { source: SENDER_MAC, destination: LEFT_MAC },
    ipv4: ipv4To('10.2.0.2'),
    udp: { sourcePort: 1, destinationPort: 2 },
    payload: stream(0, 20),
    ...fields,
  };
}

test('a device that completes checksums lets those of other hosts be', () => {
  const crossing = new Crossing(1500, true);
  crossing.arrives({});
  expect(crossing.sent.map(({ frame }) => verifyFrame(frame).transport)).toEqual(['ok']);
  const wrong = { sourcePort: 1, destinationPort: 2, checksum: 0x1234 };
  crossing.arrives({ udp: wrong });
  expect(crossing.sent[1]?.frame.udp?.checksum).toBe(0x1234); // it is the receiver's to drop it
});

describe('a packet for another host goes on', () => {
  test('law: one life shorter, and otherwise as it came, its cause with it', () => {
    let withOptions = 0;
    fc.assert(
      fc.property(
        fc.record({
          ttl: fc.integer({ min: 2, max: 255 }),
          id: fc.nat(0xffff),
          tos: fc.nat(255),
          flags: fc.nat(3),
          fragmentOffset: fc.nat(100).map((units) => 8 * units),
          options: fc.constantFrom(new Uint8Array(0), Uint8Array.of(1, 1, 7, 3), stream(1, 0)),
        }),
        fc.uint8Array({ maxLength: 1400, size: 'max' }),
        fc.boolean(),
        (header, payload, isPadded) => {
          const c = new Crossing();
          const ipv4 = { ...ipv4To('10.2.0.2', header), protocol: 99 } as Ipv4Fields;
          const trailer = isPadded ? new Uint8Array(9) : undefined;
          c.arrives({ ipv4, udp: undefined, payload, ...(trailer && { trailer }) });
          const [out] = c.sent;
          expect(c.sent).toHaveLength(1);
          expect([out?.by, out?.cause]).toEqual(['eth1', 'by-sender']);
          expect(out?.frame.ethernet).toMatchObject({ source: RIGHT_MAC, destination: NEXT_MAC });
          const { ttl, ...rest } = header;
          expect(out?.frame.ipv4).toMatchObject({ ...rest, ttl: ttl - 1, source: ipv4.source });
          expect(out?.frame.payload).toEqual(payload);
          expect(out?.frame.trailer?.length ?? 0).toBe(0);
          if (header.options.length > 0) withOptions += 1;
        },
      ),
    );
    expect(withOptions).toBeGreaterThan(10);
  });

  test('the frame that arrived stays as it was: captures and other stations hold it', () => {
    const c = new Crossing();
    const bytes = encodeFrame(packet({}));
    const before = bytes.slice();
    c.left.receive(bytes, BY_SENDER, 0);
    expect(c.said()).toEqual(['eth1 63']);
    expect(bytes).toEqual(before);
  });

  test('a wrong TCP or UDP checksum is the hosts’ to find', () => {
    const c = new Crossing();
    c.arrives({ udp: { sourcePort: 1, destinationPort: 2, checksum: 5 } });
    expect(c.said()).toEqual(['eth1 63']);
  });

  test('only where the administrator says so', () => {
    const c = new Crossing();
    c.run('sysctl net.ipv4.ip_forward=0');
    c.arrives({});
    expect([c.said(), c.drops]).toEqual([[], ['ip-not-ours']]);
  });
});

describe('what does not go on', () => {
  const source = (address: string): Partial<FrameFields> => ({
    ipv4: ipv4To('10.2.0.2', { source: parseIpv4(address) }),
  });
  const strict = Uint8Array.of(137, 7, 4, 10, 9, 9, 9, 0);
  // prettier-ignore
  test.each([
    { name: 'for a group', fields: { ipv4: ipv4To('224.1.1.1') }, why: 'forward-to-many', says: [] },
    { name: 'for one host in a frame for all', fields: { ethernet: { source: 1, destination: 0xffffffffffff } }, why: 'forward-to-many', says: [] },
    { name: 'from the router itself', fields: source('10.2.0.1'), why: 'forward-martian', says: [] },
    { name: 'from a loopback', fields: source('127.0.0.1'), why: 'forward-martian', says: [] },
    { name: 'from a group', fields: source('224.0.0.1'), why: 'forward-martian', says: [] },
    { name: 'from a broadcast address', fields: source('10.1.0.255'), why: 'forward-martian', says: [] },
    { name: 'from nobody', fields: source('0.0.0.0'), why: 'forward-martian', says: [] },
    { name: 'for this network', fields: { ipv4: ipv4To('0.1.2.3') }, why: 'forward-martian', says: [] },
    { name: 'with its last life', fields: { ipv4: ipv4To('10.2.0.2', { ttl: 1 }) }, why: 'forward-expired', says: ['eth0 icmp 11/0'] },
    { name: 'without any', fields: { ipv4: ipv4To('10.2.0.2', { ttl: 0 }) }, why: 'forward-expired', says: ['eth0 icmp 11/0'] },
    { name: 'without a route', fields: { ipv4: ipv4To('8.8.8.8') }, why: 'forward-no-route', says: ['eth0 icmp 3/0'] },
    { name: 'down a blackhole', fields: { ipv4: ipv4To('10.9.1.1') }, why: 'forward-blackhole', says: [] },
    { name: 'to where it may not', fields: { ipv4: ipv4To('10.9.2.1') }, why: 'forward-unreachable', says: ['eth0 icmp 3/1'] },
    { name: 'to where it must not', fields: { ipv4: ipv4To('10.9.3.1') }, why: 'forward-prohibited', says: ['eth0 icmp 3/13'] },
    { name: 'along a source route', fields: { ipv4: ipv4To('10.2.0.2', { options: strict }) }, why: 'ip-source-route', says: [] },
    { name: 'a later fragment with its last life', fields: { ipv4: ipv4To('10.2.0.2', { ttl: 1, fragmentOffset: 8, protocol: 99 }), udp: undefined }, why: 'forward-expired', says: [] },
    { name: 'an ICMP error with its last life', fields: { ipv4: ipv4To('10.2.0.2', { ttl: 1 }), udp: undefined, icmpv4: { type: 3, code: 1 } }, why: 'forward-expired', says: [] },
    { name: 'an echo request with its last life', fields: { ipv4: ipv4To('10.2.0.2', { ttl: 1 }), udp: undefined, icmpv4: { type: 8 } }, why: 'forward-expired', says: ['eth0 icmp 11/0'] },
  ])('$name', ({ fields, why, says }) => {
    const c = new Crossing();
    c.run('ip route add blackhole 10.9.1.0/24');
    c.run('ip route add unreachable 10.9.2.0/24');
    c.run('ip route add prohibit 10.9.3.0/24');
    c.arrives(fields);
    expect([c.drops, c.said()]).toEqual([[why], says]);
  });

  test('a strict source route that the next hop is not on, where source routes are taken', () => {
    const c = new Crossing();
    c.run('sysctl net.ipv4.conf.all.accept_source_route=1');
    c.run('ip route add 10.3.0.0/24 via 10.2.0.2');
    c.arrives({ ipv4: ipv4To('10.3.0.9', { options: strict }) });
    expect([c.drops, c.said()]).toEqual([['forward-source-route'], ['eth0 icmp 3/5']]);
    c.arrives({ ipv4: ipv4To('10.2.0.2', { options: strict }) });
    expect(c.said()).toEqual(['eth1 63']);
  });

  // prettier-ignore
  test.each([
    { filter: 0, from: '10.2.0.9', passes: true }, { filter: 0, from: '8.8.8.8', passes: true },
    { filter: 1, from: '10.2.0.9', passes: false }, { filter: 2, from: '10.2.0.9', passes: true },
    { filter: 1, from: '10.1.0.9', passes: true }, { filter: 2, from: '8.8.8.8', passes: false },
  ])('RFC 3704: rp_filter $filter, from $from', ({ filter, from, passes }) => {
    const c = new Crossing();
    c.run(`sysctl net.ipv4.conf.all.rp_filter=${filter}`);
    c.arrives(source(from));
    expect([c.said(), c.drops]).toEqual(passes ? [['eth1 63'], []] : [[], ['reverse-path']]);
    expect(c.host.counters.TcpExtIPReversePathFilter).toBe(passes ? 0 : 1);
  });

  test('a next hop that nobody answers for: host unreachable, three seconds later', () => {
    const c = new Crossing();
    c.arrives({ ipv4: ipv4To('10.2.0.99') });
    for (let i = 1; i <= 3; i++) c.host.wake((c.now = seconds(i)));
    expect(c.said()).toEqual(['eth1 arp', 'eth1 arp', 'eth1 arp', 'eth0 icmp 3/1']);
  });
});

describe('ICMP errors', () => {
  test('quote the packet as it came, from the link’s address, with its type of service', () => {
    const c = new Crossing();
    c.arrives({ ipv4: ipv4To('10.2.0.2', { ttl: 1, tos: 0x28 }), payload: stream(0, 1000) });
    const { ipv4, payload } = c.sent.splice(0)[0]?.frame ?? {};
    const addresses = { source: parseIpv4('10.1.0.1'), destination: parseIpv4('10.1.0.2') };
    expect(ipv4).toMatchObject({ ...addresses, tos: 0xc8, flags: 0, ttl: 64, totalLength: 576 });
    expect(payload?.[8]).toBe(1); // the quoted time to live
  });

  test('Linux: six expire in a burst and no more; path MTU discovery has no bound', () => {
    const c = new Crossing(1000);
    for (let i = 0; i < 12; i++, c.now += ms(20))
      c.arrives({ ipv4: ipv4To('10.2.0.2', { ttl: 1 }) });
    expect(c.said()).toHaveLength(6);
    expect(c.host.counters).toMatchObject({ IcmpOutTimeExcds: 6, IcmpOutRateLimitHost: 6 });
    for (let i = 0; i < 12; i++) {
      c.arrives({ ipv4: ipv4To('10.2.0.2', { flags: 2 }), payload: stream(0, 1400) });
    }
    expect(c.said()).toHaveLength(12);
  });

  test('Linux: without a route two in a burst, and half as many as the account fills', () => {
    const c = new Crossing();
    for (let i = 0; i < 12; i++, c.now += ms(50)) c.arrives({ ipv4: ipv4To('8.8.8.8') });
    expect(c.said()).toHaveLength(2);
    c.now += seconds(4.5);
    for (let i = 0; i < 6; i++, c.now += seconds(1)) c.arrives({ ipv4: ipv4To('8.8.8.8') });
    expect(c.said()).toHaveLength(4);
    expect(c.host.counters.IpExtInNoRoutes).toBe(18);
  });

  test('all together are bounded: fifty at once, then a thousand a second', () => {
    const c = new Crossing();
    const expires = (sender: number): void => {
      const source = parseIpv4('10.1.0.2') + 0x10000 * sender;
      c.arrives({ ipv4: ipv4To('10.2.0.2', { source, ttl: 1 }) });
    };
    c.run('ip route add default via 10.1.0.2');
    for (let i = 0; i < 60; i++) expires(i);
    expect(c.said()).toHaveLength(50);
    expect(c.host.counters.IcmpOutRateLimitGlobal).toBe(10);
    c.now += ms(20);
    for (let i = 0; i < 60; i++) expires(60 + i);
    expect(c.said()).toHaveLength(20);
  });

  // Twelve expire, or have no route, within a second.
  // prettier-ignore
  test.each([
    { sysctl: 'icmp_ratelimit=100', to: '10.2.0.2', sent: 12 }, { sysctl: 'icmp_ratelimit=0', to: '10.2.0.2', sent: 12 },
    { sysctl: 'icmp_ratelimit=500', to: '10.2.0.2', sent: 7 }, { sysctl: 'icmp_ratemask=0', to: '10.2.0.2', sent: 12 },
    { sysctl: 'icmp_msgs_burst=0', to: '10.2.0.2', sent: 0 }, { sysctl: 'icmp_msgs_per_sec=3', to: '10.2.0.2', sent: 5 },
    { sysctl: 'route.error_cost=0', to: '8.8.8.8', sent: 5 }, { sysctl: 'route.error_burst=500', to: '8.8.8.8', sent: 1 },
    { sysctl: 'route.error_burst=249', to: '8.8.8.8', sent: 0 },
  ])('net.ipv4.$sysctl: $sent about $to', ({ sysctl, to, sent }) => {
    const c = new Crossing();
    c.run(`sysctl net.ipv4.${sysctl}`);
    for (let i = 0; i < 12; i++, c.now += ms(80)) c.arrives({ ipv4: ipv4To(to, { ttl: 1 }) });
    expect(c.said()).toHaveLength(sent);
  });

  test('a redirect names the nearer router, rarer each time', () => {
    const c = new Crossing();
    c.run('ip route add 10.5.0.0/24 via 10.1.0.77');
    const at: number[] = [];
    for (; c.now < seconds(30); c.now += ms(10)) {
      c.arrives({ ipv4: ipv4To('10.5.0.1') });
      const redirect = c.sent.splice(0).find(({ frame }) => frame.icmpv4 !== undefined);
      if (redirect === undefined) continue;
      expect(redirect.frame.icmpv4).toMatchObject({ type: 5, rest: parseIpv4('10.1.0.77') });
      at.push(c.now / ms(10));
    }
    expect(at).toEqual([0, 5, 14, 31, 64, 129, 258, 515, 1028]);
    c.run('sysctl net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0');
    c.now += seconds(30);
    c.arrives({ ipv4: ipv4To('10.5.0.1') });
    expect(c.said()).toEqual(['eth0 63']);
  });
});

describe('fragments', () => {
  test('a packet too long that may not be cut draws the next link’s MTU (RFC 1191 §4)', () => {
    const c = new Crossing(1000);
    c.arrives({ ipv4: ipv4To('10.2.0.2', { flags: 2 }), payload: stream(0, 973) });
    expect(c.sent[0]?.frame.icmpv4).toMatchObject({ type: 3, code: 4, rest: 1000 });
    expect(c.host.counters).toMatchObject({ IpFragFails: 1, IpForwDatagrams: 1 });
    expect(c.drops).toEqual(['forward-too-long']);
  });

  test('one that may be goes on in pieces', () => {
    const c = new Crossing(1000);
    c.arrives({ payload: stream(0, 1400) });
    const fields = c.sent.map(({ frame: { ipv4 } }) => [
      ipv4?.fragmentOffset,
      ipv4?.flags,
      ipv4?.ttl,
    ]);
    expect(fields).toEqual([[0, 1, 63], [976, 0, 63]]); // prettier-ignore
    expect(c.host.counters).toMatchObject({ IpFragOKs: 1, IpFragCreates: 2 });
  });

  test('law: the pieces are the whole, each fits, and later ones keep copied options only', () => {
    let many = 0;
    const copied = [131, 7, 4, 10, 0, 0, 9] as const; // a source route: kept in each
    const first = [7, 4, 5, 0] as const; // record route: in the first alone
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 3000, size: 'max' }),
        fc.integer({ min: 68, max: 1500 }),
        fc.boolean(),
        fc.boolean(),
        fc.nat(100),
        (payload, mtu, hasOptions, isMore, units) => {
          const options = Uint8Array.from(hasOptions ? [...first, ...copied, 0] : []);
          const flags = isMore ? 1 : 0;
          const ipv4 = ipv4To('10.2.0.2', {
            options,
            flags,
            fragmentOffset: 8 * units,
            protocol: 99,
          });
          const whole = encodeFrame(packet({ ipv4, udp: undefined, payload }));
          const pieces = fragmentsOf(whole, mtu, new Slab()).map((bytes) =>
            decodeFrame(LinkType.ethernet, withEtherType(bytes)),
          );
          const joined = new Uint8Array(payload.length);
          for (const [i, { ipv4: header, payload: piece, bytes }] of pieces.entries()) {
            expect(header?.checksum && verifyFrame(pieces[i]!).ipv4).toBe('ok');
            expect(bytes.length - 14).toBeLessThanOrEqual(mtu);
            expect(header?.flags).toBe(i < pieces.length - 1 ? 1 : flags);
            if (hasOptions && i > 0)
              expect([...header!.options]).toEqual([1, 1, 1, 1, ...copied, 0]);
            joined.set(piece, header!.fragmentOffset - 8 * units);
          }
          expect(joined).toEqual(payload);
          if (pieces.length > 2) many += 1;
        },
      ),
    );
    expect(many).toBeGreaterThan(20);
  });
});

/** A fragment gets its Ethernet header where it is sent. */
function withEtherType(bytes: Uint8Array): Uint8Array {
  bytes[12] = 8;
  return bytes;
}
