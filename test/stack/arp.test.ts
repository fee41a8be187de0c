/** ARP: asking, waiting, giving up, answering, learning. */
import { describe, expect, test } from 'vitest';
import { ms, seconds } from '../../src/stack/index.ts';
import {
  ArpOperation,
  encodeFrame,
  type Frame,
  type Ipv4OverEthernet,
  MAC_BROADCAST,
  must,
  readIpv4OverEthernet,
  u32,
} from '../../src/wire/index.ts';
import { connecting, errnoOf, HOST_ADDRESS, HOST_MAC, Laboratory } from '../help/peer.ts';
import { PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';

const OTHER = 0x0a000009;

function arpOf(frame: Frame | undefined): Ipv4OverEthernet {
  const arp = frame?.arp && readIpv4OverEthernet(frame.arp);
  if (arp === undefined) throw new Error('no ARP packet was sent');
  return arp;
}

function arp(fields: Partial<Ipv4OverEthernet>, to = HOST_MAC): Uint8Array {
  return encodeFrame({
    ethernet: { source: PEER_MAC, destination: to },
    arp: {
      operation: ArpOperation.reply,
      senderMac: PEER_MAC,
      senderAddress: PEER_ADDRESS,
      targetMac: HOST_MAC,
      targetAddress: HOST_ADDRESS,
      ...fields,
    },
  });
}

test('RFC 826: a packet for an unknown neighbour waits while it is asked for', () => {
  const c = connecting({ knowsPeer: false });
  const request = c.laboratory.takeFrame();
  expect(request?.ethernet?.destination).toBe(MAC_BROADCAST);
  expect(request?.bytes.length).toBe(42);
  expect(arpOf(request)).toEqual({
    operation: ArpOperation.request,
    senderMac: HOST_MAC,
    senderAddress: HOST_ADDRESS,
    targetMac: 0,
    targetAddress: PEER_ADDRESS,
  });
  c.sendsNothing(ms(5));
  c.laboratory.receive(arp({}));
  const syn = c.sends('S 0:0(0)', 'active-open');
  expect(syn.frame.ethernet?.destination).toBe(PEER_MAC);
  c.sendsAfter(ms(995), 'S 0:0(0)', 'syn-timeout'); // and it is asked for no more
});

test('RFC 1122 §2.3.2.1: three requests a second apart, then EHOSTUNREACH, and the SYN never left', () => {
  const c = connecting({ knowsPeer: false });
  for (let i = 0; i < 3; i++) {
    expect(arpOf(c.laboratory.takeFrame()).operation).toBe(ArpOperation.request);
    expect(c.laboratory.takeFrame()).toBeUndefined();
    c.after(seconds(1));
  }
  c.sendsNothing(seconds(1000));
  c.is('CLOSED');
  expect(c.laboratory.drops).toContain('neighbor-unreachable');
  expect(errnoOf(() => c.socket?.connected())).toBe('EHOSTUNREACH');
});

test('RFC 1122 §2.3.2.2: what waits leaves in order, and asking began only once', () => {
  const { host, ...laboratory } = new Laboratory({ knowsPeer: false });
  const socket = host.udpSocket();
  for (let i = 0; i < 3; i++) socket.send(Uint8Array.of(i), PEER_ADDRESS, 9, 0);
  expect(laboratory.sent.splice(0).map(({ cause }) => cause.name)).toEqual(['arp-request']);
  laboratory.interface.receive(arp({}), { name: '', text: '', source: '' }, 0);
  expect(laboratory.sent.splice(0).map(({ frame }) => frame.payload[0])).toEqual([0, 1, 2]);
});

test.each([
  [1, 256],
  [500, 166],
  [1000, 92],
  [1472, 92],
])('LINUX unres_qlen_bytes: of packets of %d octets %d may wait', (length, count) => {
  const laboratory = new Laboratory({ knowsPeer: false });
  const socket = laboratory.host.udpSocket();
  for (let i = 0; i < count + 2; i++) {
    socket.send(new Uint8Array(length).fill(i), PEER_ADDRESS, 9, 0);
  }
  expect(laboratory.drops).toEqual(['neighbor-queue-full', 'neighbor-queue-full']);
  laboratory.sent.length = 0;
  laboratory.receive(arp({}));
  const sent = laboratory.sent.splice(0).map(({ frame }) => frame.payload[0]);
  expect(sent).toEqual(Array.from({ length: count }, (_, i) => (i + 2) & 0xff)); // the last ones
});

test('RFC 826: a request for our address is answered, and its sender learned', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  const request = arp({ operation: ArpOperation.request, targetMac: 0 }, MAC_BROADCAST);
  laboratory.receive(request);
  const reply = laboratory.takeFrame();
  expect(reply?.ethernet?.destination).toBe(PEER_MAC);
  expect(arpOf(reply)).toEqual({
    operation: ArpOperation.reply,
    senderMac: HOST_MAC,
    senderAddress: HOST_ADDRESS,
    targetMac: PEER_MAC,
    targetAddress: PEER_ADDRESS,
  });
  laboratory.host.udpSocket().send(new Uint8Array(1), PEER_ADDRESS, 9, 0);
  expect(laboratory.takeFrame()?.udp).toBeDefined(); // without asking
});

test('RFC 826: a request for another host is not answered, nor its sender learned', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  laboratory.receive(arp({ operation: ArpOperation.request, targetAddress: OTHER }, MAC_BROADCAST));
  expect(laboratory.takeFrame()).toBeUndefined();
  expect(laboratory.drops).toEqual(['arp-not-ours']);
  laboratory.host.udpSocket().send(new Uint8Array(1), PEER_ADDRESS, 9, 0);
  expect(laboratory.takeFrame()?.arp).toBeDefined();
});

test('LINUX locktime: another may claim a neighbour’s address a second after it was learned', () => {
  const claim = arp({
    operation: ArpOperation.request,
    senderMac: 7,
    targetAddress: PEER_ADDRESS + 1,
  });
  for (const [wait, mac] of [
    [ms(900), PEER_MAC],
    [ms(1100), 7],
  ] as const) {
    const laboratory = new Laboratory({ knowsPeer: false });
    laboratory.receive(arp({ operation: ArpOperation.request }, MAC_BROADCAST));
    laboratory.after(wait);
    laboratory.receive(claim);
    laboratory.sent.length = 0;
    laboratory.host.udpSocket().send(new Uint8Array(1), PEER_ADDRESS, 9, laboratory.now);
    expect(laboratory.takeFrame()?.ethernet?.destination).toBe(mac);
  }
});

test('one that the administrator made known stays, whoever claims its address', () => {
  const laboratory = new Laboratory();
  laboratory.after(seconds(10));
  laboratory.receive(arp({ operation: ArpOperation.request, senderMac: 7 }, MAC_BROADCAST));
  laboratory.sent.length = 0;
  laboratory.host.udpSocket().send(new Uint8Array(1), PEER_ADDRESS, 9, laboratory.now);
  expect(laboratory.takeFrame()?.ethernet?.destination).toBe(PEER_MAC);
});

test('RFC 5227 §1.1: a probe, whose sender address is zero, is answered and teaches nothing', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  laboratory.receive(arp({ operation: ArpOperation.request, senderAddress: 0 }, MAC_BROADCAST));
  expect(arpOf(laboratory.takeFrame()).senderAddress).toBe(HOST_ADDRESS);
});

test('after three requests without answer a new packet asks again', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  const socket = laboratory.host.udpSocket();
  socket.send(new Uint8Array(1), PEER_ADDRESS, 9, 0);
  laboratory.after(seconds(10));
  expect(laboratory.sent.splice(0).length).toBe(3);
  socket.send(new Uint8Array(1), PEER_ADDRESS, 9, laboratory.now);
  laboratory.after(seconds(10));
  expect(laboratory.sent.splice(0).length).toBe(3);
});

describe('malformed packets are dropped', () => {
  test.each([
    { name: 'cut short', change: (b: Uint8Array) => b.subarray(0, 40) },
    { name: 'not Ethernet', change: (b: Uint8Array) => b.fill(9, 14, 16) },
    { name: 'not IPv4', change: (b: Uint8Array) => b.fill(9, 16, 18) },
    { name: 'other lengths', change: (b: Uint8Array) => b.fill(5, 18, 19) },
  ])('$name', ({ change }) => {
    const laboratory = new Laboratory();
    laboratory.receive(change(arp({ operation: ArpOperation.request })));
    expect(laboratory.takeFrame()).toBeUndefined();
    expect(laboratory.drops).toEqual(['arp-malformed']);
  });
});

test('the target of a request that waits is asked by the address on its network', () => {
  const laboratory = new Laboratory({ knowsPeer: false });
  laboratory.host.addDefaultRoute(PEER_ADDRESS);
  laboratory.host.udpSocket().send(new Uint8Array(1), 0x08080808, 53, 0);
  expect(arpOf(laboratory.takeFrame()).targetAddress).toBe(PEER_ADDRESS); // the router
  laboratory.receive(arp({}));
  const datagram = must(laboratory.takeFrame() as Frame);
  expect(u32(datagram.bytes, 30)).toBe(0x08080808);
  expect(datagram.ethernet?.destination).toBe(PEER_MAC);
});
