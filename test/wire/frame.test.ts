import * as fc from 'fast-check';
import { assert, describe, expect, test } from 'vitest';
import {
  concat,
  decodeFrame,
  DecodeError,
  encodeFrame,
  EtherType,
  type Frame,
  type FrameFields,
  hex,
  LinkType,
  parseIpv4,
  parseIpv6,
  parseMac,
  printHex,
  sameBytes,
  TcpFlag,
  toSeq,
  utf8,
  verifyFrame,
} from '../../src/wire/index.ts';
import { frameBytes, linkedFrame } from '../help/arbitraries.ts';

const ethernet = {
  source: parseMac('02:00:00:00:00:01'),
  destination: parseMac('02:00:00:00:00:02'),
};
const ipv4 = { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.0.0.2') };
const ipv6 = { source: parseIpv6('fe80::1'), destination: parseIpv6('fe80::2') };
const hopByHop = { kind: 'hop-by-hop' as const, options: hex`0502 0000 0100` };
/** A fragment that is the whole packet. */
const fragmentAlone = {
  kind: 'fragment' as const,
  fragmentOffset: 0,
  moreFragments: false,
  id: 0xbeef,
};
const tcp = { sourcePort: 1024, destinationPort: 80, seq: toSeq(1), flags: TcpFlag.syn };
const udp = { sourcePort: 1024, destinationPort: 7 };
const payload = utf8('hi');

function decode(fields: FrameFields, linkType: number = LinkType.ethernet): Frame {
  return decodeFrame(linkType, encodeFrame(fields));
}

/** The frame's first octets only, as a capture with that snapshot length keeps them. */
function cut(fields: FrameFields, length: number): Frame {
  return decodeFrame(LinkType.ethernet, encodeFrame(fields).subarray(0, length));
}

describe('encoding a frame', () => {
  test('fills in what is left out', () => {
    expect(printHex(encodeFrame({ ethernet, ipv4, udp, payload }))).toBe(
      printHex(hex`
        020000000002 020000000001 0800
        4500 001e 0000 0000 40 11 66cd 0a000001 0a000002
        0400 0007 000a 7f67 6869`),
    );
  });

  test('keeps the lengths, checksums and types that are given', () => {
    const forged = encodeFrame({
      ethernet: { ...ethernet, etherType: 0x1234 },
      ipv4: { ...ipv4, totalLength: 7, checksum: 0xdead, protocol: 99 },
      udp: { ...udp, length: 3, checksum: 0xbeef },
    });
    expect(printHex(forged)).toBe(
      printHex(hex`
        020000000002 020000000001 1234
        4500 0007 0000 0000 40 63 dead 0a000001 0a000002
        0400 0007 0003 beef`),
    );
  });

  test.each<[string, FrameFields, number]>([
    ['nothing', {}, 0],
    ['a payload', { payload }, 2],
    ['ethernet', { ethernet }, 14],
    ['IPv4', { ipv4, payload }, 22],
    ['TCP with options', { ipv4, tcp: { ...tcp, options: hex`020405b4` } }, 44],
    ['ICMP', { ipv4, icmpv4: { type: 8 }, payload }, 30],
    ['IPv6', { ipv6, payload }, 42],
    ['ICMPv6 behind options', { ipv6, extensions: [hopByHop], icmpv6: { type: 128 } }, 56],
    ['a trailer', { ethernet, ipv4, udp, trailer: new Uint8Array(18) }, 60],
  ])('of %s alone', (_, fields, length) => {
    expect(encodeFrame(fields)).toHaveLength(length);
  });

  test.each<[string, FrameFields, number]>([
    ['ARP', { ethernet, arp: question() }, EtherType.arp],
    ['IPv4', { ethernet, ipv4 }, EtherType.ipv4],
    ['IPv6', { ethernet, ipv6 }, EtherType.ipv6],
  ])('sets the EtherType of %s', (_, fields, etherType) => {
    expect(decode(fields).ethernet?.etherType).toBe(etherType);
  });
});

function question() {
  const { source: senderAddress, destination: targetAddress } = ipv4;
  return { operation: 1, senderMac: ethernet.source, senderAddress, targetMac: 0, targetAddress };
}

describe('decoding a frame', () => {
  test('of TCP', () => {
    const frame = decode({ ethernet, ipv4, tcp, payload, trailer: hex`0000` });
    expect(frame.ethernet).toMatchObject(ethernet);
    expect(frame.ipv4).toMatchObject({ ...ipv4, ttl: 64, protocol: 6, totalLength: 42 });
    expect(frame.tcp).toMatchObject({ ...tcp, window: 65_535 });
    expect(frame.payload).toEqual(payload);
    expect(frame.trailer).toEqual(hex`0000`);
    expect(frame.error).toBeUndefined();
    const { udp, icmpv4, icmpv6, ipv6, extensions, arp, cooked: sll, loopback } = frame;
    expect([udp, icmpv4, icmpv6, ipv6, extensions, arp, sll, loopback]).toEqual(
      Array.from({ length: 8 }),
    );
  });

  test('of ARP, with padding', () => {
    const frame = decode({ ethernet, arp: question(), trailer: new Uint8Array(18) });
    expect(frame.arp).toMatchObject({ operation: 1, trailer: hex`` });
    expect(frame.payload).toEqual(hex``);
    expect(frame.trailer).toEqual(new Uint8Array(18));
  });

  test('of UDP: octets after its length are trailer too', () => {
    const frame = decode({
      ethernet,
      ipv4: { ...ipv4, totalLength: 34 },
      udp,
      payload,
      trailer: hex`0102 0304`,
    });
    expect(frame.payload).toEqual(payload);
    expect(frame.trailer).toEqual(hex`0102 0304`);
  });

  test.each<[string, FrameFields, number]>([
    ['raw', {}, LinkType.raw],
    ['raw IPv4', {}, LinkType.ipv4],
    ["raw IP by the systems' number", {}, LinkType.systemsRaw],
    ['NULL', { loopback: { family: 2, byteOrder: 'little-endian' } }, LinkType.null],
    [
      'NULL of the other order',
      { loopback: { family: 2, byteOrder: 'big-endian' } },
      LinkType.null,
    ],
    ['LOOP', { loopback: { family: 2, byteOrder: 'big-endian' } }, LinkType.loop],
    ['SLL', { cooked: cooked(1) }, LinkType.linuxSll],
    ['SLL2', { cooked: cooked(2) }, LinkType.linuxSll2],
  ])('of link type %s', (_, link, linkType) => {
    const frame = decode({ ...link, ipv4, tcp, payload }, linkType);
    expect(frame.tcp).toMatchObject(tcp);
    expect(frame).toMatchObject(link);
    expect(frame.payload).toEqual(payload);
    expect(verifyFrame(frame)).toEqual({ ipv4: 'ok', transport: 'ok' });
  });

  test.each<[string, Frame, DecodeError]>([
    [
      'another link type',
      decodeFrame(147, hex`0102`),
      new DecodeError('frame', 'unsupported', 0, 'link type 147'),
    ],
    [
      'a virtual LAN',
      decode({ ethernet: { ...ethernet, etherType: EtherType.vlan } }),
      new DecodeError('ethernet', 'unsupported', 12),
    ],
    ['raw IPv6', decodeFrame(LinkType.raw, hex`60`), truncated('ipv6', 1)],
    ['raw IPv5', decodeFrame(LinkType.raw, hex`50`), new DecodeError('ipv4', 'bad-version', 0)],
    [
      'IPv4 where IPv6 is announced',
      decode({ ethernet: { ...ethernet, etherType: EtherType.ipv6 }, ipv4 }),
      new DecodeError('ipv6', 'bad-version', 14),
    ],
    [
      'another protocol over IPv6',
      decode({ ethernet, ipv6: { ...ipv6, nextHeader: 47 }, payload }),
      new DecodeError('ipv6', 'unsupported', 20),
    ],
    [
      'ICMP of IPv4 over IPv6',
      decode({ ethernet, ipv6, extensions: [hopByHop], icmpv4: { type: 8 } }),
      new DecodeError('ipv6', 'unsupported', 54),
    ],
    [
      'ICMP of IPv6 over IPv4',
      decode({ ethernet, ipv4, icmpv6: { type: 128 } }),
      new DecodeError('ipv4', 'unsupported', 23),
    ],
    [
      'hop-by-hop options that are not first',
      decode({ ethernet, ipv6, extensions: [fragmentAlone, hopByHop], udp }),
      new DecodeError('ipv6-extension', 'bad-value', 54, 'hop-by-hop not first'),
    ],
    [
      'half an ICMPv6 header',
      decode({ ethernet, ipv6: { ...ipv6, nextHeader: 58 }, payload }),
      truncated('icmpv6', 56),
    ],
    ['half an IPv6 header', cut({ ethernet, ipv6, udp }, 53), truncated('ipv6', 53)],
    [
      'another family',
      decodeFrame(LinkType.null, hex`1c010000`),
      new DecodeError('bsd-loopback', 'unsupported', 0),
    ],
    [
      'another protocol',
      decode({ ethernet, ipv4: { ...ipv4, protocol: 47 }, payload }),
      new DecodeError('ipv4', 'unsupported', 23),
    ],
    ['half an ARP packet', cut({ ethernet, arp: question() }, 30), truncated('arp', 30)],
    ['four octets of ARP', cut({ ethernet, arp: question() }, 18), truncated('arp', 18)],
    [
      'a bad TCP header',
      decode({ ethernet, ipv4: { ...ipv4, protocol: 6 }, payload: new Uint8Array(20) }),
      new DecodeError('tcp', 'bad-length', 46),
    ],
    [
      'a bad UDP header',
      decode({ ethernet, ipv4, udp: { ...udp, length: 7 } }),
      new DecodeError('udp', 'bad-length', 38),
    ],
    [
      'half an ICMP header',
      decode({ ethernet, ipv4: { ...ipv4, protocol: 1 }, payload }),
      truncated('icmpv4', 36),
    ],
  ])('stops at %s', (_, frame, error) => {
    expect(frame.error).toEqual(error);
    expect(sameBytes(encodeFrame(frame), frame.bytes)).toBe(true);
  });

  test.each([
    ['within TCP data', { tcp }, 55],
    ['after the TCP header', { tcp }, 54],
    ['within UDP data', { udp }, 43],
    ['within ICMP data', { icmpv4: { type: 8, code: 0, rest: 0 } }, 43],
  ])('cut short %s keeps the headers', (_, transport, length) => {
    const frame = cut({ ethernet, ipv4, ...transport, payload }, length);
    expect(frame).toMatchObject({ ipv4, ...transport });
    expect(frame.error).toEqual(truncated('ipv4', length));
    expect(frame.payload).toHaveLength(length - frame.payloadAt);
    expect(verifyFrame(frame)).toEqual({ ipv4: 'ok', transport: 'not-checkable' });
  });

  test.each([
    [13, []],
    [14, ['ethernet']],
    [33, ['ethernet']],
    [34, ['ethernet', 'ipv4']],
    [53, ['ethernet', 'ipv4']],
    [54, ['ethernet', 'ipv4', 'tcp']],
  ])('of %i octets has the layers %j', (length, layers) => {
    const frame = cut({ ethernet, ipv4, tcp, payload }, length);
    const all = ['ethernet', 'ipv4', 'tcp'] as const;
    expect(all.filter((layer) => frame[layer] !== undefined)).toEqual(layers);
    expect(frame.error?.reason).toBe('truncated');
  });

  test.each([
    ['the first', { flags: 1, fragmentOffset: 0 }],
    ['the last', { flags: 0, fragmentOffset: 1480 }],
  ])('%s fragment is not decoded further, which is no error', (_, fragment) => {
    const frame = decode({ ethernet, ipv4: { ...ipv4, ...fragment, protocol: 17 }, payload });
    expect(frame.udp).toBeUndefined();
    expect(frame.error).toBeUndefined();
    expect(frame.payload).toEqual(payload);
    expect(verifyFrame(frame)).toEqual({ ipv4: 'ok', transport: 'not-checkable' });
  });
});

describe('decoding a frame of IPv6', () => {
  test.each<[string, FrameFields, number]>([
    ['Ethernet', { ethernet }, LinkType.ethernet],
    ['raw', {}, LinkType.raw],
    ['raw IPv6', {}, LinkType.ipv6],
    ['NULL', { loopback: { family: 30, byteOrder: 'little-endian' } }, LinkType.null],
    ['LOOP', { loopback: { family: 24, byteOrder: 'big-endian' } }, LinkType.loop],
    ['SLL', { cooked: cooked(1, EtherType.ipv6) }, LinkType.linuxSll],
    ['SLL2', { cooked: cooked(2, EtherType.ipv6) }, LinkType.linuxSll2],
  ])('of link type %s', (_, link, linkType) => {
    const frame = decode({ ...link, ipv6, tcp, payload }, linkType);
    expect(frame).toMatchObject({ ...link, ipv6, tcp, extensions: [] });
    expect(frame.payload).toEqual(payload);
    expect(frame.error).toBeUndefined();
    expect(verifyFrame(frame)).toEqual({ ipv4: 'absent', transport: 'ok' });
  });

  test('goes through extension headers', () => {
    const extensions = [hopByHop, fragmentAlone];
    const frame = decode({ ethernet, ipv6, extensions, icmpv6: { type: 128 }, payload });
    expect(frame.extensions).toMatchObject([
      { ...hopByHop, nextHeader: 44 },
      { ...fragmentAlone, nextHeader: 58 },
    ]);
    expect(frame.ipv6).toMatchObject({ nextHeader: 0, payloadLength: 26, hopLimit: 64 });
    expect(frame.icmpv6).toMatchObject({ type: 128, code: 0, rest: 0 });
    expect(frame.payload).toEqual(payload);
  });

  test.each([
    ['the first', { moreFragments: true, fragmentOffset: 0 }],
    ['the last', { moreFragments: false, fragmentOffset: 1448 }],
  ])('%s fragment is not decoded further, which is no error', (_, fragment) => {
    const extensions = [{ ...fragmentAlone, ...fragment, nextHeader: 17 }];
    const frame = decode({ ethernet, ipv6, extensions, payload });
    expect([frame.udp, frame.error]).toEqual([undefined, undefined]);
    expect(frame.payload).toEqual(payload);
    expect(verifyFrame(frame)).toEqual({ ipv4: 'absent', transport: 'not-checkable' });
  });

  test('behind "no next header" there is none, which is no error', () => {
    const frame = decode({ ethernet, ipv6, payload });
    expect(frame.ipv6?.nextHeader).toBe(59);
    expect(frame.error).toBeUndefined();
    expect(frame.payload).toEqual(payload);
  });

  test('cut short keeps the headers', () => {
    const frame = cut({ ethernet, ipv6, tcp, payload }, 75);
    expect(frame).toMatchObject({ ipv6, tcp });
    expect(frame.error).toEqual(truncated('ipv6', 75));
    expect(verifyFrame(frame).transport).toBe('not-checkable');
  });
});

function truncated(layer: string, at: number): DecodeError {
  return new DecodeError(layer, 'truncated', at);
}

function cooked(version: 1 | 2, protocol: number = EtherType.ipv4) {
  const plain = { version, packetType: 4, hardwareType: 1, addressLength: 6, reserved: 0 };
  const interfaceIndex = version === 1 ? 0 : 3;
  return { ...plain, interfaceIndex, address: hex`0200000000010000`, protocol };
}

describe('the verdict', () => {
  test.each<[string, FrameFields, string, string]>([
    ['no IP', { ethernet, arp: question() }, 'absent', 'absent'],
    ['no transport layer', { ethernet, ipv4 }, 'ok', 'absent'],
    ['TCP', { ethernet, ipv4, tcp, payload }, 'ok', 'ok'],
    ['UDP', { ethernet, ipv4, udp, payload }, 'ok', 'ok'],
    ['ICMP', { ethernet, ipv4, icmpv4: { type: 8 }, payload }, 'ok', 'ok'],
    ['bad TCP', { ethernet, ipv4, tcp: { ...tcp, checksum: 1 } }, 'ok', 'bad'],
    ['bad UDP', { ethernet, ipv4, udp: { ...udp, checksum: 1 } }, 'ok', 'bad'],
    ['bad ICMP', { ethernet, ipv4, icmpv4: { type: 8, checksum: 1 } }, 'ok', 'bad'],
    ['TCP over IPv6', { ethernet, ipv6, tcp, payload }, 'absent', 'ok'],
    ['UDP over IPv6', { ethernet, ipv6, udp, payload }, 'absent', 'ok'],
    ['ICMPv6', { ethernet, ipv6, icmpv6: { type: 128 }, payload }, 'absent', 'ok'],
    ['bad TCP over IPv6', { ethernet, ipv6, tcp: { ...tcp, checksum: 1 } }, 'absent', 'bad'],
    ['bad ICMPv6', { ethernet, ipv6, icmpv6: { type: 128, checksum: 1 } }, 'absent', 'bad'],
    ['none, over IPv6', { ethernet, ipv6, udp: { ...udp, checksum: 0 } }, 'absent', 'bad'],
    ['bad IPv4', { ethernet, ipv4: { ...ipv4, checksum: 1 }, tcp }, 'bad', 'ok'],
    ['UDP without checksum', { ethernet, ipv4, udp: { ...udp, checksum: 0 } }, 'ok', 'absent'],
    ['UDP too long', { ethernet, ipv4, udp: { ...udp, length: 9 } }, 'ok', 'not-checkable'],
    ['padding is not summed', { ethernet, ipv4, tcp, trailer: hex`ffff` }, 'ok', 'ok'],
  ])('%s', (_, fields, header, transport) => {
    expect(verifyFrame(decode(fields))).toEqual({ ipv4: header, transport });
  });

  test('every flipped bit shows in one of the checksums', () => {
    const b = encodeFrame({ ethernet, ipv4, tcp, payload });
    for (let bit = 8 * 14; bit < 8 * b.length; bit++) {
      const flipped = b.slice();
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      const frame = decodeFrame(LinkType.ethernet, flipped);
      const verdict = verifyFrame(frame);
      expect(
        frame.error !== undefined || verdict.ipv4 === 'bad' || verdict.transport === 'bad',
      ).toBe(true);
    }
  });
});

describe('laws', () => {
  test('encoding what was decoded gives the same bytes, for all bytes and link types', () => {
    let whole = 0;
    const runs = 3000;
    fc.assert(
      fc.property(frameBytes, ({ linkType, bytes }) => {
        const frame = decodeFrame(linkType, bytes);
        expect(printHex(encodeFrame(frame))).toBe(printHex(bytes));
        const { tcp: segment, udp: datagram, icmpv4, icmpv6, arp } = frame;
        whole += Number((segment ?? datagram ?? icmpv4 ?? icmpv6 ?? arp) !== undefined);
        verifyFrame(frame);
      }),
      { numRuns: runs },
    );
    expect(whole / runs).toBeGreaterThan(0.4);
  });

  test('and so it does for every prefix', () => {
    const runs = 100;
    fc.assert(
      fc.property(linkedFrame, ({ linkType, fields }) => {
        const bytes = encodeFrame(fields);
        for (let length = 0; length <= bytes.length; length++) {
          const prefix = bytes.subarray(0, length);
          if (!sameBytes(encodeFrame(decodeFrame(linkType, prefix)), prefix)) {
            assert.fail(`${length} octets`);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  test('what is encoded decodes to the same layers', () => {
    fc.assert(
      fc.property(linkedFrame, ({ linkType, fields }) => {
        const frame = decodeFrame(linkType, encodeFrame(fields));
        const { arp, ...layers } = fields;
        expect(frame).toMatchObject(layers);
        expect(frame.arp === undefined).toBe(arp === undefined);
        expect(frame.error).toBeUndefined();
      }),
    );
  });

  test('a decoded frame may be put together anew from its parts', () => {
    const frame = decode({ ethernet, ipv4, tcp, payload, trailer: hex`0000` });
    const { ethernet: link, ipv4: packet, tcp: segment } = frame;
    const copy = { ethernet: link, ipv4: packet, tcp: segment, payload, trailer: frame.trailer };
    expect(encodeFrame(copy)).toEqual(frame.bytes);
    expect(concat(frame.bytes.subarray(0, frame.payloadAt), payload, frame.trailer)).toEqual(
      frame.bytes,
    );
  });
});
