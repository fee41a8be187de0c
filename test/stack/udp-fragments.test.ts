/**
 * Datagrams that are too long for their way: cut by the sender, or refused, as IP_MTU_DISCOVER says
 * (ip(7)). What a real Linux 6.18 did on a way of 1,500 and then 1,400 octets.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeIcmpv4, Icmpv4Type, UnreachableCode } from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';
import {
  errnoOf,
  HOST_ADDRESS,
  HOST_MAC,
  Laboratory,
  PEER_ADDRESS,
  PEER_MAC,
} from '../help/peer.ts';

const [DONT, WANT, DO, PROBE, INTERFACE, OMIT] = [0, 1, 2, 3, 4, 5] as const;

/** A host whose way to the peer is known to carry 1,400 octets, though the link carries 1,500. */
function onNarrowWay(): Laboratory {
  const laboratory = new Laboratory();
  const socket = laboratory.host.udpSocket();
  socket.connect(PEER_ADDRESS, 9);
  socket.send(new Uint8Array(1472), PEER_ADDRESS, 9, 0);
  const { bytes, start } = laboratory.takeFrame()!.ipv4!;
  laboratory.receive({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
    icmpv4: {
      type: Icmpv4Type.destinationUnreachable,
      code: UnreachableCode.fragmentationNeeded,
      rest: 1400,
    },
    payload: bytes.subarray(start, start + 28),
  });
  expect(socket.takeError()).toBe('EMSGSIZE');
  return laboratory;
}

/** How many packets a datagram of so many octets goes in, or why it does not. */
function packetsFor(laboratory: Laboratory, discovery: number, length: number): number | string {
  const socket = laboratory.host.udpSocket();
  socket.ipv4 = { ...socket.ipv4, mtuDiscovery: discovery };
  const send = (): void => socket.send(stream(0, length), PEER_ADDRESS, 9, 0);
  const errno = errnoOf(send);
  return errno ?? laboratory.sent.splice(0).length;
}

// prettier-ignore
describe.each<[number, (number | string)[]]>([
  [WANT, [1, 2, 2, 2, 2, 48, 'EMSGSIZE']],
  [DONT, [1, 2, 2, 2, 2, 48, 'EMSGSIZE']],
  [OMIT, [1, 1, 1, 1, 2, 45, 'EMSGSIZE']],
  [PROBE, [1, 1, 1, 1, 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE']],
  [INTERFACE, [1, 1, 1, 1, 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE']],
  [DO, [1, 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE', 'EMSGSIZE']],
])('IP_MTU_DISCOVER %d', (discovery, expected) => {
  const lengths = [1372, 1373, 1450, 1472, 1473, 65_507, 65_508];
  test(`datagrams of ${lengths.join(', ')} octets go in ${expected.join(', ')} packets`, () => {
    const laboratory = onNarrowWay();
    expect(lengths.map((length) => packetsFor(laboratory, discovery, length))).toEqual(expected);
  });
});

test('fragments: one identification, no DF, lengths in eights; counted as nstat does', () => {
  const laboratory = new Laboratory();
  const socket = laboratory.host.udpSocket();
  socket.send(stream(0, 3000), PEER_ADDRESS, 9, 0);
  const headers = laboratory.sent.splice(0).map(({ frame, cause }) => {
    const { id = 0, flags, fragmentOffset, totalLength } = frame.ipv4 ?? {};
    return [cause.name, id - 1000, flags, fragmentOffset, totalLength];
  });
  const id = headers[0]?.[1];
  expect(headers).toEqual([
    ['udp-send', id, 1, 0, 1500],
    ['udp-send', id, 1, 1480, 1500],
    ['udp-send', id, 0, 2960, 68],
  ]);
  const { IpOutRequests, IpFragOKs, IpFragCreates } = laboratory.host.counters;
  expect([IpOutRequests, IpFragOKs, IpFragCreates]).toEqual([1, 1, 3]);
});

test('law: what one host cuts another puts together, checksums left to the device or not', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1500, maxLength: 9000, size: 'max' }),
      fc.boolean(),
      (payload, checksumOffload) => {
        const sender = new Laboratory({ checksumOffload });
        const receiver = new Laboratory();
        const socket = receiver.host.udpSocket();
        socket.bind(0, 9);
        // Both have one address: with the headers turned round, checksums are the same.
        sender.host.udpSocket().send(payload, PEER_ADDRESS, 9, 0);
        for (const { frame } of sender.sent.splice(0)) {
          const { ipv4, payload: piece } = frame;
          if (ipv4 === undefined) continue;
          const { id, flags, fragmentOffset, protocol } = ipv4;
          receiver.receive({
            ethernet: { source: PEER_MAC, destination: HOST_MAC },
            ipv4: {
              id,
              flags,
              fragmentOffset,
              protocol,
              source: PEER_ADDRESS,
              destination: HOST_ADDRESS,
            },
            payload: fragmentOffset === 0 ? ipv4.payload : (piece ?? ipv4.payload),
          });
        }
        expect(socket.receive()?.payload).toEqual(payload);
      },
    ),
    { numRuns: 20 },
  );
});

test('an echo request that came in fragments is answered in fragments', () => {
  const laboratory = new Laboratory();
  const type = Icmpv4Type.echoRequest;
  const whole = encodeIcmpv4({ type, code: 0, rest: 0x10001, payload: new Uint8Array(2000) });
  const ethernet = { source: PEER_MAC, destination: HOST_MAC };
  const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS, id: 5, protocol: 1 };
  laboratory.receive({ ethernet, ipv4: { ...ipv4, flags: 1 }, payload: whole.subarray(0, 1480) });
  laboratory.receive({
    ethernet,
    ipv4: { ...ipv4, fragmentOffset: 1480 },
    payload: whole.subarray(1480),
  });
  expect(laboratory.drops).toEqual([]);
  expect(laboratory.sent.splice(0).map(({ frame }) => frame.ipv4?.totalLength)).toEqual([
    1500, 548,
  ]);
});
