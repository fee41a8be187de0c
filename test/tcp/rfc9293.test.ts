/** Requirements of RFC 9293 that no script can show: damaged segments, and other profiles. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { freebsd, rfc, seconds, windows7 } from '../../src/stack/index.ts';
import {
  encodeFrame,
  ETHERNET_HEADER_LENGTH,
  type FrameFields,
  toSeq,
  verifyFrame,
} from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { connected, connecting, errnoOf, PLAIN } from '../help/peer.ts';

test('RFC 9293 §3.1, MUST-2: the checksum of a SYN, of data, of a FIN and of a RST is right', () => {
  const c = connecting();
  const sent = [c.sends('S 0:0(0)')];
  c.peer(`S. 0:0(0) ack 1 win 65535 ${PLAIN}`);
  sent.push(c.sends('. 1:1(0) ack 1'));
  c.write(1001);
  sent.push(c.sends('P. 1:1002(1001) ack 1'));
  c.shutdown();
  sent.push(c.sends('F. 1002:1002(0) ack 1'));
  c.abort();
  sent.push(c.sends('R. 1003:1003(0) ack 1'));
  expect(sent.map(({ frame }) => verifyFrame(frame).transport)).toEqual(sent.map(() => 'ok'));
});

test.law('RFC 9293 §3.1, MUST-3: a segment with one wrong bit is dropped', (families) => {
  const length = 20 + 100;
  fc.assert(
    fc.property(families, fc.nat({ max: length * 8 - 1 }), (family, bit) => {
      const c = connected({ family });
      const bytes = encodeFrame(c.frame('P. 1:101(100) ack 1'));
      const at = ETHERNET_HEADER_LENGTH + c.family.headerLength + (bit >> 3);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      c.laboratory.receive(bytes);
      expect(c.laboratory.drops).toHaveLength(1);
      expect(c.laboratory.drops[0]).toMatch(/^tcp-(?:checksum|malformed)$/);
      c.sendsNothing(seconds(1));
      c.peer('P. 1:101(100) ack 1');
      c.sends('. 1:1(0) ack 101');
    }),
  );
});

test('RFC 9293 §3.8.3, MUST-23: profile rfc tries to open for three minutes and more', () => {
  const c = connecting({ profile: rfc });
  c.after(seconds(180));
  c.is('SYN-SENT');
  expect(c.laboratory.sent).toHaveLength(8); // at 0, 1, 3, 7, 15, 31, 63 and 123 s
  c.laboratory.sent.length = 0;
  c.after(seconds(60));
  c.is('CLOSED');
  expect(errnoOf(() => c.socket?.connected())).toBe('ETIMEDOUT');
  c.laboratory.sent.length = 0;
});

test.each([rfc, freebsd, windows7])(
  'RFC 9293 §3.10.7.4 fifth, U-7: an ACK of what was never sent is answered: $name',
  (profile) => {
    const c = connected({ profile });
    c.peer('P. 1:101(100) ack 5001');
    c.sends('. 1:1(0) ack 1');
    expect(c.read(), 'nothing to read').toBe(-1);
  },
);

test('RFC 9293 §3.10.7.3 second, U-8: a RST refuses a SYN only with the number that is due', () => {
  const c = connecting({ profile: rfc });
  c.sends('S 0:0(0)');
  c.peer('R. 5:5(0) ack 1 win 0', withSeq(c.frame('R. 5:5(0) ack 1 win 0'), 5));
  c.is('SYN-SENT');
  c.peer('R. 0:0(0) ack 1 win 0', withSeq(c.frame('R. 0:0(0) ack 1 win 0'), 0));
  c.is('CLOSED');
  expect(errnoOf(() => c.socket?.connected())).toBe('ECONNREFUSED');
});

/** A closed port numbers from 0, not from an ISS. */
function withSeq({ tcp }: FrameFields, seq: number): Partial<FrameFields> {
  return tcp === undefined ? {} : { tcp: { ...tcp, seq: toSeq(seq) } };
}
