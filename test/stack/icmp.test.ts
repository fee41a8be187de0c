/** ICMP: echo both ways, and what is dropped. Errors about TCP are in test/tcp/icmp-reports. */
import { describe, expect, test } from 'vitest';
import {
  freebsd,
  type HostProfile,
  linux6,
  lwip,
  macos,
  openbsd,
  windows7,
} from '../../src/stack/index.ts';
import { quoteOf } from '../../src/stack/icmp/icmp-error-rules.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameFields,
  Icmpv4Type,
  LinkType,
  toSeq,
} from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';
import { HOST_ADDRESS, HOST_MAC, Laboratory, PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';

function icmp(fields: Partial<FrameFields>): FrameFields {
  return {
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS, tos: 0x28 },
    icmpv4: { type: Icmpv4Type.echoRequest, rest: 0x12340007 },
    payload: stream(0, 56),
    ...fields,
  };
}

test('RFC 1122 §3.2.2.6: an echo request is answered with its data, ToS copied', () => {
  const laboratory = new Laboratory();
  laboratory.receive(icmp({}));
  const { ipv4, icmpv4, payload } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
  expect([icmpv4?.type, icmpv4?.code, icmpv4?.rest]).toEqual([0, 0, 0x12340007]);
  expect(payload).toEqual(stream(0, 56));
  expect([ipv4?.source, ipv4?.destination]).toEqual([HOST_ADDRESS, PEER_ADDRESS]);
  expect([ipv4?.tos, ipv4?.flags, ipv4?.ttl]).toEqual([0x28, 0, 64]);
});

test('an echo request to many hosts is not answered (Linux)', () => {
  const laboratory = new Laboratory();
  laboratory.receive(icmp({ ipv4: { source: PEER_ADDRESS, destination: 0x0a0000ff } }));
  expect(laboratory.takeFrame()).toBeUndefined();
  expect(laboratory.drops).toEqual(['icmp-broadcast-echo']);
});

test('a request of ours, and its reply', () => {
  const laboratory = new Laboratory();
  const replies: unknown[][] = [];
  laboratory.host.onEchoReply = (from, identifier, sequence) =>
    replies.push([from, identifier, sequence]);
  expect(laboratory.host.icmp.sendEcho(PEER_ADDRESS, 0xbeef, 3, stream(0, 8), 0)).toBe(true);
  const { ipv4, icmpv4 } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
  expect([icmpv4?.type, icmpv4?.rest, ipv4?.flags]).toEqual([8, 0xbeef0003, 2]);
  laboratory.receive(icmp({ icmpv4: { type: 0, rest: 0xbeef0003 } }));
  expect(replies).toEqual([[PEER_ADDRESS, 0xbeef, 3]]);
  expect(laboratory.host.icmp.sendEcho(0x08080808, 1, 1, stream(0, 8), 0)).toBe(false);
});

describe('RFC 1812 §4.3.2: how much an error quotes, and its type of service', () => {
  /** An error about a datagram of 900 octets to a port that nobody has. */
  function refusal(profile: HostProfile): { readonly quoted: number; readonly tos: number } {
    const laboratory = new Laboratory({ profile });
    const udp = { sourcePort: 1000, destinationPort: 2000 };
    laboratory.receive(icmp({ icmpv4: undefined, udp, payload: stream(0, 892) }));
    const { ipv4, icmpv4, payload } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
    expect([icmpv4?.type, icmpv4?.code]).toEqual([3, 3]);
    return { quoted: payload?.length ?? 0, tos: ipv4?.tos ?? 0 };
  }

  test.each([
    { profile: linux6, quoted: 548, tos: 0xc8 },
    { profile: windows7, quoted: 548, tos: 0 },
    { profile: freebsd, quoted: 548, tos: 0 },
    { profile: macos, quoted: 28, tos: 0 },
    { profile: openbsd, quoted: 28, tos: 0 },
    { profile: lwip, quoted: 28, tos: 0 },
  ])('$profile.name', ({ profile, quoted, tos }) => {
    expect(refusal(profile)).toEqual({ quoted, tos });
  });

  test('of TCP macOS quotes the whole header', () => {
    const options = new Uint8Array(12).fill(1);
    const tcp = { sourcePort: 1000, destinationPort: 2000, seq: toSeq(1), flags: 0, options };
    const bytes = encodeFrame(icmp({ icmpv4: undefined, tcp, payload: stream(0, 100) }));
    const { ipv4 } = decodeFrame(LinkType.ethernet, bytes);
    if (ipv4 === undefined) throw new Error('no packet');
    expect(quoteOf(ipv4, 1500, macos.icmp).length).toBe(20 + 32);
    expect(quoteOf(ipv4, 1500, openbsd.icmp).length).toBe(20 + 8);
  });
});

describe('what is no message for us is dropped', () => {
  // prettier-ignore
  test.each([
    { name: 'a wrong checksum', frame: { icmpv4: { type: 8, checksum: 7 } }, why: 'icmp-checksum' },
    { name: 'an unknown type', frame: { icmpv4: { type: 99 } }, why: 'icmp-unasked' },
    { name: 'an error about nothing', frame: { icmpv4: { type: 3, code: 1 }, payload: stream(0, 3) }, why: 'icmp-unasked' },
    { name: 'an error of an unknown code', frame: { icmpv4: { type: 3, code: 200 } }, why: 'icmp-unasked' },
    { name: 'one cut short', frame: { icmpv4: undefined, ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS, protocol: 1 }, payload: stream(0, 5) }, why: 'icmp-malformed' },
  ])('$name', ({ frame, why }) => {
    const laboratory = new Laboratory();
    laboratory.receive(icmp(frame));
    expect(laboratory.takeFrame()).toBeUndefined();
    expect(laboratory.drops).toEqual([why]);
  });

  test('a protocol that nobody has draws protocol unreachable', () => {
    const laboratory = new Laboratory();
    const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS, protocol: 99 };
    laboratory.receive(icmp({ icmpv4: undefined, ipv4 }));
    const { icmpv4 } = laboratory.takeFrame() ?? ({} as Partial<Frame>);
    expect([icmpv4?.type, icmpv4?.code]).toEqual([3, 2]);
  });
});
