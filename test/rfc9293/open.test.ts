/** What RFC 9293 §3.9.1.1 asks of OPEN: addresses, and connections that share a port. */
import { expect } from 'vitest';
import { decodeFrame, hex, type IpAddress, LinkType } from '../../src/wire/index.ts';
import { headerOf, onWire } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import {
  connected,
  connectedActively,
  connecting,
  type Conversation,
  errnoOf,
  listening,
  PEER_MAC,
  PLAIN,
} from '../help/peer.ts';

const REUSE = { socket: { SO_REUSEADDR: 1 } };

/** An address of the host's beside the one that the peer knows. */
function addOtherAddress(c: Conversation): IpAddress {
  c.host.addInterface('eth1', { mac: 3, address: c.family.interfaceAddress(9) });
  return c.family.address(9);
}

/** A second listener on the conversation's port, and a peer that it accepts. */
function listenBeside(c: Conversation): void {
  const listener = c.newSocket();
  listener.setOption('SO_REUSEADDR', 1, c.now);
  listener.bind(c.family.any, c.hostPort);
  listener.listen(5, c.now);
  const d = c.another({ peerPort: 40_001, hostPort: c.hostPort }).handshake();
  expect(listener.accept()?.tcb).toBe(d.tcb);
}

test('MUST-41: a passive open makes a record of its own or fails; others stay as they are', () => {
  const c = connected(REUSE);
  expect(errnoOf(() => c.newSocket().bind(c.family.any, c.hostPort))).toBe('EADDRINUSE');
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
  const other = addOtherAddress(c);
  const active = c.newSocket();
  active.bind(other, 5000);
  active.connect(c.peerAddress, 80, c.now);
  expect(headerOf(c.laboratory.takeFrame()!).source).toBe(onWire(other));

  const passive = c.newSocket();
  passive.bind(other, 81);
  passive.listen(5, c.now);
  const d = c.another({ hostPort: 81 });
  d.peer(`S 0:0(0) ${PLAIN}`); // to the other address, where nobody listens
  d.traced('no-connection');
  d.laboratory.sent.length = 0;
  d.peer(`S 0:0(0) ${PLAIN}`, c.family.header(c.peerAddress, other));
  expect(headerOf(d.sends('S. 0:0(0) ack 1').frame).source).toBe(onWire(other));
});

test('MUST-44, MUST-45: without one the route gives it, and the connection keeps it', () => {
  const c = connectedActively();
  const [host, peer] = [onWire(c.hostAddress), onWire(c.peerAddress)];
  expect(c.socket?.localAddress).toBe(host);
  // A narrower network that the peer is in: 10.0.0.2 and 10.0.0.3.
  const [third = ''] = c.family.interfaceAddress(3).split('/');
  const length = c.family.isVersion6 ? 127 : 31;
  const eth1 = c.host.addInterface('eth1', { mac: 3, address: `${third}/${length}` });
  c.host.addNeighbor(eth1, peer, PEER_MAC, c.now);
  const sources: IpAddress[] = [];
  eth1.attach({
    transmit: (bytes) => {
      sources.push(headerOf(decodeFrame(LinkType.ethernet, bytes)).source);
    },
  });
  expect(c.host.ipFor(peer).routes.lookUp(peer)?.source).not.toBe(host);
  c.write(5);
  expect(sources).toEqual([host]); // the way may change, the address does not
});

test.onlyIpv4('options of its header').each([
  ['one that nobody knows', hex`9e04 abcd`],
  ['the route that the packet took', hex`0707 04 0a000002 00`],
  ['a time that nobody asked for', hex`4408 05 00 00000000`],
])('MUST-50: an option of the IP header is passed over: %s', (_, options) => {
  const c = connected();
  const { ipv4 } = c.family.header(c.peerAddress, c.hostAddress);
  c.peer('P. 1:6(5) ack 1', { ipv4: { ...ipv4!, options } });
  c.sends('. 1:1(0) ack 6');
  expect(c.read()).toBe(5);
});
