/** ICMP errors in every state: what they may do, and that a forged one does nothing. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { freebsd, ms, rfc } from '../../src/stack/index.ts';
import { Icmpv4Type, put32, u32 } from '../../src/wire/index.ts';
import {
  connected,
  connecting,
  type Conversation,
  errnoOf,
  HOST_ADDRESS,
  HOST_MAC,
  PEER_ADDRESS,
  PEER_MAC,
} from '../help/peer.ts';

/** A connection with something in flight, and the packet that is. */
interface Flight {
  readonly c: Conversation;
  readonly packet: Uint8Array;
}

function flight(c: Conversation, text: string): Flight {
  return { c, packet: c.sends(text).frame.bytes.subarray(14) };
}

const STATES: readonly (() => Flight)[] = [
  () => flight(connecting(), 'S 0:0(0)'),
  () => {
    const c = connected();
    c.write(5);
    return flight(c, 'P. 1:6(5)');
  },
  () => {
    const c = connected();
    c.shutdown();
    return flight(c, 'F. 1:1(0)');
  },
  () => {
    const c = connected();
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2');
    c.write(5);
    return flight(c, 'P. 1:6(5)');
  },
  () => {
    const c = connected();
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2');
    c.close();
    return flight(c, 'F. 1:1(0)');
  },
  () => {
    const c = connected();
    c.shutdown();
    const closing = flight(c, 'F. 1:1(0)');
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 2:2(0) ack 2');
    return closing;
  },
];

/** Sends back an error about the packet, its number moved by `off`. */
function report({ c, packet }: Flight, type: number, code: number, off: number): void {
  const quote = packet.slice(0, 28);
  put32(quote, 24, (u32(quote, 24) + off) >>> 0);
  c.laboratory.receive({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
    icmpv4: { type, code, rest: 0 },
    payload: quote,
  });
}

const ERRORS = [
  Icmpv4Type.destinationUnreachable,
  Icmpv4Type.sourceQuench,
  Icmpv4Type.redirect,
  Icmpv4Type.timeExceeded,
  Icmpv4Type.parameterProblem,
];

test('law: an ICMP error about what is not in flight does nothing in any state (RFC 5927 §4.1)', () => {
  let dropped = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...STATES),
      fc.constantFrom(...ERRORS),
      fc.integer({ min: 0, max: 16 }),
      fc.oneof(fc.integer({ min: -3, max: -1 }), fc.integer({ min: 5, max: 0x8000_0000 })),
      (reach, type, code, off) => {
        const at = reach();
        const { state } = at.c;
        report(at, type, code, off);
        at.c.is(state);
        at.c.sendsNothing();
        dropped += at.c.laboratory.drops.includes('icmp-outside-flight') ? 1 : 0;
      },
    ),
    { numRuns: 200 },
  );
  expect(dropped).toBeGreaterThan(50);
});

test('law: on Linux an ICMP error ends what opens, if it is hard, and nothing else', () => {
  let ended = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...STATES),
      fc.constantFrom(...ERRORS, 3, 3, 3, 3),
      fc.integer({ min: 0, max: 15 }).filter((code) => code !== 4), // that is about the MTU
      (reach, type, code) => {
        const at = reach();
        const { state } = at.c;
        report(at, type, code, 0);
        const isHard = type === 3 && ![0, 1, 5, 11, 12].includes(code);
        const isEnd = isHard && state === 'SYN-SENT';
        at.c.is(isEnd ? 'CLOSED' : state);
        ended += isEnd ? 1 : 0;
      },
    ),
    { numRuns: 400 },
  );
  expect(ended).toBeGreaterThan(3);
});

test('a simultaneous open is one that opens, too', () => {
  const c = connecting();
  const at = flight(c, 'S 0:0(0)');
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0) ack 1');
  report(at, 3, 3, 0);
  c.is('CLOSED');
});

// prettier-ignore
test.each([
  { name: 'the RFC: never (MUST-56)', profile: rfc, ends: undefined },
  { name: 'Linux: once the SYN has gone again', profile: undefined, ends: 1 },
  { name: 'FreeBSD: the second one, after four SYNs more', profile: freebsd, ends: 4 },
])('RFC 5461 §4: soft errors end what opens. $name', ({ profile, ends }) => {
  const at = flight(connecting({ profile }), 'S 0:0(0)');
  for (let again = 0; again < 5; again++) {
    report(at, 3, 1, 0);
    if (again === ends) {
      at.c.is('CLOSED');
      expect(errnoOf(() => at.c.socket?.connected())).toBe('EHOSTUNREACH');
      return;
    }
    at.c.is('SYN-SENT');
    while (at.c.laboratory.sent.length === 0) at.c.after(ms(100));
    at.c.sends('S 0:0(0)');
  }
  expect(ends).toBeUndefined();
});

test('messages are counted by their types, forged ones too', () => {
  const at = flight(connecting(), 'S 0:0(0)');
  for (const type of ERRORS) report(at, type, 0, 1);
  const { counters } = at.c.host;
  const { IcmpInMsgs, IcmpInDestUnreachs, IcmpInTimeExcds, IcmpInParmProbs } = counters;
  expect([IcmpInMsgs, IcmpInDestUnreachs, IcmpInTimeExcds, IcmpInParmProbs]).toEqual([5, 1, 1, 1]);
  expect([counters.IcmpInSrcQuenchs, counters.IcmpInRedirects]).toEqual([1, 1]);
  expect(counters.TcpExtOutOfWindowIcmps).toBe(3);
});
