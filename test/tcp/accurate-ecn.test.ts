/** AccECN (RFC 9768): what `test/drill/ecn` has no words for. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  type EcnProfile,
  type HostProfile,
  linux6,
  ms,
  rfc,
  seconds,
} from '../../src/stack/index.ts';
import { AccurateEcn } from '../../src/stack/tcp/ecn/accurate-ecn.ts';
import { countersFor, spaceOf } from '../../src/stack/tcp/ecn/accurate-option.ts';
import { countOctets } from '../../src/stack/tcp/ecn/accurate-receiver.ts';
import { safeCount } from '../../src/stack/tcp/ecn/accurate-sender.ts';
import { EcnField, isValidTransition } from '../../src/stack/tcp/ecn/ecn-field.ts';
import { type FamilyName, headerOf } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import {
  connecting,
  type Conversation,
  LINUX_WITH_ANY_BUFFER,
  listening,
  type SentFrame,
} from '../help/peer.ts';

function withEcn(ecn: EcnProfile): HostProfile {
  return { ...LINUX_WITH_ANY_BUFFER, tcp: { ...LINUX_WITH_ANY_BUFFER.tcp, ecn } };
}

const LINUX = withEcn({ ...linux6.tcp.ecn, mode: 3 });
const BY_THE_BOOK = withEcn({ ...rfc.tcp.ecn, mode: 3 });

const { notEct, ect0, ect1, ce } = EcnField;

function fieldOf({ frame }: SentFrame): number {
  return headerOf(frame).tos & 3;
}

const FULL_SEGMENT = 1460;

/** AE, CWR and ECE as they stand for a count. */
function aceLetters(ace: number): string {
  return `${(ace & 4) === 0 ? '' : 'A'}${(ace & 2) === 0 ? '' : 'W'}${(ace & 1) === 0 ? '' : 'E'}`;
}

/** A client with AccECN has connected, and the program has accepted. */
function agreed(profile = LINUX, family?: FamilyName): Conversation {
  const c = listening({ profile, family });
  c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
  c.sends('SW. 0:0(0) ack 1');
  c.peer('W. 1:1(0) ack 1 tos 2');
  c.accept();
  c.is('ESTABLISHED');
  return c;
}

describe('the handshake', () => {
  test.each([
    ['AccECN, then ECN', 'SAEW', 'SW.', 'SEW'],
    ['ECN, then AccECN', 'SEW', 'SE.', 'SAEW'],
  ])('a client that asks for %s is reset (§3.1.5)', (_, first, answer, second) => {
    const c = listening({ profile: LINUX });
    c.peer(`${first} 0:0(0) win 65535 <mss 1460>`);
    c.sends(`${answer} 0:0(0) ack 1`);
    c.after(ms(100));
    c.peer(`${second} 0:0(0) win 65535 <mss 1460>`);
    expect(c.laboratory.sent.map(({ cause }) => cause.name)).toEqual(['two-ecn-modes']);
    c.laboratory.sent.length = 0;
    c.is('CLOSED');
    c.sendsNothing(seconds(5));
  });

  test('a host that knows ECN only takes either for the same (§3.1.5 binds AccECN)', () => {
    const c = listening();
    c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
    c.sends('SE. 0:0(0) ack 1');
    c.after(seconds(0.6));
    c.peer('SEW 0:0(0) win 65535 <mss 1460>');
    c.sends('SE. 0:0(0) ack 1');
  });

  test('a client that asks for the same again is not (§3.1.5)', () => {
    const c = listening({ profile: LINUX });
    c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
    c.sends('SW. 0:0(0) ack 1');
    c.after(seconds(0.6));
    c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
    c.sends('SW. 0:0(0) ack 1');
  });

  test('where both open, with AccECN and ECN, neither minds the other’s SYN again (§3.1.5)', () => {
    const c = connecting({ profile: withEcn({ ...linux6.tcp.ecn, mode: 4 }) });
    c.sends('SEW 0:0(0)');
    c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
    c.sends('SE. 0:0(0) ack 1');
    c.after(seconds(0.6));
    c.peer('SAEW 0:0(0) win 65535 <mss 1460>');
    c.sends('. 1:1(0) ack 1', 'challenge-ack-syn');
  });

  test.once('what of the ECN field may become what (§3.2.2.3)', () => {
    const valid = [notEct, ect1, ect0, ce].map((sent) =>
      [notEct, ect1, ect0, ce].filter((arrived) => isValidTransition(sent, arrived)),
    );
    expect(valid).toEqual([[notEct], [ect1, ect0, ce], [ect1, ect0, ce], [ce]]);
  });
});

describe('by the book', () => {
  test('three marked ACKs are acknowledged, two of data (§3.2.2.5.1)', () => {
    const c = agreed(BY_THE_BOOK);
    c.peer('AE. 1:1(0) ack 1 tos 3');
    c.peer('AE. 1:1(0) ack 1 tos 3');
    c.sendsNothing();
    c.peer('AE. 1:1(0) ack 1 tos 3');
    c.sends('. 1:1(0) ack 1', 'ace-overflow');
    c.peer('AE. 1:1(0) ack 1 tos 3');
    c.sendsNothing(seconds(1));
    c.peer('PAE. 1:101(100) ack 1 tos 3');
    c.sends('W. 1:1(0) ack 101');
  });

  test('Linux acknowledges no ACKs', () => {
    const c = agreed();
    for (let i = 0; i < 20; i++) c.peer('AE. 1:1(0) ack 1 tos 3');
    c.sendsNothing(seconds(1));
  });

  test('only new data is ECT (RFC 3168 §6.1.4, §6.1.5)', () => {
    const c = agreed(BY_THE_BOOK);
    c.write(100);
    expect(fieldOf(c.sends('PAE. 1:101(100) ack 1'))).toBe(ect0);
    expect(fieldOf(c.sendsAfter(ms(200), 'PAE. 1:101(100) ack 1'))).toBe(notEct);
    c.peer('PAE. 1:101(100) ack 101');
    c.after(ms(200));
    expect(fieldOf(c.sends('AE. 101:101(0) ack 101'))).toBe(notEct);
  });

  test('the option goes to a peer that has not sent it (§3.2.3.2.3)', () => {
    const c = agreed(BY_THE_BOOK);
    c.write(100);
    const { frame } = c.sends('PAE. 1:101(100) ack 1');
    expect(frame.tcp?.options).toHaveLength(12);
  });
});

describe('what ACE stands for (appendix A.2)', () => {
  test.once.each([
    ['fewer than eight segments', 5, 7, -1, false, 5],
    ['more marks than segments: of bare ACKs', 6, 2, -1, false, 6],
    ['nine segments, two marks: ten would be too many', 2, 9, -1, false, 2],
    ['ten segments, two marks or ten', 2, 10, -1, false, 10],
    ['the same where ACKs are thinned', 2, 10, -1, true, 2],
    ['no octets', 0, 8, 0, false, 0],
    ['1,460 octets in no packet', 0, 8, 1460, false, 8],
    ['1,460 octets in two packets', 2, 10, 1460, false, 2],
    ['10,200 octets in seven packets', 7, 15, 10200, false, 7],
    ['14,600 octets in two packets', 2, 10, 14600, false, 10],
    ['11,000 octets in eight packets of 1,460, or none', 8 & 7, 8, 11000, false, 8],
  ])('%s', (_, least, delivered, octets, isThinned, marked) => {
    expect(safeCount(least, delivered, octets, 1460, isThinned)).toBe(marked);
  });

  test.law('with fewer than eight segments between two ACKs every mark is counted', (families) => {
    const round = fc.record({ segments: fc.integer({ min: 1, max: 7 }), marks: fc.nat(7) });
    let wraps = 0;
    fc.assert(
      fc.property(families, fc.array(round, { minLength: 1, maxLength: 12 }), (family, rounds) => {
        const c = agreed(LINUX, family);
        let acknowledged = 1;
        let marked = 0;
        for (const { segments, marks } of rounds) {
          c.write(segments * FULL_SEGMENT); // of which the window may let go fewer
          const sent = c.laboratory.sent.splice(0);
          if (sent.length > 7) break; // what a smaller window had held back: not of this law
          marked += Math.min(marks, sent.length);
          acknowledged += sent.reduce((sum, { frame }) => sum + (frame.payload?.length ?? 0), 0);
          c.peer(`${aceLetters(5 + marked)}. 1:1(0) ack ${acknowledged}`);
          expect(c.tcb?.ecn?.deliveredMarked).toBe(marked);
        }
        c.laboratory.sent.length = 0;
        wraps += marked >>> 3;
      }),
      { numRuns: 30 },
    );
    expect(wraps).toBeGreaterThan(10);
  });
});

describe('the option', () => {
  test.once('a counter that grows is told of every 2^22 octets (§3.2.3.3)', () => {
    const accurate = new AccurateEcn();
    accurate.demand = 0;
    const toldOf: number[] = [];
    for (let octets = 1460; octets < 3 * 2 ** 22; octets += 1460) {
      countOctets(accurate, ect0, 1460);
      if (accurate.demand > 0) toldOf.push(octets);
      accurate.demand = 0;
    }
    expect(toldOf.map((octets) => octets - (octets % 2 ** 22))).toEqual([2 ** 22, 2 ** 23]);
    expect(toldOf.every((octets) => octets % 2 ** 22 < 1460)).toBe(true);
  });

  test.once.each([
    [12, 0, 0, 3],
    [11, 0, 0, 2],
    [8, 0, 0, 2],
    [8, 0, 3, -1],
    [7, 0, 0, 0],
    [4, 0, 0, 0],
    [3, 0, 0, -1],
    [4, 2, 0, 1],
    [0, 2, 0, 0],
    [0, 2, 1, -1],
    [4, 1, 1, 1],
    [0, 1, 0, -1],
  ])('in %i octets, %i NOPs, at least %i counters: %i', (room, nops, least, counters) => {
    expect(countersFor(room, nops, least)).toBe(counters);
  });

  test.once('law: it ends at a word, in place of no more NOPs than there are', () => {
    for (let counters = 0; counters <= 3; counters++) {
      for (let nops = 0; nops <= 2; nops++) {
        const space = spaceOf(counters, nops);
        expect(space % 4).toBe(0);
        expect(2 + 3 * counters - space).toBeLessThanOrEqual(nops);
        expect(space - (2 + 3 * counters)).toBeLessThan(4);
      }
    }
  });
});
