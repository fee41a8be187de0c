/** Where identifications of IPv4 packets come from: RFC 791 §3.2, RFC 6864. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomChoices } from '../../src/stack/index.ts';
import {
  BY_HOST,
  type IdentificationProfile,
  Identifications,
} from '../../src/stack/ip/identification.ts';
import { IpProtocol, type Ipv4Address, parseIpv4 } from '../../src/wire/index.ts';

const OURS = parseIpv4('192.0.2.1');

function numbersBy(rule: IdentificationProfile, secret = 1): Identifications {
  let state = secret;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  return new Identifications(rule, new RandomChoices(random), secret);
}

const COUNTED_BY_HOST = { ofSockets: false, rule: 'host', zeroIfWhole: false } as const;
const COUNTED_BY_PAIR = { ofSockets: true, rule: 'pair', zeroIfWhole: true } as const;
const BY_PAIR_AND_PROTOCOL = { ...COUNTED_BY_PAIR, rule: 'pair-and-protocol' } as const;
const RANDOM = { ofSockets: false, rule: 'random', zeroIfWhole: false } as const;

/** Packets to some hosts, of either transport. */
const packets = fc.array(
  fc.record({
    to: fc.integer({ min: 2, max: 9 }).map((host) => parseIpv4(`192.0.2.${host}`)),
    protocol: fc.constantFrom(IpProtocol.tcp, IpProtocol.udp),
  }),
  { minLength: 2, maxLength: 60, size: 'max' },
);

/** Each packet's identification, less the one before that `key` finds, or nothing for the first. */
function steps(
  numbers: Identifications,
  sent: readonly { readonly to: Ipv4Address; readonly protocol: number }[],
  key: (packet: { readonly to: Ipv4Address; readonly protocol: number }) => string,
): number[] {
  const last = new Map<string, number>();
  const differences: number[] = [];
  for (const packet of sent) {
    const id = numbers.next(OURS, packet.to, packet.protocol, false);
    const before = last.get(key(packet));
    if (before !== undefined) differences.push((id - before) & 0xffff);
    last.set(key(packet), id);
  }
  return differences;
}

describe('law: packets are counted', () => {
  test('all together', () => {
    fc.assert(
      fc.property(fc.nat(), packets, (secret, sent) => {
        const differences = steps(numbersBy(COUNTED_BY_HOST, secret), sent, () => 'host');
        expect(new Set(differences)).toEqual(new Set([1]));
      }),
    );
  });

  test('those of each pair of hosts by themselves, and perhaps of each protocol', () => {
    const firsts = new Set<number>();
    let [all, shared] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), packets, fc.boolean(), (secret, sent, isByProtocol) => {
        const numbers = numbersBy(isByProtocol ? BY_PAIR_AND_PROTOCOL : COUNTED_BY_PAIR, secret);
        firsts.add(numbers.next(OURS, parseIpv4('192.0.2.10'), IpProtocol.tcp, false));
        const differences = steps(numbers, sent, ({ to, protocol }) =>
          isByProtocol ? `${to} ${protocol}` : `${to}`,
        );
        for (const difference of differences) expect(difference).toBeLessThan(sent.length);
        all += differences.length;
        shared += differences.filter((difference) => difference !== 1).length;
      }),
    );
    expect(shared / all).toBeLessThan(0.05); // pairs of one hash share a counter
    expect(firsts.size).toBeGreaterThan(50);
  });
});

test('by chance no packet tells of the next', () => {
  const numbers = numbersBy(RANDOM);
  const ids = Array.from({ length: 50 }, () => numbers.next(OURS, OURS, IpProtocol.tcp, true));
  expect(new Set(ids).size).toBeGreaterThan(45);
});

test('RFC 6864 §4.1: what nobody may cut needs none, and counts nothing', () => {
  const numbers = numbersBy({ ...COUNTED_BY_HOST, zeroIfWhole: true });
  const first = numbers.next(OURS, OURS, IpProtocol.udp, false);
  expect(numbers.next(OURS, OURS, IpProtocol.tcp, true)).toBe(0);
  expect(numbers.next(OURS, OURS, IpProtocol.udp, false)).toBe((first + 1) & 0xffff);
});

test('a connected socket counts by itself, or leaves it to the host', () => {
  expect(numbersBy(COUNTED_BY_PAIR).ofSocket()).toBeGreaterThanOrEqual(0);
  expect(numbersBy(COUNTED_BY_HOST).ofSocket()).toBe(BY_HOST);
});
