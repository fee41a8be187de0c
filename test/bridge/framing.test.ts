/** Frames in streams: the laws, and the octets at which each framing gives up. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeFraming,
  FrameDecoder,
  type Framing,
  LONGEST_FRAME,
  packetLength,
} from '../../src/bridge/index.ts';
import { concat, hex, put16 } from '../../src/wire/index.ts';

/** Any octets as a frame; as an IP packet, with the version and the length of one. */
function frames(framing: Framing): fc.Arbitrary<Uint8Array> {
  if (framing === 'ethernet') return fc.uint8Array({ minLength: 1, maxLength: 200, size: 'max' });
  const octets = fc.uint8Array({ minLength: 40, maxLength: 200, size: 'max' });
  return fc.tuple(octets, fc.constantFrom(4, 6)).map(([packet, version]) => {
    packet[0] = version << 4;
    put16(packet, version === 4 ? 2 : 4, version === 4 ? packet.length : packet.length - 40);
    return packet;
  });
}

/** What a decoder makes of the octets, given in pieces of these lengths by turns. */
function decode(
  framing: Framing,
  octets: Uint8Array,
  pieces: readonly number[],
): { frames: Uint8Array[]; error: string } {
  const decoder = new FrameDecoder(framing);
  const found: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < octets.length; turn++) {
    const length = pieces[turn % pieces.length] ?? 1;
    decoder.push(octets.slice(at, at + length), (frame) => found.push(frame));
    at += length;
  }
  return { frames: found, error: decoder.end()?.toString() ?? '' };
}

const PIECES = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });

describe.each(['ethernet', 'ip'] as const)('%s', (framing) => {
  test('what goes in comes out, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frames(framing), { maxLength: 20 }), PIECES, (sent, pieces) => {
        const stream = concat(...sent.flatMap((frame) => encodeFraming(framing, frame)));
        expect(decode(framing, stream, pieces)).toEqual({ frames: sent, error: '' });
      }),
    );
  });

  test('any octets: frames of what was whole, or one error, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), PIECES, (octets, pieces) => {
        expect(decode(framing, octets, pieces)).toEqual(decode(framing, octets, [400]));
      }),
    );
  });
});

test.each([
  ['ethernet', '00000000', 'bridge: bad-length at offset 0 (a frame of 0 octets)'],
  ['ethernet', '00000001 aa 00011001', 'bridge: too-large at offset 5 (a frame of 69633 octets)'],
  ['ethernet', '00000002 aa', 'bridge: truncated at offset 5 (within a frame)'],
  ['ip', '500000000000', 'bridge: bad-version at offset 0 (IP version 5)'],
  ['ip', '450000130000', 'bridge: bad-length at offset 2 (an IPv4 packet of 19 octets)'],
  ['ip', '4500', 'bridge: truncated at offset 2 (within a frame)'],
] as const)('%s %s: %s', (framing, octets, error) => {
  expect(decode(framing, hex(octets), [1]).error).toBe(error);
  expect(LONGEST_FRAME).toBe(0x11000);
});

test('after an error nothing is taken', () => {
  const decoder = new FrameDecoder('ip');
  const nothing = (): void => expect.unreachable();
  const error = decoder.push(hex`ffffffffffff`, nothing);
  expect(decoder.push(hex`4500001400000000400000000a0000010a000002`, nothing)).toBe(error);
});

test('the length of a packet is what a stream of packets ends it by', () => {
  fc.assert(
    fc.property(frames('ip'), fc.uint8Array({ maxLength: 9 }), fc.nat(39), (packet, more, cut) => {
      expect(packetLength(packet)).toBe(packet.length);
      expect(packetLength(concat(packet, more))).toBe(packet.length);
      expect(packetLength(packet.subarray(0, cut))).toBe(0);
      packet[0] = 0x95;
      expect(packetLength(packet)).toBe(0);
    }),
  );
  expect(packetLength(hex`45000013 00000000 40000000 0a000001 0a000002`)).toBe(0);
});
