/** IPv4 and Ethernet in: what is for this host, and the named causes of what is not. */
import { describe, expect, test } from 'vitest';
import { Host, type NetworkInterface, type UdpSocket } from '../../src/stack/index.ts';
import {
  type FrameFields,
  parseIpv4,
  parseIpv4Prefix,
  TcpFlag,
  toSeq,
  utf8,
} from '../../src/wire/index.ts';
import { HOST_ADDRESS, HOST_MAC, Laboratory, PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';
import { listening } from '../help/peer.ts';

const DATAGRAM: FrameFields = {
  ethernet: { source: PEER_MAC, destination: HOST_MAC },
  ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
  udp: { sourcePort: 1000, destinationPort: 2000 },
  payload: utf8('hello'),
};

interface Opened {
  readonly laboratory: Laboratory;
  readonly socket: UdpSocket;
}

/** What the laboratory says of a frame that it gets; UDP port 2000 is open. */
function fateOf(frame: FrameFields | Uint8Array): string[] {
  const fate = fateIn(opened(), frame);
  // The same after one of the same two, of which is remembered whose it was.
  const after = opened();
  expect(fateIn(after, DATAGRAM)).toEqual(['received']);
  expect(fateIn(after, frame)).toEqual(fate);
  return fate;
}

function opened(): Opened {
  const laboratory = new Laboratory();
  const socket = laboratory.host.udpSocket();
  socket.bind(0, 2000);
  return { laboratory, socket };
}

function fateIn({ laboratory, socket }: Opened, frame: FrameFields | Uint8Array): string[] {
  laboratory.receive(frame);
  laboratory.sent.length = 0;
  return socket.receive() === undefined ? laboratory.drops : ['received'];
}

test('a datagram for this host is received', () => {
  expect(fateOf(DATAGRAM)).toEqual(['received']);
});

describe('whose a packet was is asked again when addresses change', () => {
  test('it was for this host', () => {
    const host = opened();
    expect(fateIn(host, DATAGRAM)).toEqual(['received']);
    host.laboratory.host.removeAddress('eth0', { address: HOST_ADDRESS, length: 24 });
    expect(fateIn(host, DATAGRAM)).toEqual(['ip-not-ours']);
  });

  test('its sender was one host', () => {
    const host = opened();
    const frame = {
      ...DATAGRAM,
      ipv4: { source: parseIpv4('10.0.0.7'), destination: HOST_ADDRESS },
    };
    expect(fateIn(host, frame)).toEqual(['received']);
    host.laboratory.host.addAddress('eth0', parseIpv4Prefix('10.0.0.6/30'));
    expect(fateIn(host, frame)).toEqual(['ip-source']);
  });
});

describe('and these are dropped', () => {
  const ethernet = { source: PEER_MAC, destination: HOST_MAC };
  const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS };
  // prettier-ignore
  test.each([
    { name: 'for another hardware address', frame: { ...DATAGRAM, ethernet: { ...ethernet, destination: 0x02_00_00_00_00_77 } }, why: 'ethernet-not-ours' },
    { name: 'for us, in a frame for all', frame: { ...DATAGRAM, ethernet: { ...ethernet, destination: 0xffffffffffff } }, why: 'ip-link-broadcast' },
    { name: 'for us, in a frame for a group', frame: { ...DATAGRAM, ethernet: { ...ethernet, destination: 0x0100_5e00_0001 } }, why: 'ip-link-broadcast' },
    { name: 'of an unknown EtherType', frame: { ...DATAGRAM, ethernet: { ...ethernet, etherType: 0x86dd } }, why: 'ethernet-type' },
    { name: 'for another address', frame: { ...DATAGRAM, ipv4: { ...ipv4, destination: PEER_ADDRESS } }, why: 'ip-not-ours' },
    { name: 'with a wrong header checksum', frame: { ...DATAGRAM, ipv4: { ...ipv4, checksum: 1 } }, why: 'ip-checksum' },
    { name: 'from a broadcast address', frame: { ...DATAGRAM, ipv4: { ...ipv4, source: 0x0a0000ff } }, why: 'ip-source' },
    { name: 'from a multicast address', frame: { ...DATAGRAM, ipv4: { ...ipv4, source: 0xe0000001 } }, why: 'ip-source' },
    { name: 'from a loopback address, off loopback', frame: { ...DATAGRAM, ipv4: { ...ipv4, source: 0x7f000001 } }, why: 'ip-source' },
    { name: 'for a loopback address, off loopback', frame: { ...DATAGRAM, ipv4: { ...ipv4, destination: 0x7f000001 } }, why: 'ip-not-ours' },
    { name: 'of an unknown protocol', frame: { ...DATAGRAM, udp: undefined, ipv4: { ...ipv4, protocol: 99 } }, why: 'ip-protocol' },
    { name: 'longer than the frame', frame: { ...DATAGRAM, ipv4: { ...ipv4, totalLength: 500 } }, why: 'ip-malformed' },
    { name: 'with a wrong UDP checksum', frame: { ...DATAGRAM, udp: { sourcePort: 1, destinationPort: 2000, checksum: 5 } }, why: 'udp-checksum' },
    { name: 'with a UDP length beyond it', frame: { ...DATAGRAM, udp: { sourcePort: 1, destinationPort: 2000, length: 99 } }, why: 'udp-malformed' },
    { name: 'for a port that nobody has', frame: { ...DATAGRAM, udp: { sourcePort: 1, destinationPort: 2001 } }, why: 'udp-no-socket' },
  ])('$name', ({ frame, why }) => {
    expect(fateOf(frame)).toEqual([why]);
  });

  test('a frame shorter than its header', () => {
    expect(fateOf(new Uint8Array(13))).toEqual(['ethernet-runt']);
  });

  test.each([
    { name: 'a wrong TCP checksum', checksum: 5, cut: 0, why: 'tcp-checksum' },
    {
      name: 'a TCP data offset beyond the packet',
      checksum: undefined,
      cut: 1,
      why: 'tcp-malformed',
    },
  ])('$name', ({ checksum, cut, why }) => {
    const c = listening();
    const frame: FrameFields = {
      ethernet,
      ipv4: { ...ipv4, totalLength: 40 - cut },
      tcp: { sourcePort: 1, destinationPort: 80, seq: toSeq(0), flags: TcpFlag.syn, checksum },
    };
    c.laboratory.receive(frame);
    c.sendsNothing();
    expect(c.laboratory.drops).toEqual([why]);
  });
});

test('padding behind the packet is not part of it', () => {
  expect(fateOf({ ...DATAGRAM, trailer: new Uint8Array(20) })).toEqual(['received']);
});

test('options of the header are skipped', () => {
  const options = Uint8Array.of(1, 1, 1, 0);
  const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS, options };
  expect(fateOf({ ...DATAGRAM, ipv4 })).toEqual(['received']);
});

describe('routing: the longest prefix wins (RFC 1122 §3.3.1)', () => {
  const host = new Host({ name: 'host' }, { random: () => 1, wakeAt: () => {}, trace: undefined });
  const add = (name: string, address: string): NetworkInterface =>
    host.addInterface(name, { mac: 2, address });
  const eth0 = add('eth0', '10.1.0.1/16');
  const eth1 = add('eth1', '10.1.2.1/24');
  const eth2 = add('eth2', '192.168.7.1/30');
  host.addDefaultRoute(parseIpv4('192.168.7.2'));

  // prettier-ignore
  test.each([
    { to: '10.1.9.9', by: eth0, next: '10.1.9.9', from: '10.1.0.1' },
    { to: '10.1.2.9', by: eth1, next: '10.1.2.9', from: '10.1.2.1' },
    { to: '8.8.8.8', by: eth2, next: '192.168.7.2', from: '192.168.7.1' },
    { to: '10.1.2.1', by: host.loopback, next: '10.1.2.1', from: '10.1.2.1' },
    { to: '127.0.0.1', by: host.loopback, next: '127.0.0.1', from: '127.0.0.1' },
    { to: '127.9.9.9', by: host.loopback, next: '127.9.9.9', from: '127.0.0.1' },
  ])('$to', ({ to, by, next, from }) => {
    const route = host.ip.routes.lookUp(parseIpv4(to));
    expect(route?.port.interface).toBe(by);
    expect(route?.nextHop).toBe(parseIpv4(next));
    expect(route?.source).toBe(parseIpv4(from));
  });

  test('a default route needs a way to its gateway, and no route is none', () => {
    const lonely = new Host({ name: 'x' }, { random: () => 1, wakeAt: () => {}, trace: undefined });
    expect(() => lonely.addDefaultRoute(parseIpv4('10.0.0.1'))).toThrow(RangeError);
    expect(lonely.ip.routes.lookUp(parseIpv4('10.0.0.1'))).toBeUndefined();
  });
});

test.each([67, 65_537, 1500.5, Number.NaN])('an MTU of %d is none (RFC 791 §3.2)', (mtu) => {
  expect(() => new Laboratory({ mtu })).toThrow(RangeError);
});
