/** Packets that wait to be sent: what one takes from the next, as tcp_grow_skb() does. */
import { expect, test } from 'vitest';
import { QueuedPackets } from '../../src/stack/tcp/send/queued-packets.ts';

/** Packets that end there, the last with PSH; octets up to `sent` have left. */
function packets(sent: number, ...ends: readonly number[]): QueuedPackets {
  const queue = new QueuedPackets();
  for (const end of ends) queue.open(end);
  queue.push(true);
  queue.sentTo(sent, false);
  return queue;
}

test('what is left of a packet is filled from the next one, which is so much shorter', () => {
  const queue = packets(1448, 2896, 5792, 8688);
  queue.fillNext(1448);
  expect(queue.nextEnd).toBe(4344);
  queue.sentTo(4344, false);
  expect(queue.nextEnd).toBe(5792);
  expect(queue.count).toBe(4);
});

test('a packet that is taken whole is gone, but for its PSH', () => {
  const queue = packets(1448, 2896, 5792);
  queue.fillNext(10_000);
  expect([queue.nextEnd, queue.isNextLast, queue.isPushedAt(5792)]).toEqual([5792, true, true]);
  expect(queue.count).toBe(2);
});

test('the last one has none to take from, and no record goes on in another packet', () => {
  const last = packets(1448, 2896);
  last.fillNext(1448);
  expect(last.nextEnd).toBe(2896);
  const record = new QueuedPackets();
  record.open(1000);
  record.seal();
  record.open(2000);
  record.fillNext(500);
  expect(record.nextEnd).toBe(1000);
});
