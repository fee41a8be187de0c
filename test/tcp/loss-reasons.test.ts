import { expect, test } from 'vitest';
import { ms } from '../../src/stack/index.ts';
import { UnreachableCode, Icmpv4Type } from '../../src/wire/index.ts';
import {
  connected,
  type Conversation,
  HOST_ADDRESS,
  HOST_MAC,
  PEER_ADDRESS,
  PEER_MAC,
} from '../help/peer.ts';

/** Why each of the segments left that were sent since the last look. */
function causes(c: Conversation): string[] {
  return c.laboratory.sent.splice(0).map(({ cause }) => cause.name);
}

function routerTells(c: Conversation, mtu: number, quote: Uint8Array): void {
  c.laboratory.receive({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS },
    icmpv4: {
      type: Icmpv4Type.destinationUnreachable,
      code: UnreachableCode.fragmentationNeeded,
      rest: mtu,
    },
    payload: quote,
  });
}

test('RFC 1191 §6.5: whatever goes again because it was too long says so, however late', () => {
  const c = connected();
  c.write(14_600);
  const quote = c.laboratory.sent[0]!.frame.bytes.slice(14, 42);
  c.laboratory.sent.length = 0;
  routerTells(c, 576, quote);
  expect(causes(c)).toEqual(Array(10).fill('too-long-for-path'));
  let later = 0;
  for (let acked = 1 + 536; later < 17; acked += 536) {
    c.peer(`. 1:1(0) ack ${acked}`);
    const sent = causes(c);
    expect(sent.filter((cause) => cause !== 'too-long-for-path')).toEqual([]);
    later += sent.length;
  }
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
