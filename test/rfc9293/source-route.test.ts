/** Source routes (RFC 9293 §3.9.2.1): asked for, come by, and what they cost. */
import { expect } from 'vitest';
import { linux6, rfc } from '../../src/stack/index.ts';
import { TcpSocketFile } from '../../src/stack/tcp/sockets/socket-file.ts';
import { type FrameFields, hex, parseIpv4 } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { Conversation, errnoOf, HOST_ADDRESS, Laboratory, listening } from '../help/peer.ts';
import { PEER_ADDRESS, PEER_MAC, PLAIN } from '../help/peer.ts';

/** A test of routes that IPv4 alone has: its type 0 was withdrawn from IPv6 (RFC 5095). */
const testRoute = test.onlyIpv4('an option of IPv4');

/** Two gateways beside the host, by either of which the peer may be reached. */
const FIRST = parseIpv4('10.0.0.7');
const SECOND = parseIpv4('10.0.0.8');

/** The routes on which a packet of the peer's has arrived: by 10.9.0.3 and one of the two. */
const BY_FIRST = hex`830b 0c 0a090003 0a000007`;
const BY_SECOND = hex`830b 0c 0a090003 0a000008`;
const STRICTLY_BY_SECOND = hex`8907 08 0a000008`;

function along(options: Uint8Array): Partial<FrameFields> {
  return { ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS, options } };
}

function knowGateways({ host, laboratory }: Conversation): void {
  for (const gateway of [FIRST, SECOND]) {
    host.addNeighbor(laboratory.interface, gateway, PEER_MAC, 0);
  }
}

/** A connection whose program asks to go by both gateways, the first one first. */
function connectedAlong(): Conversation {
  const c = new Conversation(new Laboratory({ profile: rfc }), { peerPort: 80 });
  knowGateways(c);
  c.socket = c.host.tcpSocket();
  const file = new TcpSocketFile(c.socket);
  file.setOption('SOL_IP', 'IP_OPTIONS', hex`830b 04 0a000007 0a000008`, 11, 0);
  c.socket.connect(PEER_ADDRESS, c.peerPort, 0);
  c.hostPort = c.socket.localPort;
  const { ipv4 } = c.sends('S 0:0(0)').frame;
  expect(ipv4?.destination).toBe(FIRST);
  expect(ipv4?.options).toEqual(hex`830b 04 0a000008 0a000002 00`);
  c.peer(`S. 0:0(0) ack 1 ${PLAIN}`);
  return c;
}

/** A connection that the peer opened along a route, by the first gateway. */
function acceptedAlong(): Conversation {
  const c = listening({ profile: rfc });
  knowGateways(c);
  c.peer(`S 0:0(0) win 65535 ${PLAIN}`, along(BY_FIRST));
  const { ipv4 } = c.sends('S. 0:0(0) ack 1').frame;
  expect(ipv4?.destination).toBe(FIRST);
  expect(ipv4?.options).toEqual(hex`830b 04 0a090003 0a000002 00`);
  return c;
}

testRoute('MUST-51: a program that opens may name the gateways; each segment goes by them', () => {
  const c = connectedAlong();
  expect(c.sends('. 1:1(0) ack 1').frame.ipv4?.destination).toBe(FIRST);
  c.write(2000);
  const { frame } = c.sends('. 1:1449(1448) ack 1'); // the option takes 12 octets (§3.7.1)
  expect(frame.ipv4?.destination).toBe(FIRST);
  expect(frame.ipv4?.totalLength).toBe(1500);
  c.sends('P. 1449:2001(552) ack 1');
});

testRoute('MUST-52: what the program names comes before a route that is received', () => {
  const c = connectedAlong();
  c.sends('. 1:1(0) ack 1');
  c.peer('. 1:1(0) ack 1', along(BY_SECOND));
  c.write(5);
  expect(c.sends('P. 1:6(5) ack 1').frame.ipv4?.destination).toBe(FIRST);
});

testRoute('MUST-53: what answers a peer that came by a route goes back along it', () => {
  const c = acceptedAlong();
  c.peer('. 1:1(0) ack 1');
  c.accept();
  c.write(5);
  expect(c.sends('P. 1:6(5) ack 1').frame.ipv4?.destination).toBe(FIRST);
});

testRoute('SHLD-24: and along another when a later segment came by that', () => {
  const c = acceptedAlong();
  c.peer('. 1:1(0) ack 1', along(BY_SECOND));
  c.accept();
  c.write(5);
  expect(c.sends('P. 1:6(5) ack 1').frame.ipv4?.destination).toBe(SECOND);
  c.peer('. 1:1(0) ack 6', along(STRICTLY_BY_SECOND));
  c.write(5);
  const { ipv4 } = c.sends('P. 6:11(5) ack 1').frame;
  expect(ipv4?.options).toEqual(hex`8907 04 0a000002 00`);
});

testRoute('Linux drops what came by a route, unless conf.all.accept_source_route is set', () => {
  const c = listening({ profile: linux6 });
  knowGateways(c);
  c.peer(`S 0:0(0) win 65535 ${PLAIN}`, along(BY_FIRST));
  c.sendsNothing();
  c.traced('ip-source-route');
  expect(c.host.sysctl.write('net.ipv4.conf.all.accept_source_route', '1')).toBe('written');
  c.peer(`S 0:0(0) win 65535 ${PLAIN}`, along(BY_FIRST));
  expect(c.sends('S. 0:0(0) ack 1').frame.ipv4?.destination).toBe(FIRST);
});

test.once.each([
  ['no route', hex`9404 0000`],
  ['a route without gateways', hex`8303 04`],
  ['one that is on its way', hex`8307 08 0a000007`],
  ['one cut short', hex`830b 04 0a000007`],
  ['nothing', hex``],
])('IP_OPTIONS takes a route and nothing else: %s', (_, options) => {
  const file = new TcpSocketFile(new Laboratory().host.tcpSocket());
  const set = (): void => file.setOption('SOL_IP', 'IP_OPTIONS', options, options.length, 0);
  expect(errnoOf(set)).toBe('EINVAL');
});
