/** UDP sockets, and what ICMP tells them. */
import { describe, expect, test } from 'vitest';
import { linux6, ms, rfc, type UdpSocket } from '../../src/stack/index.ts';
import { type Frame, type FrameFields, fromUtf8, IPV4_ANY, utf8 } from '../../src/wire/index.ts';
import { errnoOf, FIRST_ID, HOST_ADDRESS, HOST_MAC, Laboratory } from '../help/peer.ts';
import { PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';

function datagram(
  destinationPort: number,
  changes: { from?: number; port?: number; to?: number; checksum?: number; text?: string } = {},
): FrameFields {
  const { from = PEER_ADDRESS, port = 1000, to = HOST_ADDRESS, checksum, text = 'hello' } = changes;
  return {
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: from, destination: to },
    udp: { sourcePort: port, destinationPort, checksum },
    payload: utf8(text),
  };
}

function textOf(socket: UdpSocket): string | undefined {
  const received = socket.receive();
  return received && fromUtf8(received.payload);
}

function bound(laboratory: Laboratory, address: number, port: number): UdpSocket {
  const socket = laboratory.host.udpSocket();
  socket.bind(address, port);
  return socket;
}

test('RFC 768: datagrams come in whole, in order, with whom they came from', () => {
  const laboratory = new Laboratory();
  const socket = bound(laboratory, IPV4_ANY, 7);
  let calls = 0;
  socket.onReady = () => (calls += 1);
  for (const text of ['one', '', 'three']) laboratory.receive(datagram(7, { text }));
  expect(calls).toBe(3);
  expect(socket.receiveQueue).toBe(3 * 832); // each in a block of 576, with its record: as ss shows on 6.18
  const first = { payload: utf8('one'), address: PEER_ADDRESS, port: 1000 };
  expect(socket.receive()).toMatchObject(first);
  expect(textOf(socket)).toBe('');
  expect(textOf(socket)).toBe('three');
  expect(socket.receive()).toBeUndefined();
});

test('a datagram out: DF, TTL 64, an identification that counts', () => {
  const laboratory = new Laboratory();
  const socket = bound(laboratory, IPV4_ANY, 7);
  for (let i = 0; i < 2; i++) {
    socket.send(utf8('hi'), PEER_ADDRESS, 9, 0);
    const { ipv4, udp, payload } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
    expect([ipv4?.source, ipv4?.destination, ipv4?.ttl, ipv4?.flags, ipv4?.tos]).toEqual([
      HOST_ADDRESS,
      PEER_ADDRESS,
      64,
      2,
      0,
    ]);
    expect(ipv4?.id).toBe(FIRST_ID + i);
    expect([udp?.sourcePort, udp?.destinationPort, payload?.length]).toEqual([7, 9, 2]);
  }
});

test('RFC 1122 §4.1.3.4: a checksum of zero says that there is none', () => {
  const laboratory = new Laboratory();
  const socket = bound(laboratory, IPV4_ANY, 7);
  laboratory.receive(datagram(7, { checksum: 0 }));
  expect(textOf(socket)).toBe('hello');
});

test('RFC 768: a checksum that is zero is sent as ones', () => {
  const laboratory = new Laboratory();
  const socket = bound(laboratory, IPV4_ANY, 7);
  const checksumOf = (n: number): number => {
    socket.send(Uint8Array.of(n >>> 8, n), PEER_ADDRESS, 9, 0);
    return laboratory.takeFrame()?.udp?.checksum ?? -1;
  };
  const missing = checksumOf(0); // what is left to make the sum all ones
  expect(checksumOf(missing)).toBe(0xffff);
  expect(checksumOf(missing - 1)).toBe(1);
});

describe('who gets a datagram: the best fit', () => {
  const laboratory = (): {
    lab: Laboratory;
    any: UdpSocket;
    own: UdpSocket;
    connected: UdpSocket;
  } => {
    const lab = new Laboratory();
    const sockets = [IPV4_ANY, HOST_ADDRESS, HOST_ADDRESS].map((address) => {
      const socket = lab.host.udpSocket();
      socket.reuseAddress = true;
      socket.bind(address, 7);
      return socket;
    });
    const [any, own, connected] = sockets as [UdpSocket, UdpSocket, UdpSocket];
    connected.connect(PEER_ADDRESS, 1000);
    return { lab, any, own, connected };
  };

  test.each([
    {
      name: 'the one that is connected to the sender',
      port: 1000,
      to: HOST_ADDRESS,
      who: 'connected',
    },
    { name: 'the one bound to the address', port: 1001, to: HOST_ADDRESS, who: 'own' },
    { name: 'the one bound to any', port: 1000, to: 0x0a0000ff, who: 'any' },
  ] as const)('$name', ({ port, to, who }) => {
    const { lab, ...sockets } = laboratory();
    lab.receive(datagram(7, { port, to }));
    for (const name of ['any', 'own', 'connected'] as const) {
      expect(textOf(sockets[name]), name).toBe(name === who ? 'hello' : undefined);
    }
  });
});

describe('errors', () => {
  const lab = (): Laboratory => new Laboratory();
  // prettier-ignore
  test.each([
    { code: 'EADDRINUSE', call: (l: Laboratory) => { bound(l, IPV4_ANY, 7); bound(l, HOST_ADDRESS, 7); } },
    { code: 'EADDRNOTAVAIL', call: (l: Laboratory) => bound(l, PEER_ADDRESS, 7) },
    { code: 'EINVAL', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).bind(IPV4_ANY, 8) },
    { code: 'EDESTADDRREQ', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).send(utf8(''), PEER_ADDRESS, 0, 0) },
    { code: 'ENETUNREACH', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).send(utf8(''), 0x08080808, 9, 0) },
    { code: 'ENETUNREACH', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).connect(0x08080808, 9) },
    { code: 'EACCES', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).send(utf8(''), (HOST_ADDRESS | 0xff) >>> 0, 9, 0) },
    { code: 'EACCES', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).connect((HOST_ADDRESS | 0xff) >>> 0, 9) },
    { code: 'EMSGSIZE', call: (l: Laboratory) => bound(l, IPV4_ANY, 7).send(new Uint8Array(65_508), PEER_ADDRESS, 9, 0) },
  ])('$code', ({ code, call }) => {
    expect(errnoOf(() => call(lab()))).toBe(code);
  });

  test('none for a datagram that just fits', () => {
    const l = lab();
    bound(l, IPV4_ANY, 7).send(new Uint8Array(1472), PEER_ADDRESS, 9, 0);
    expect(l.takeFrame()?.bytes.length).toBe(1514);
  });
});

test('close gives the port back, and datagrams for it draw ICMP again', () => {
  const laboratory = new Laboratory();
  bound(laboratory, IPV4_ANY, 7).close(0);
  bound(laboratory, IPV4_ANY, 7).close(0);
  laboratory.receive(datagram(7));
  expect(laboratory.takeFrame()?.icmpv4?.type).toBe(3);
});

test('RFC 1122 §4.1.3.1: a port that nobody has draws ICMP port unreachable', () => {
  const laboratory = new Laboratory();
  laboratory.receive(datagram(7, { text: 'x'.repeat(1000) }));
  const { ipv4, icmpv4, payload } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
  expect([icmpv4?.type, icmpv4?.code]).toEqual([3, 3]);
  expect([ipv4?.tos, ipv4?.flags, ipv4?.ttl, ipv4?.totalLength]).toEqual([0xc0, 0, 64, 576]);
  expect(payload?.length).toBe(548); // LINUX §12.1
  laboratory.receive(datagram(7, { to: 0x0a0000ff }));
  expect(laboratory.takeFrame()).toBeUndefined(); // §3.2.2: never for what many hosts got
});

describe('RFC 1122 §4.1.3.3: ICMP errors reach the socket that is connected', () => {
  /** The ICMP error that a router or the peer sends about a frame of ours. */
  const errorAbout = (frame: Frame, code: number): FrameFields => ({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
    icmpv4: { type: 3, code },
    payload: frame.bytes.subarray(14, 14 + 28),
  });

  // prettier-ignore
  test.each([
    [0, 'ENETUNREACH'], [1, 'EHOSTUNREACH'], [2, 'ENOPROTOOPT'], [3, 'ECONNREFUSED'], [4, 'EMSGSIZE'], [5, 'EOPNOTSUPP'],
  ])('RFC 1122 §4.1.3.3: code %d is %s, once', (code, errno) => {
    const laboratory = new Laboratory({ profile: rfc });
    const socket = bound(laboratory, IPV4_ANY, 7);
    socket.connect(PEER_ADDRESS, 9);
    let calls = 0;
    socket.onReady = () => (calls += 1);
    socket.send(utf8('x'), PEER_ADDRESS, 9, 0);
    const frame = laboratory.takeFrame() as Frame;
    laboratory.receive(errorAbout(frame, code));
    expect(calls).toBe(1);
    expect(errnoOf(() => socket.receive())).toBe(errno);
    expect(socket.receive()).toBeUndefined();
  });

  test('and no other', () => {
    const laboratory = new Laboratory();
    const socket = bound(laboratory, IPV4_ANY, 7);
    socket.send(utf8('x'), PEER_ADDRESS, 9, 0);
    laboratory.receive(errorAbout(laboratory.takeFrame() as Frame, 3));
    expect(socket.receive()).toBeUndefined();
  });

  // prettier-ignore
  test.each([
    [0, undefined], [1, undefined], [2, 'ENOPROTOOPT'], [3, 'ECONNREFUSED'], [4, 'EMSGSIZE'], [5, undefined], [6, 'ENETUNREACH'],
    [7, 'EHOSTDOWN'], [8, 'ENONET'], [9, 'ENETUNREACH'], [10, 'EHOSTUNREACH'], [11, undefined], [12, undefined], [13, 'EHOSTUNREACH'],
  ])('Linux tells of hard errors: code %d is %s', (code, errno) => {
    const laboratory = new Laboratory({ profile: linux6 });
    const socket = bound(laboratory, IPV4_ANY, 7);
    socket.connect(PEER_ADDRESS, 9);
    socket.send(utf8('x'), PEER_ADDRESS, 9, 0);
    laboratory.receive(errorAbout(laboratory.takeFrame() as Frame, code));
    expect(socket.takeError()).toBe(errno);
  });

  test('a neighbour that does not answer is EHOSTUNREACH', () => {
    const laboratory = new Laboratory({ knowsPeer: false, profile: rfc });
    const socket = bound(laboratory, IPV4_ANY, 7);
    socket.connect(PEER_ADDRESS, 9);
    socket.send(utf8('x'), PEER_ADDRESS, 9, 0);
    laboratory.after(ms(3000));
    laboratory.sent.length = 0;
    expect(errnoOf(() => socket.receive())).toBe('EHOSTUNREACH');
  });
});

test('a full receive buffer drops what comes, and takes it again when read', () => {
  const laboratory = new Laboratory();
  const socket = bound(laboratory, IPV4_ANY, 7);
  socket.receiveSpace = 2000;
  const text = 'x'.repeat(400);
  for (let i = 0; i < 3; i++) laboratory.receive(datagram(7, { text }));
  expect(laboratory.drops).toEqual(['udp-queue-full']);
  expect(textOf(socket)).toBe(text);
  laboratory.receive(datagram(7, { text: 'again' }));
  expect([textOf(socket), textOf(socket)]).toEqual([text, 'again']);
});
