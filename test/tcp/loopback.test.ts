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
import { test } from '../help/family-test.ts';
import { LINUX_WITH_ANY_BUFFER } from '../help/peer.ts';
import {
  decodeFrame,
  type Frame,
  IPV4_ANY,
  IPV4_LOOPBACK,
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

  connect(port: number): TcpSocket {
    const socket = this.host.tcpSocket();
    socket.connect(IPV4_LOOPBACK, port, this.loop.now);
    return socket;
  }

  settle(): void {
    this.loop.runUntil(this.loop.now);
  }
}

function listen(alone: Alone): TcpSocket {
  const listener = alone.host.tcpSocket();
  listener.bind(IPV4_ANY, 80);
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

  // [1000..] are the client's identifications, [2000..] the server's.
  const rows = alone.frames.map(({ ipv4, tcp }) => [
    (tcp?.flags ?? 0) & 0x1f,
    tcp?.window,
    ipv4?.id,
    tcp?.checksum.toString(16),
  ]);
  const { syn, ack, psh, fin } = TcpFlag;
  // prettier-ignore
  expect(rows).toEqual([
    [syn, 65495, 1000, 'fe30'],
    [syn | ack, 65483, 0, 'fe30'],
    [ack, 512, 1001, 'fe28'],
    [psh | ack, 512, 1002, 'fe2e'],
    [ack, 512, 2000, 'fe28'],
    [fin | ack, 512, 1003, 'fe28'],
    [fin | ack, 512, 2001, 'fe28'],
    [ack, 512, 1004, 'fe28'],
  ]);
  const [first] = alone.segments;
  expect(must(listTcpOptions(first?.options ?? new Uint8Array(0)))[0]).toEqual({
    kind: 'maximum-segment-size',
    mss: 65495,
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
  expect(alone.segments[3]?.payloadLength).toBe(32_741);
  listener.accept()?.close(0);
  client.close(0);
  alone.loop.run();
});

test('RFC 9293 §3.7.4: 2³¹ octets after the last short segment Nagle still knows which one it was', () => {
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
});

test('LINUX §8: a closed port answers with a complete checksum', () => {
  const alone = new Alone();
  const socket = alone.connect(9);
  alone.settle();
  const [, answer] = alone.frames;
  expect(answer?.ipv4?.id).toBe(0);
  expect(answer && verifyFrame(answer).transport).toBe('ok');
  expect(answer?.tcp?.flags).toBe(TcpFlag.rst | TcpFlag.ack);
  expect(socket.takeError()).toBe('ECONNREFUSED');
});

test('RFC 9293 §3.5, figure 7: a socket that connects to itself', () => {
  const alone = new Alone();
  const socket = alone.host.tcpSocket();
  socket.bind(IPV4_LOOPBACK, 1234);
  socket.connect(IPV4_LOOPBACK, 1234, 0);
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
    const host = new Host({ name: 'h' }, { random: () => 4, wakeAt: () => {}, trace: undefined });
    const eth0 = host.addInterface('eth0', {
      mac: 2,
      address: '10.0.0.1/24',
      checksumOffload: true,
    });
    host.addNeighbor(eth0, 0x0a000002, 3, 0);
    const captured: Frame[] = [];
    const sent: Frame[] = [];
    eth0.observer = (bytes) => void captured.push(decodeFrame(LinkType.ethernet, bytes.slice()));
    eth0.attach({
      transmit: (bytes) => void sent.push(decodeFrame(LinkType.ethernet, bytes)),
    });
    host.tcpSocket().connect(0x0a000002, 80, 0);
    host.udpSocket().send(utf8('x'), 0x0a000002, 53, 0);
    // 10.0.0.1 and 10.0.0.2, protocol 6, 40 octets: 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 40
    expect(captured[0]?.tcp?.checksum).toBe(0x1431);
    expect(captured[1]?.udp?.checksum).toBe(0x1400 + 3 + 17 + 9);
    expect(captured.map((frame) => verifyFrame(frame).transport)).toEqual(['bad', 'bad']);
    expect(sent.map((frame) => verifyFrame(frame).transport)).toEqual(['ok', 'ok']);
  });
});
