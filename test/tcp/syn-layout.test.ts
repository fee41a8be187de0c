/** How the options of SYNs lie: the systems' layouts as fingerprints know them, and four paddings. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  freebsd,
  type HostProfile,
  macos,
  PROFILES,
  rfc,
  seconds,
  type SynOption,
  type SynPadding,
  windows10,
  windows7,
} from '../../src/stack/index.ts';
import {
  DecodeError,
  listTcpOptions,
  type TcpOption,
  TCP_HEADER_LENGTH,
} from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { connecting, listening } from '../help/peer.ts';

const ALL: readonly SynOption[] = ['mss', 'window-scale', 'sack-permitted', 'timestamps'];

/** The system with these options alone, all of which it asks for. */
function offering(profile: HostProfile, ...names: SynOption[]): HostProfile {
  const synOptions = profile.tcp.synOptions.filter((name) => names.includes(name));
  return { ...profile, tcp: { ...profile.tcp, synOptions, requestsTimestamps: true } };
}

/** macOS without ECN, which it asks for in its first SYN. */
const quietMac = { ...macos, tcp: { ...macos.tcp, ecn: { ...macos.tcp.ecn, mode: 2 } } };

const WS = 'window-scale';
const SOK = 'sack-permitted';
const TS = 'timestamps';

// The subsets of Windows 7 and Mac OS X are those of p0f's signatures of SYN-ACKs (p0f.fp 3.09b).
// prettier-ignore
const LAYOUTS = [
  { name: 'Windows 7', profile: windows7, layout: 'mss 1460,nop,wscale 8,nop,nop,sackOK' },
  { name: 'Windows 7, all', profile: offering(windows7, ...ALL), layout: 'mss 1460,nop,wscale 8,sackOK,TS' },
  { name: 'Windows 7, timestamps', profile: offering(windows7, 'mss', TS), layout: 'mss 1460,nop,nop,TS' },
  { name: 'Windows 7, SACK', profile: offering(windows7, 'mss', SOK), layout: 'mss 1460,nop,nop,sackOK' },
  { name: 'Windows 7, both', profile: offering(windows7, 'mss', SOK, TS), layout: 'mss 1460,sackOK,TS' },
  { name: 'Windows 7, no SACK', profile: offering(windows7, 'mss', WS, TS), layout: 'mss 1460,nop,wscale 8,nop,nop,TS' },
  { name: 'macOS', profile: quietMac, layout: 'mss 1460,nop,wscale 6,nop,nop,TS,sackOK,eol' },
  { name: 'macOS, no timestamps', profile: offering(quietMac, 'mss', WS, SOK), layout: 'mss 1460,nop,wscale 6,sackOK,eol' },
  { name: 'macOS, no scaling', profile: offering(quietMac, 'mss', SOK, TS), layout: 'mss 1460,nop,nop,TS,sackOK,eol' },
  { name: 'macOS, SACK', profile: offering(quietMac, 'mss', SOK), layout: 'mss 1460,sackOK,eol' },
  { name: 'macOS, scaling', profile: offering(quietMac, 'mss', WS), layout: 'mss 1460,nop,wscale 6' },
  { name: 'FreeBSD', profile: freebsd, layout: 'mss 1460,nop,wscale 6,sackOK,TS' },
  { name: 'FreeBSD, no timestamps', profile: offering(freebsd, 'mss', WS, SOK), layout: 'mss 1460,nop,wscale 6,sackOK,eol' },
  { name: 'RFC 7323, appendix A', profile: offering(rfc, 'mss', SOK, TS), layout: 'mss 1460,nop,nop,sackOK,nop,nop,TS' },
];

test.each(LAYOUTS)('of a SYN: $name', ({ profile, layout }) => {
  connecting({ profile }).sends(`S 0:0(0) <${layout}>`);
});

test('macOS asks for ECN in its first SYN, not in those that are repeated', () => {
  const c = connecting({ profile: macos });
  c.sends('SEW 0:0(0) win 65535');
  c.sendsAfter(seconds(1), 'S 0:0(0) win 65535');
});

describe('Windows answers with timestamps, and asks for none', () => {
  test.each([windows7, windows10])('$name', (profile) => {
    const c = listening({ profile });
    c.peer('S 0:0(0) win 1000 <mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7>');
    c.sends('S. 0:0(0) ack 1 <mss 1460,nop,wscale 8,sackOK,TS val 0 ecr 5>');
  });

  test('nor does it where the peer has none', () => {
    const c = listening({ profile: windows10 });
    c.peer('S 0:0(0) win 1000 <mss 1460,nop,nop,sackOK>');
    c.sends('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>');
  });
});

const PADDINGS: readonly SynPadding[] = ['shared-words', 'words', 'alignment', 'end'];

/** An option, and the octets before and up to its end. */
interface Placed {
  readonly option: TcpOption;
  readonly start: number;
  readonly end: number;
}

const LENGTHS: Partial<Record<TcpOption['kind'], number>> = {
  'maximum-segment-size': 4,
  'window-scale': 3,
  'sack-permitted': 2,
  timestamps: 10,
};

/** The options of the next SYN, NOPs and the end of the list among them. */
function placedIn(profile: HostProfile): { placed: Placed[]; length: number } {
  const frame = connecting({ profile }).laboratory.takeFrame();
  const tcp = frame?.tcp;
  if (tcp === undefined) throw new Error('no SYN');
  const start = tcp.start + TCP_HEADER_LENGTH;
  const listed = listTcpOptions(tcp.bytes, start, tcp.payloadAt);
  if (listed instanceof DecodeError) throw new Error(listed.reason);
  let at = 0;
  const placed = listed.map((option) => {
    const before = at;
    const rest = option.kind === 'end-of-list' ? 1 + option.padding.length : 1;
    at += LENGTHS[option.kind] ?? rest;
    return { option, start: before, end: at };
  });
  return { placed, length: tcp.payloadAt - start };
}

const KINDS: Readonly<Record<SynOption, TcpOption['kind']>> = {
  mss: 'maximum-segment-size',
  'window-scale': 'window-scale',
  'sack-permitted': 'sack-permitted',
  timestamps: 'timestamps',
};

function isPadding({ option }: Placed): boolean {
  return option.kind === 'no-operation' || option.kind === 'end-of-list';
}

/** Whether an option lies as its padding wants it; `next` is what follows it at once. */
function liesRight(padding: SynPadding, each: Placed, next: Placed | undefined): boolean {
  const { option, start, end } = each;
  switch (padding) {
    case 'words':
      return end % 4 === 0;
    case 'shared-words':
      if (option.kind === 'sack-permitted' && next?.option.kind === 'timestamps') return true;
      return end % 4 === 0;
    case 'alignment': // the numbers in it can be read at once
      if (option.kind === 'timestamps') return (start + 2) % 4 === 0;
      return option.kind === 'window-scale' ? start % 2 === 1 : start % 2 === 0;
    case 'end':
      return true;
  }
}

test.once(
  'law: options come in their order, lie as the padding wants, and fill whole words',
  () => {
    let ended = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...PROFILES.values()),
        fc.constantFrom(...PADDINGS),
        fc.shuffledSubarray([...ALL]),
        (profile, synPadding, synOptions) => {
          // The MSS is first, as everywhere.
          const order = synOptions.toSorted((a, b) => Number(b === 'mss') - Number(a === 'mss'));
          const tcp = { ...profile.tcp, synPadding, synOptions: order, requestsTimestamps: true };
          const { placed, length } = placedIn({ ...profile, tcp });
          const real = placed.filter((each) => !isPadding(each));
          const { timestamps, sack, windowScaling } = profile.tcp;
          const isOn = { mss: true, timestamps: timestamps > 0, [SOK]: sack, [WS]: windowScaling };
          const wanted = order.filter((name) => isOn[name]).map((name) => KINDS[name]);
          expect(real.map(({ option }) => option.kind)).toEqual(wanted);
          expect(length % 4).toBe(0);
          expect(length).toBeLessThanOrEqual(40);
          for (const [i, each] of placed.entries()) {
            if (!isPadding(each)) expect(liesRight(synPadding, each, placed[i + 1])).toBe(true);
          }
          const isEnded = placed.some(({ option }) => option.kind === 'end-of-list');
          if (synPadding === 'words' || synPadding === 'shared-words') expect(isEnded).toBe(false);
          if (isEnded) ended += 1;
        },
      ),
      { numRuns: 150 },
    );
    expect(ended).toBeGreaterThan(10);
  },
);

test.once('law: what a profile declares is what its SYN says', () => {
  for (const profile of PROFILES.values()) {
    const { synOptions, synPadding, requestsTimestamps } = profile.tcp;
    const { placed } = placedIn(profile);
    const offered = synOptions.filter((name) => name !== TS || requestsTimestamps);
    const real = placed.filter((each) => !isPadding(each)).map(({ option }) => option.kind);
    expect(real, profile.name).toEqual(offered.map((name) => KINDS[name]));
    for (const [i, each] of placed.entries()) {
      if (!isPadding(each)) expect(liesRight(synPadding, each, placed[i + 1])).toBe(true);
    }
  }
});
