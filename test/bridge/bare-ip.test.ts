/** Between Ethernet and bare IP: who is answered, and where packets go. */
import { describe, expect, test } from 'vitest';
import { BARE_IP_MAC, BareIp } from '../../src/bridge/index.ts';
import { decodeFrame, hex, LinkType, parseIp, printHex } from '../../src/wire/index.ts';

const NEAR = { mac: 0x02_00_00_00_00_01, addresses: ['10.0.0.1', 'fe80::1'] };
const NEXT = { mac: 0x02_00_00_00_00_02, addresses: ['10.0.0.2'] };

function join(): { readonly bare: BareIp; readonly answers: Uint8Array[] } {
  const answers: Uint8Array[] = [];
  const stations = [NEAR, NEXT].map(({ mac, addresses }) => ({
    mac,
    addresses: addresses.map((text) => ({ address: parseIp(text) })),
  }));
  return { bare: new BareIp(stations, (frame) => answers.push(frame)), answers };
}

/** An ARP request of 02:…:01 for `target`, from `sender`. */
function arpRequest(sender: string, target: string): Uint8Array {
  return hex(`ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 ${sender}
    000000000000 ${target}`);
}

describe('ARP', () => {
  test('who asks for an address beyond gets an answer', () => {
    const { bare, answers } = join();
    expect(bare.packetOf(arpRequest('0a000001', '0a000063'))).toBeUndefined();
    expect(answers.map(printHex)).toEqual([
      printHex(hex`020000000001 02ff00000001 0806 0001 0800 06 04 0002 02ff00000001 0a000063
        020000000001 0a000001`),
    ]);
  });

  test.each([
    ['a neighbour on this side', '0a000001', '0a000002'],
    ['a probe for duplicates (RFC 5227 §2.1)', '00000000', '0a000063'],
    ['an announcement', '0a000001', '0a000001'],
  ])('%s gets none', (_what, sender, target) => {
    const { bare, answers } = join();
    expect(bare.packetOf(arpRequest(sender, target))).toBeUndefined();
    expect(answers).toEqual([]);
  });
});

describe('Neighbor Discovery', () => {
  /** A solicitation for fe80::TARGET; its checksum is not looked at. */
  const solicitation = (source: string, target: string): Uint8Array =>
    hex(`3333ff000063 020000000001 86dd 60000000 0018 3a ff ${source}
      ff0200000000000000000001ff000063 8700 0000 00000000 fe8000000000000000000000000000${target}`);
  const ANY = '00'.repeat(16);
  const OURS = 'fe800000000000000000000000000001';

  test('an answer of the right form, checksum and hop limit', () => {
    const { bare, answers } = join();
    expect(bare.packetOf(solicitation(OURS, '63'))).toBeUndefined();
    expect(answers).toHaveLength(1);
    const { ethernet, ipv6, icmpv6 } = decodeFrame(LinkType.ethernet, answers[0] ?? hex``);
    expect(ethernet?.source).toBe(BARE_IP_MAC);
    expect(ethernet?.destination).toBe(NEAR.mac);
    expect([ipv6?.source, ipv6?.destination]).toEqual([parseIp('fe80::63'), parseIp('fe80::1')]);
    expect(ipv6?.hopLimit).toBe(255);
    expect(icmpv6?.type).toBe(136);
  });

  test.each([
    ['a probe for duplicates', ANY, '63'],
    ['a station of this side', OURS, '01'],
  ])('%s gets none', (_what, source, target) => {
    const { bare, answers } = join();
    expect(bare.packetOf(solicitation(source, target))).toBeUndefined();
    expect(answers).toEqual([]);
  });
});

describe('packets', () => {
  const to = (address: string): Uint8Array => hex(`45000014 00000000 40000000 0a000063 ${address}`);

  test.each([
    ['a station', '0a000002', '020000000002'],
    ['nobody here: the first station', '08080808', '020000000001'],
    ['a group (RFC 1112 §6.4)', 'e08000fb', '01005e0000fb'],
  ])('for %s', (_what, address, mac) => {
    const frame = join().bare.frameOf(to(address)) ?? hex``;
    expect(printHex(frame.subarray(0, 14))).toBe(`${mac}02ff000000010800`);
    expect(join().bare.packetOf(frame)).toEqual(to(address));
  });

  test('what is no IP is none', () => {
    const { bare } = join();
    for (const octets of ['', '45', '60000000', '00'.repeat(40)]) {
      expect(bare.frameOf(hex(octets))).toBeUndefined();
    }
    expect(bare.packetOf(hex`00`)).toBeUndefined();
    expect(bare.packetOf(hex`ffffffffffff 020000000001 88cc 00`)).toBeUndefined();
  });
});
