/** Long frames that a device cuts: each segment is as a host would have sent it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentsOf } from '../../src/stack/interfaces/offload.ts';
import {
  decodeFrame,
  encodeFrame,
  LinkType,
  seqAdd,
  TcpFlag,
  verifyFrame,
} from '../../src/wire/index.ts';
import { seq, tcpOptions, u16 } from '../help/arbitraries.ts';
import { FAMILIES } from '../help/families.ts';

const OF_LAST = TcpFlag.fin | TcpFlag.psh;
const flags = fc
  .subarray([TcpFlag.fin, TcpFlag.psh, TcpFlag.cwr, TcpFlag.ece])
  .map((some) => some.reduce<number>((all, each) => all | each, TcpFlag.ack));

test.each(['ipv4', 'ipv6'] as const)('law: a long frame of %s becomes its segments', (name) => {
  const family = FAMILIES[name];
  let longest = 0;
  const fields = fc.record({ seq, flags, options: tcpOptions, window: u16 });
  const payloads = fc.uint8Array({ minLength: 1, maxLength: 4000, size: 'max' });
  const lengths = fc.integer({ min: 1, max: 1500 }).map((length) => Math.max(length, 40));
  fc.assert(
    fc.property(fields, u16, payloads, lengths, (tcp, id, payload, segmentLength) => {
      const long = encodeFrame({
        ethernet: { source: 2, destination: 3 },
        ...family.header(family.address(1), family.address(2), { id, tos: 2 }),
        tcp: { sourcePort: 80, destinationPort: 90, ...tcp },
        payload,
      });
      const segments = segmentsOf(long, segmentLength).map((each) =>
        decodeFrame(LinkType.ethernet, each),
      );
      longest = Math.max(longest, segments.length);
      expect(segments).toHaveLength(Math.ceil(payload.length / segmentLength));
      expect(Buffer.concat(segments.map((each) => each.payload))).toEqual(Buffer.from(payload));
      segments.forEach((each, index) => {
        const isLast = index === segments.length - 1;
        const own = tcp.flags & ~(index === 0 ? 0 : TcpFlag.cwr) & ~(isLast ? 0 : OF_LAST);
        expect(verifyFrame(each)).toMatchObject({ transport: 'ok' });
        expect(verifyFrame(each).ipv4).not.toBe('bad');
        expect(each.ipv4?.id).toBe(family.isVersion6 ? undefined : (id + index) & 0xffff);
        expect(each.tcp?.flags).toBe(own);
        expect(each.tcp?.seq).toBe(seqAdd(tcp.seq, index * segmentLength));
        expect(each.tcp?.window).toBe(tcp.window);
        expect(each.tcp?.options).toEqual(decodeFrame(LinkType.ethernet, long).tcp?.options);
      });
    }),
    { numRuns: 30 },
  );
  expect(longest).toBeGreaterThan(20);
});
