import { expect } from 'vitest';
import { ms } from '../../src/stack/index.ts';
import { ETHERNET_HEADER_LENGTH } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { hearError, icmpErrorsOf } from '../help/icmp-errors.ts';
import { connected, type Conversation } from '../help/peer.ts';

/** Why each of the segments left that were sent since the last look. */
function causes(c: Conversation): string[] {
  return c.laboratory.sent.splice(0).map(({ cause }) => cause.name);
}

test('RFC 1191 §6.5: whatever goes again because it was too long says so, however late', () => {
  const c = connected();
  c.write(14_600);
  const packet = c.laboratory.sent[0]!.frame.bytes.subarray(ETHERNET_HEADER_LENGTH);
  c.laboratory.sent.length = 0;
  const { defaultMss: segment } = c.family;
  const mtu = c.family.mtuFor(segment);
  hearError(c, icmpErrorsOf(c.family).tooLong(mtu), packet.slice(0, c.family.headerLength + 8));
  expect(causes(c)).toEqual(Array(10).fill('too-long-for-path'));
  let later = 0;
  for (let acked = 1 + segment; acked <= 14_600; acked += segment) {
    c.peer(`. 1:1(0) ack ${acked}`);
    const sent = causes(c);
    expect(sent.filter((cause) => cause !== 'too-long-for-path')).toEqual([]);
    later += sent.length;
  }
  expect(later).toBeGreaterThan(1);
});

test('RFC 6582 §3.2: without SACK the first is lost by duplicates, the others by partial ACKs', () => {
  const c = connected();
  c.write(2920);
  c.write(2920);
  causes(c);
  for (let i = 0; i < 3; i++) c.peer('. 1:1(0) ack 1');
  expect(causes(c)).toEqual(['fast-retransmit']);
  c.after(ms(20));
  c.peer('. 1:1(0) ack 1461');
  expect(causes(c)).toEqual(['partial-ack']);
});
