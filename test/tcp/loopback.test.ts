/** A host that talks to itself: windows, checksums and identifications as captures on lo show. */
import { describe, expect } from 'vitest';
import {
  Host,
  type HostProfile,
  ms,
  NEVER,
  seconds,
  type TcpSocket,
} from '../../src/stack/index.ts';
import { Loop, Loopback } from '../../src/sim/index.ts';
import { headerOf, onWire } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { errnoOf, LINUX_WITH_ANY_BUFFER } from '../help/peer.ts';
import {
  decodeFrame,
  type Frame,
  LinkType,
  listTcpOptions,
  must,
  TcpFlag,
  type TcpSegment,
  toSeq,
  utf8,
  verifyFrame,
} from '../../src/wire/index.ts';

/** One host over its loopback, with what was seen on it. */
class Alone {
  readonly loop = new Loop({ events: 1_000_000 });
  readonly family = familyOfTest();
  readonly host: Host;
  readonly frames: Frame[] = [];
  readonly moves: string[] = [];
  #id = 0;

  constructor(profile?: HostProfile) {
    this.host = new Host(
      {
        name: 'alone',
        profile,
        choices: {
          initialSequenceNumber: (c) => toSeq(c.localPort === 80 ? 5000 : 9000),
          timestampOffset: () => 0,
          ipIdentification: () => (this.#id += 1000),
          ephemeralPort: (first) => first,
          chance: () => 4,
        },
      },
      {
        random: () => 4,
        wakeAt: (at) => this.loop.schedule({ due: (now) => this.host.wake(now) }, at),
        trace: {
          dropped: (_frame, why) => this.moves.push(why.name),
          stateEntered: (_c, from, to) => this.moves.push(`${from} → ${to}`),
        },
      },
    );
    const lo = new Loopback(this.loop);
    this.host.loopback.attach(lo);
    lo.attach(this.host.loopback);
    lo.observe({
      frame: (bytes) => void this.frames.push(decodeFrame(LinkType.ethernet, bytes)),
    });
  }

  get segments(): TcpSegment[] {
    return this.frames.flatMap(({ tcp }) => (tcp === undefined ? [] : [tcp]));
  }

  /** What lo leaves for a segment: its MTU is 65,536, but a packet of IPv4 is an octet shorter. */
  get mss(): number {
    return this.family.isVersion6 ? 65_476 : 65_495;
  }

  open(): TcpSocket {
    return this.family.open(this.host);
  }

  connect(port: number): TcpSocket {
    const socket = this.open();
    socket.connect(this.family.loopback, port, this.loop.now);
    return socket;
  }

  settle(): void {
    this.loop.runUntil(this.loop.now);
  }
}

function listen(alone: Alone): TcpSocket {
  const listener = alone.open();
  listener.bind(alone.family.any, 80);
  listener.listen(5, 0);
  return listener;
}

test('LINUX §16: hello on loopback, the client closes, the server closes at once', () => {
  const alone = new Alone();
  const listener = listen(alone);
  const client = alone.connect(80);
  alone.settle();
  const server = listener.accept();
  client.send(utf8('hello\n'), 0);
  alone.settle();
  expect(server?.recv(100, 0)).toEqual(utf8('hello\n'));
  client.close(0);
  const hasHeard = (): boolean => server?.isReadable === true;
  while (!hasHeard()) alone.loop.step();
  server?.close(0);
  alone.loop.run();

  const rows = alone.frames.map((frame) => [
    (frame.tcp?.flags ?? 0) & 0x1f,
    frame.tcp?.window,
    headerOf(frame).id,
    frame.tcp?.checksum,
  ]);
  const isVersion6 = alone.family.isVersion6;
  // [1000..] are the client's identifications, [2000..] the server's; IPv6 has none.
  const id = (value: number): number | undefined => (isVersion6 ? undefined : value);
  // What the device is left to complete: the sum of both addresses, the protocol and the length.
  const sum = (length: number): number => (isVersion6 ? 1 + 1 : 2 * 0x7f01) + 6 + length;
  const { syn, ack, psh, fin } = TcpFlag;
  // prettier-ignore
  expect(rows).toEqual([
    [syn, alone.mss, id(1000), sum(40)],
    [syn | ack, alone.mss - 12, id(0), sum(40)],
    [ack, 512, id(1001), sum(32)],
    [psh | ack, 512, id(1002), sum(38)],
    [ack, 512, id(2000), sum(32)],
    [fin | ack, 512, id(1003), sum(32)],
    [fin | ack, 512, id(2001), sum(32)],
    [ack, 512, id(1004), sum(32)],
  ]);
  const [first] = alone.segments;
  expect(must(listTcpOptions(first?.options ?? new Uint8Array(0)))[0]).toEqual({
    kind: 'maximum-segment-size',
    mss: alone.mss,
  });
  expect(alone.host.tcp.connectionCount).toBe(0);
  expect(alone.host.deadline).toBe(NEVER);
});

test('LINUX §4.4: a segment is at most half of the largest window that the peer has offered', () => {
  const alone = new Alone();
  const listener = listen(alone);
  const client = alone.connect(80);
  alone.settle();
  client.send(new Uint8Array(80_000), 0);
  alone.settle();
  expect(alone.segments[3]?.payloadLength).toBe((alone.mss - 12) >> 1);
  listener.accept()?.close(0);
  client.close(0);
  alone.loop.run();
});

test.once(
  'RFC 9293 §3.7.4: 2³¹ octets after the last short segment Nagle still knows which one it was',
  () => {
    const alone = new Alone(LINUX_WITH_ANY_BUFFER);
    const listener = listen(alone);
    const client = alone.connect(80);
    alone.settle();
    const server = listener.accept();
    const sink = new Uint8Array(200_000);
    const send = (bytes: Uint8Array): void => {
      expect(client.send(bytes, alone.loop.now)).toBe(bytes.length);
    };
    const drain = (): void => {
      alone.loop.runUntil(alone.loop.now + ms(50));
      while ((server?.recvInto(sink, alone.loop.now) ?? 0) > 0) alone.settle();
      alone.loop.runUntil(alone.loop.now + ms(50));
      alone.frames.length = 0;
    };
    send(utf8('short'));
    drain();
    const full = new Uint8Array(32_768); // half of the largest window
    for (let sent = 0; sent <= 2 ** 31; sent += full.length) {
      send(full);
      drain();
    }
    send(full);
    send(utf8('prompt'));
    alone.settle();
    const lengths = alone.segments.map(({ payloadLength }) => payloadLength);
    expect(lengths.filter((length) => length > 0)).toEqual([full.length, 6]);
    server?.close(alone.loop.now);
    client.close(alone.loop.now);
    alone.loop.run();
  },
);

test('LINUX §8: a closed port answers with a complete checksum, but over IPv6', () => {
  const alone = new Alone();
  const socket = alone.connect(9);
  alone.settle();
  const [, answer] = alone.frames;
  expect(answer?.ipv4?.id ?? 0).toBe(0);
  const isOverIpv6 = answer?.ipv6 !== undefined;
  expect(answer && verifyFrame(answer).transport).toBe(isOverIpv6 ? 'bad' : 'ok');
  expect(answer?.tcp?.flags).toBe(TcpFlag.rst | TcpFlag.ack);
  expect(socket.takeError()).toBe('ECONNREFUSED');
});

test('RFC 9293 §3.5, figure 7: a socket that connects to itself', () => {
  const alone = new Alone();
  const socket = alone.open();
  socket.bind(alone.family.loopback, 1234);
  socket.connect(alone.family.loopback, 1234, 0);
  alone.settle();
  expect(socket.state).toBe('ESTABLISHED');
  expect(alone.moves).toEqual([
    'CLOSED → SYN-SENT',
    'SYN-SENT → SYN-RECEIVED',
    'SYN-RECEIVED → ESTABLISHED',
  ]);
  socket.send(utf8('echo'), 0);
  alone.settle();
  expect(socket.recv(10, 0)).toEqual(utf8('echo'));
  socket.close(0);
  alone.settle();
  expect(alone.host.tcp.connections().map(({ state }) => state)).toEqual(['TIME-WAIT']);
  alone.loop.runUntil(seconds(61));
  expect(alone.host.tcp.connectionCount).toBe(0);
});

describe('checksums left to the device', () => {
  test('§1.6: a capture on the host sees the sum of the pseudo-header, the wire a right checksum', () => {
    const family = familyOfTest();
    const to = family.address(2);
    const host = new Host({ name: 'h' }, { random: () => 4, wakeAt: () => {}, trace: undefined });
    const eth0 = host.addInterface('eth0', {
      mac: 2,
      address: family.interfaceAddress(1),
      checksumOffload: true,
    });
    host.addNeighbor(eth0, onWire(to), 3, 0);
    const captured: Frame[] = [];
    const sent: Frame[] = [];
    eth0.observer = (bytes) => void captured.push(decodeFrame(LinkType.ethernet, bytes.slice()));
    eth0.attach({
      transmit: (bytes) => void sent.push(decodeFrame(LinkType.ethernet, bytes)),
    });
    family.open(host).connect(to, 80, 0);
    host.udpSocket(family.socketFamily).send(utf8('x'), to, 53, 0);
    // 10.0.0.1 and 10.0.0.2: 0x0a00 + 0x0001 + 0x0a00 + 0x0002; 2001:db8::1 and 2001:db8::2
    const addresses = family.isVersion6 ? 2 * (0x2001 + 0xdb8) + 3 : 0x1400 + 3;
    expect(captured[0]?.tcp?.checksum).toBe(addresses + 6 + 40);
    expect(captured[1]?.udp?.checksum).toBe(addresses + 17 + 9);
    expect(captured.map((frame) => verifyFrame(frame).transport)).toEqual(['bad', 'bad']);
    expect(sent.map((frame) => verifyFrame(frame).transport)).toEqual(['ok', 'ok']);
  });
});

test('connect takes the place of a connection in TIME-WAIT, after a second (tcp_tw_reuse 2)', () => {
  const alone = new Alone();
  const { host, loop } = alone;
  expect(host.sysctl.read('net.ipv4.tcp_tw_reuse')).toBe('2');
  expect(host.sysctl.write('net.ipv4.ip_local_port_range', '40000 40000')).toBe('written');
  const listener = listen(alone);
  const client = alone.connect(80);
  loop.runUntil(ms(1));
  const server = listener.accept();
  client.close(loop.now);
  loop.runUntil(ms(2));
  server?.close(loop.now);
  loop.runUntil(ms(990));
  expect(errnoOf(() => alone.connect(80))).toBe('EADDRNOTAVAIL');
  loop.runUntil(ms(1010));
  const next = alone.connect(80);
  loop.runUntil(ms(1020));
  expect(next.connected()).toBe(true);
  expect(host.counters.TcpExtTWRecycled).toBe(1);
});
