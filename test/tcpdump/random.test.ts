/**
 * Thousands of random frames, printed by both: whatever is in a frame, our text is tcpdump's. Seeds
 * are fixed, so that a failure repeats; `TCPETRI_SEED` sets another.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePrintFlags, Printer } from '../../src/tcpdump/index.ts';
import { concat, LinkType, PcapWriter, printHex } from '../../src/wire/index.ts';
import { capturedAt, type CapturedFrame, FRAMES, LOOPBACK_FRAMES } from './frames.ts';
import { HAS_TCPDUMP, ourText, realText } from './real-tcpdump.ts';

const SEED = Number(process.env['TCPETRI_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['TCPETRI_FRAMES'] ?? 3000);

const FLAG_SETS = [
  '-nn',
  '-n -v',
  '-n -vv',
  '-n -vvv -e',
  '-n -vvv -K -S',
  '-n -e -q',
  '-n -qq -v',
  '-n -tt -x -#',
  '-n -ttt -X',
  '-n -tttt -e -xx',
  '-n -ttttt -vv -XX',
  '-n -t -A',
  '-n -ttt --nano -AA',
];

/** A capture of random frames; those with a protocol that is not decoded here are left out. */
function randomCapture(
  linkType: number,
  frames: fc.Arbitrary<CapturedFrame>,
): { capture: Uint8Array; hexes: string[]; skipped: number } {
  const writer = new PcapWriter({ linkType, resolution: 'nanoseconds' });
  const printers = ['-nn', '-n -vv'].map((flags) => new Printer(parsePrintFlags(flags)));
  const hexes: string[] = [];
  let skipped = 0;
  const samples = fc.sample(fc.tuple(frames, capturedAt), {
    numRuns: COUNT,
    seed: SEED + linkType,
  });
  for (const [frame, at] of samples) {
    const isKnown = printers.every((printer) => {
      printer.print({ ...frame, ...at, linkType });
      return printer.gap === undefined;
    });
    if (!isKnown) {
      skipped++;
      continue;
    }
    writer.packet({ ...frame, ...at });
    hexes.push(`${printHex(frame.bytes)} of ${frame.originalLength}`);
  }
  return { capture: concat(...writer.take()), hexes, skipped };
}

/** Both texts; where they differ, only the lines around, with the frame's bytes. */
function compare(capture: Uint8Array, hexes: readonly string[], flags: string): string {
  const ours = ourText(capture, flags);
  const real = realText(capture, flags);
  if (ours === real) return real;
  const numbered = ourText(capture, `${flags} -#`).split('\n');
  const [a, b] = [ours.split('\n'), real.split('\n')];
  const line = a.findIndex((text, i) => text !== b[i]);
  const frame = Number(
    numbered
      .slice(0, line + 1)
      .findLast((text) => /^ *\d+ {2}/.test(text))
      ?.slice(0, 5),
  );
  expect({ flags, frame: hexes[frame - 1], text: a.slice(line - 1, line + 3) }).toEqual({
    flags,
    frame: hexes[frame - 1],
    text: b.slice(line - 1, line + 3),
  });
  return real;
}

/** What the texts of random Ethernet frames must show, or the frames miss what they aim at. */
const AIMS: readonly RegExp[] = [
  /\[bad opt\]/,
  /incorrect -> 0x/,
  /\(correct\)/,
  /\[\|tcp\]/,
  /\[\|udp\]/,
  /\[\|ip\]/,
  /\[\|icmp\]/,
  /\[\|arp\]/,
  /truncated-ip - \d+ bytes missing!/,
  /bad-len/,
  /bad-hlen/,
  /bad cksum/,
  /ip-proto-\d+/,
  /\[bad hdr length \d+ - too long/,
  /\[bad hdr length \d+ - too short/,
  /unknown-\d+/,
  /sack 2 \{\d+:\d+\}\{/,
  /mptcp \d+ (capable|join|dss|add-addr)/,
  /tfo {2}cookie/,
  /exp-/,
  /\[bad udp cksum/,
  /\[udp sum ok\]/,
  /\[no cksum\]/,
  /UDP, bad length/,
  /\[RST/,
  /HTTP: GET/,
  /SMTP: /,
  /SIP: INVITE/,
  /options \(.*RR /,
  /TS\{/,
  /time exceeded in-transit/,
  /udp port \d+ unreachable/,
  /need to frag \(mtu/,
  /redirect/,
  /router advertisement/,
  /address mask is/,
  /time stamp reply/,
  /ICMP Multi-Part extension/,
  /MPLS Stack Entry/,
  / (A|AAAA|ANY)\? \S+ /,
  / NXDomain\*/,
  /\[\|domain\]/,
  / q: .* ns: /,
  / \(Q[MU]\)\? /,
  / OPT UDPsize=/,
  / \[1d1h1m1s\] /,
  / (?:SOA|MX|SRV|TXT) /,
  /Request from /,
  /DHCP-Message \(53\), length 1: (?:Discover|Offer|Request|ACK)/,
  /Parameter-Request \(55\), length \d: \n/,
  /trailing data length/,
  /\[\|bootp\]/,
  /\[prefix length\(\d+\) != length/,
  /who-has .* tell/,
  /vlan \d+/,
  /SNAP/,
  /Unnumbered/,
  /\.\d+: \d+\.\d+\.\d+\.\d+ > .*ip-proto/,
  /Flags \[[^\]]*U/,
  /,CE/,
  /flags \[\+/,
  /IP6 /,
  /truncated-ip6/,
  /\[\|ip6\]/,
  / > ::ffff:10\.0\.0\.1/,
];

/** The same of random packets of IPv6. */
const IPV6_AIMS: readonly RegExp[] = [
  /HBH \(rtalert: 0x/,
  /\(jumbo: /,
  /\(homeaddr: .*, padn/,
  /DSTOPT /,
  /No valid Jumbo Payload/,
  /was already found/,
  /don't follow the IPv6 header/,
  /frag \(0x[0-9a-f]{8}:0\|/,
  /frag \(1448\|/,
  /RT6 \(len=2, type=0 \[Deprecated\]/,
  /RT6 \(len=\d, type=4, .*\[0\]/,
  /\(invalid length \d\)/,
  /AH\(length=/,
  /ESP\(spi=/,
  /\[icmp6 sum ok\]/,
  /\[bad icmp6 cksum/,
  /unreachable route/,
  /beyond scope .*, source address/,
  /unreachable port, .* (tcp|udp) port \d+/,
  /packet too big, mtu/,
  /time exceeded in-transit for /,
  /parameter problem, (erroneous|next header|option) - octet/,
  /multicast listener query v2 \[max resp delay=/,
  /multicast listener report v2, \d group record\(s\) \[gaddr .* \{ [0-9a-f:]+/,
  /who has /,
  /tgt is .*Flags \[.*override/,
  /redirect, .* to /,
  /hop limit \d+, Flags \[/,
  /prefix info option \(3\), length 32/,
  /rdnss option/,
  /dnssl option .*domain\(s\): [a-z]+\./,
  /<BAD PTR>/,
  /route info option .*pref=low/,
  /mtu option/,
  /ha discovery reply/,
];

const AIMS_BY_LINK_TYPE: ReadonlyMap<number, readonly RegExp[]> = new Map([
  [LinkType.ethernet, AIMS],
  [LinkType.ipv6, IPV6_AIMS],
]);

describe.skipIf(!HAS_TCPDUMP)('random frames', () => {
  for (const [linkType, frames] of FRAMES) {
    test(`of link type ${linkType} print as tcpdump prints them`, () => {
      const { capture, hexes, skipped } = randomCapture(linkType, frames);
      const texts = FLAG_SETS.map((flags) => compare(capture, hexes, flags));
      expect(skipped).toBeLessThan(COUNT / 8);
      const aims = AIMS_BY_LINK_TYPE.get(linkType) ?? [];
      const all = texts.join('');
      expect(aims.filter((aim) => !aim.test(all))).toEqual([]);
    });
  }

  test('with names print as tcpdump prints them', () => {
    const { capture, hexes, skipped } = randomCapture(LinkType.ethernet, LOOPBACK_FRAMES);
    const texts = ['', '-e', '-v', '-N -q -e'].map((flags) => compare(capture, hexes, flags));
    expect(skipped).toBeLessThan(COUNT / 2);
    expect(/localhost\.[a-z]\S* > localhost\.\d+: /.test(texts.join(''))).toBe(true);
  });
});
