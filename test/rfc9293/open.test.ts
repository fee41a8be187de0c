/** What RFC 9293 §3.9.1.1 asks of OPEN: addresses, and connections that share a port. */
import { expect, test } from 'vitest';
import { decodeFrame, hex, IPV4_ANY, LinkType, parseIpv4 } from '../../src/wire/index.ts';
import {
  connected,
  connectedActively,
  connecting,
  type Conversation,
  errnoOf,
  HOST_ADDRESS,
  listening,
  PEER_ADDRESS,
  PEER_MAC,
  PLAIN,
} from '../help/peer.ts';

const REUSE = { socket: { SO_REUSEADDR: 1 } };
const OTHER_ADDRESS = parseIpv4('10.9.0.1');

/** A second listener on the conversation's port, and a peer that it accepts. */
function listenBeside(c: Conversation): void {
  const listener = c.host.tcpSocket();
  listener.setOption('SO_REUSEADDR', 1, c.now);
  listener.bind(IPV4_ANY, c.hostPort);
  listener.listen(5, c.now);
  const d = c.another({ peerPort: 40_001, hostPort: c.hostPort }).handshake();
  expect(listener.accept()?.tcb).toBe(d.tcb);
}

test('MUST-41: a passive open makes a record of its own or fails; others stay as they are', () => {
  const c = connected(REUSE);
  expect(errnoOf(() => c.host.tcpSocket().bind(IPV4_ANY, c.hostPort))).toBe('EADDRINUSE');
  c.listener?.close(c.now);
  const before = c.tcb;
  listenBeside(c);
  expect(c.tcb).toBe(before);
  c.is('ESTABLISHED');
  c.write(5);
  c.sends('P. 1:6(5) ack 1');
});

test('MUST-42: a port may be listened on while a connection from it is in SYN-SENT', () => {
  const c = connecting({ ...REUSE, hostPort: 5000 });
  c.sends('S 0:0(0)');
  listenBeside(c);
  c.is('SYN-SENT');
  c.peer(`S. 0:0(0) ack 1 ${PLAIN}`);
  c.sends('. 1:1(0) ack 1');
  c.is('ESTABLISHED');
});

test('MUST-42: or in SYN-RECEIVED', () => {
  const c = connecting({ ...REUSE, hostPort: 5000 });
  c.sends('S 0:0(0)');
  c.peer(`S 0:0(0) ${PLAIN}`);
  c.sends('S. 0:0(0) ack 1');
  listenBeside(c);
  c.is('SYN-RECEIVED');
  c.peer('. 1:1(0) ack 1');
  c.is('ESTABLISHED');
});

test('MUST-43: an open takes a local address, active or passive', () => {
  const c = listening();
  c.host.addInterface('eth1', { mac: 3, address: '10.9.0.1/24' });
  const active = c.host.tcpSocket();
  active.bind(OTHER_ADDRESS, 5000);
  active.connect(PEER_ADDRESS, 80, c.now);
  expect(c.laboratory.takeFrame()?.ipv4?.source).toBe(OTHER_ADDRESS);

  const passive = c.host.tcpSocket();
  passive.bind(OTHER_ADDRESS, 81);
  passive.listen(5, c.now);
  const d = c.another({ hostPort: 81 });
  d.peer(`S 0:0(0) ${PLAIN}`); // to the other address, where nobody listens
  d.traced('no-connection');
  d.laboratory.sent.length = 0;
  d.peer(`S 0:0(0) ${PLAIN}`, { ipv4: { source: PEER_ADDRESS, destination: OTHER_ADDRESS } });
  expect(d.sends('S. 0:0(0) ack 1').frame.ipv4?.source).toBe(OTHER_ADDRESS);
});

test('MUST-44, MUST-45: without one the route gives it, and the connection keeps it', () => {
  const c = connectedActively();
  expect(c.socket?.localAddress).toBe(HOST_ADDRESS);
  const eth1 = c.host.addInterface('eth1', { mac: 3, address: '10.0.0.3/31' });
  c.host.addNeighbor(eth1, PEER_ADDRESS, PEER_MAC, c.now);
  const sources: (number | undefined)[] = [];
  eth1.attach({
    transmit: (bytes) => {
      sources.push(decodeFrame(LinkType.ethernet, bytes).ipv4?.source);
    },
  });
  expect(c.host.ip.routes.lookUp(PEER_ADDRESS)?.source).not.toBe(HOST_ADDRESS);
  c.write(5);
  expect(sources).toEqual([HOST_ADDRESS]); // the way may change, the address does not
});

test.each([
  ['one that nobody knows', hex`9e04 abcd`],
  ['the route that the packet took', hex`0707 04 0a000002 00`],
  ['a time that nobody asked for', hex`4408 05 00 00000000`],
])('MUST-50: an option of the IP header is passed over: %s', (_, options) => {
  const c = connected();
  const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS, options };
  c.peer('P. 1:6(5) ack 1', { ipv4 });
  c.sends('. 1:1(0) ack 6');
  expect(c.read()).toBe(5);
});
