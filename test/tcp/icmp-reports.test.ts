/** ICMP errors in every state: what they may do, and that a forged one does nothing. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { freebsd, ms, rfc, us } from '../../src/stack/index.ts';
import { ETHERNET_HEADER_LENGTH, put32, u32 } from '../../src/wire/index.ts';
import type { FamilyName } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { hearError, type IcmpError, icmpErrorsOf } from '../help/icmp-errors.ts';
import { connected, connecting, type Conversation, errnoOf } from '../help/peer.ts';

/** A connection with something in flight, and the packet that is. */
interface Flight {
  readonly c: Conversation;
  readonly packet: Uint8Array;
}

function flight(c: Conversation, text: string): Flight {
  return { c, packet: c.sends(text).frame.bytes.subarray(ETHERNET_HEADER_LENGTH) };
}

const STATES: readonly ((family?: FamilyName) => Flight)[] = [
  (family) => flight(connecting({ family }), 'S 0:0(0)'),
  (family) => {
    const c = connected({ family });
    c.write(5);
    return flight(c, 'P. 1:6(5)');
  },
  (family) => {
    const c = connected({ family });
    c.shutdown();
    return flight(c, 'F. 1:1(0)');
  },
  (family) => {
    const c = connected({ family });
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2');
    c.write(5);
    return flight(c, 'P. 1:6(5)');
  },
  (family) => {
    const c = connected({ family });
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2');
    c.close();
    return flight(c, 'F. 1:1(0)');
  },
  (family) => {
    const c = connected({ family });
    c.shutdown();
    const closing = flight(c, 'F. 1:1(0)');
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 2:2(0) ack 2');
    return closing;
  },
];

/** Sends back an error about the packet, its number moved by `off`. */
function report({ c, packet }: Flight, error: IcmpError, off: number): void {
  const { headerLength } = c.family;
  const quote = packet.slice(0, headerLength + 8);
  const seqAt = headerLength + 4;
  put32(quote, seqAt, (u32(quote, seqAt) + off) >>> 0);
  hearError(c, error, quote);
}

/** One of the numbers, whichever family they are for. */
const which = fc.nat({ max: 1000 });
const one = (types: readonly number[], n: number): number => types[n % types.length]!;

test.law('an ICMP error about what is not in flight does nothing (RFC 5927 §4.1)', (families) => {
  let dropped = 0;
  fc.assert(
    fc.property(
      families,
      fc.constantFrom(...STATES),
      which,
      fc.integer({ min: 0, max: 16 }),
      fc.oneof(fc.integer({ min: -3, max: -1 }), fc.integer({ min: 5, max: 0x8000_0000 })),
      (family, reach, n, code, off) => {
        const at = reach(family);
        const { state } = at.c;
        report(at, { type: one(icmpErrorsOf(at.c.family).types, n), code }, off);
        at.c.is(state);
        at.c.sendsNothing();
        dropped += at.c.laboratory.drops.includes('icmp-outside-flight') ? 1 : 0;
      },
    ),
    { numRuns: 200 },
  );
  expect(dropped).toBeGreaterThan(50);
});

test.law(
  'on Linux an ICMP error during connect() ends it, if it is hard, and nothing else',
  (families) => {
    let ended = 0;
    fc.assert(
      fc.property(
        families,
        fc.constantFrom(...STATES),
        fc.oneof(which, fc.constant(0)),
        fc.integer({ min: 0, max: 15 }).filter((code) => code !== 4), // of ICMP about the MTU
        (family, reach, n, code) => {
          const at = reach(family);
          const { state } = at.c;
          const errors = icmpErrorsOf(at.c.family);
          const error = { type: one(errors.types, n), code };
          report(at, error, 0);
          const isEnd = errors.isHard(error) && state === 'SYN-SENT';
          at.c.is(isEnd ? 'CLOSED' : state);
          ended += isEnd ? 1 : 0;
        },
      ),
      { numRuns: 400 },
    );
    expect(ended).toBeGreaterThan(3);
  },
);

test('a simultaneous open is one that opens, too', () => {
  const c = connecting();
  const at = flight(c, 'S 0:0(0)');
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0) ack 1');
  report(at, icmpErrorsOf(c.family).nobodyThere[0], 0);
  c.is('CLOSED');
});

test('SHLD-26: that nobody is there ends a connection that opens', () => {
  for (const error of icmpErrorsOf(familyOfTest()).nobodyThere) {
    const at = flight(connecting(), 'S 0:0(0)');
    report(at, error, 0);
    at.c.is('CLOSED');
    expect(errnoOf(() => at.c.socket?.connected())).toBe(error.errno);
  }
});

test('SHLD-26: by the RFC it ends an established one, too', () => {
  const errors = icmpErrorsOf(familyOfTest());
  for (const error of errors.nobodyThere) {
    const c = connected({ profile: rfc });
    c.write(5);
    const at = flight(c, 'P. 1:6(5)');
    report(at, errors.hostUnreachable, 0);
    at.c.is('ESTABLISHED');
    report(at, error, 0);
    at.c.is('CLOSED');
    expect(errnoOf(() => at.c.write(1))).toBe(error.errno);
  }
});

test('MUST-56: a soft one does not, and is what a timeout reports', () => {
  const errors = icmpErrorsOf(familyOfTest());
  for (const error of [errors.hostUnreachable, errors.networkUnreachable]) {
    const at = flight(connecting(), 'S 0:0(0)');
    report(at, error, 0);
    at.c.is('SYN-SENT');
    at.c.sendsAfter(ms(1000), 'S 0:0(0)');
    at.c.after(ms(200_000));
    at.c.laboratory.sent.length = 0;
    expect(errnoOf(() => at.c.socket?.connected())).toBe(error.errno);
  }
});

// prettier-ignore
test.each([
  { name: 'the RFC: never (MUST-56)', profile: rfc, ends: undefined },
  { name: 'Linux: at once, but not while connect() lasts', profile: undefined, ends: 1 },
  { name: 'FreeBSD: the second one, after four SYNs more', profile: freebsd, ends: 4 },
])('RFC 5461 §4: soft errors end what opens. $name', ({ profile, ends }) => {
  const at = flight(connecting({ profile }), 'S 0:0(0)');
  for (let again = 0; again < 5; again++) {
    report(at, icmpErrorsOf(at.c.family).hostUnreachable, 0);
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

test('RFC 5461 §4: a soft error ends what opens at once on Linux, when connect() is over', () => {
  const at = flight(connecting(), 'S 0:0(0)');
  at.c.after(us(100));
  report(at, icmpErrorsOf(at.c.family).hostUnreachable, 0);
  at.c.is('CLOSED');
  expect(errnoOf(() => at.c.socket?.connected())).toBe('EHOSTUNREACH');
});

test.onlyIpv4('its types')('messages are counted by their types, forged ones too', () => {
  const at = flight(connecting(), 'S 0:0(0)');
  for (const type of icmpErrorsOf(at.c.family).types) report(at, { type, code: 0 }, 2);
  const { counters } = at.c.host;
  const { IcmpInMsgs, IcmpInDestUnreachs, IcmpInTimeExcds, IcmpInParmProbs } = counters;
  expect([IcmpInMsgs, IcmpInDestUnreachs, IcmpInTimeExcds, IcmpInParmProbs]).toEqual([5, 1, 1, 1]);
  expect([counters.IcmpInSrcQuenchs, counters.IcmpInRedirects]).toEqual([1, 1]);
  expect(counters.TcpExtOutOfWindowIcmps).toBe(3);
});
