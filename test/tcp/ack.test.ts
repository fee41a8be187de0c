/** When data is acknowledged: at once, every second segment, or after a delay. */
import { describe, expect } from 'vitest';
import { linux6, ms, seconds, windows7 } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import { connected, type Conversation, FULL } from '../help/peer.ts';

/**
 * The peer sends segments one after the other, none pushed, until they are not acknowledged at once
 * any more.
 */
function useQuickAcks(c: Conversation, length: number, limit = 40): { count: number; at: number } {
  let at = 1;
  for (let count = 0; count < limit; count++) {
    c.peer(`. ${at}:${at + length}(${length}) ack 1`);
    at += length;
    c.read();
    c.after(0);
    if (c.laboratory.sent.length === 0) return { count, at };
    c.laboratory.sent.length = 0;
  }
  return { count: limit, at };
}

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('LINUX §5.1: a fresh receiver acknowledges 16 segments at once', () => {
    const c = connected(numbers);
    const { count, at } = useQuickAcks(c, 100);
    expect(count).toBe(16);
    c.sendsAfter(ms(40), `. 1:1(0) ack ${at}`, 'delayed-ack');
  });

  test('RFC 9293 §3.8.6.3, SHLD-19: then every second full segment, the odd one after 40 ms', () => {
    const c = connected(numbers);
    let { at } = useQuickAcks(c, 1460);
    for (let i = 0; i < 3; i++) {
      c.after(ms(1)); // the first of two is unacknowledged
      c.peer(`. ${at}:${at + 1460}(1460) ack 1`);
      at += 1460;
      c.read();
      c.sends(`. 1:1(0) ack ${at}`, 'every-second');
      c.peer(`. ${at}:${at + 1460}(1460) ack 1`);
      at += 1460;
      c.read();
      c.sendsNothing();
    }
    c.sendsAfter(ms(40), `. 1:1(0) ack ${at}`, 'delayed-ack');
  });
});

test('MUST-40: no acknowledgment waits for 500 ms, whatever the pauses between segments', () => {
  let longest = 0;
  for (const profile of [linux6, windows7]) {
    for (const pause of [1, 15, 39, 41, 100, 199, 300, 700]) {
      const c = connected({ profile });
      let waitsSince = -1;
      for (let at = 1; at < 600; at += 10) {
        if (waitsSince < 0) waitsSince = c.now;
        c.peer(`P. ${at}:${at + 10}(10) ack 1`);
        for (let step = 0; step < pause; step++) {
          c.after(ms(1));
          if (c.laboratory.sent.splice(0).length > 0) waitsSince = -1;
          if (waitsSince >= 0) longest = Math.max(longest, c.now - waitsSince);
        }
      }
    }
  }
  expect(longest).toBeGreaterThan(ms(100));
  expect(longest).toBeLessThan(ms(500));
});

test('LINUX §5.3: the delay doubles each time that the timer fires, up to the round trip', () => {
  const c = connected();
  let { at } = useQuickAcks(c, 100);
  c.sendsAfter(ms(40), `. 1:1(0) ack ${at}`, 'delayed-ack');
  // On a LAN the round trip is short, so it stays at 40 ms.
  c.peer(`P. ${at}:${at + 10}(10) ack 1`);
  at += 10;
  c.sendsAfter(ms(40), `. 1:1(0) ack ${at}`, 'delayed-ack');
});

test('LINUX §5.4: a program that answers carries the ACK along, and is not quick any more', () => {
  const c = connected();
  let at = 1;
  let own = 1;
  for (let i = 0; i < 5; i++) {
    c.peer(`P. ${at}:${at + 10}(10) ack ${own}`);
    at += 10;
    c.read();
    if (i === 0) c.sends(`. 1:1(0) ack 11`, 'quick-ack');
    c.write(20);
    c.sends(`P. ${own}:${own + 20}(20) ack ${at}`, 'data');
    own += 20;
    c.sendsNothing();
  }
  c.peer(`P. ${at}:${at + 10}(10) ack ${own}`);
  c.read();
  c.sendsAfter(ms(40), `. ${own}:${own}(0) ack ${at + 10}`, 'delayed-ack');
  // Nothing was there to carry it, so the conversation is over and the quick phase goes on.
  c.peer(`P. ${at + 10}:${at + 20}(10) ack ${own}`);
  c.sends(`. ${own}:${own}(0) ack ${at + 20}`, 'quick-ack');
});

test('LINUX §5.1: after a pause longer than RTO a receiver is quick again', () => {
  const c = connected();
  const { at } = useQuickAcks(c, 100);
  c.sendsAfter(ms(40), `. 1:1(0) ack ${at}`, 'delayed-ack');
  c.after(seconds(2));
  c.peer(`P. ${at}:${at + 10}(10) ack 1`);
  c.sends(`. 1:1(0) ack ${at + 10}`, 'quick-ack');
});

test('Windows: no quick phase, and 200 ms', () => {
  const c = connected({ profile: windows7 });
  c.peer('P. 1:11(10) ack 1');
  c.sendsNothing(ms(200) - 1);
  c.sendsAfter(1, '. 1:1(0) ack 11', 'delayed-ack');
});

describe.each(INITIAL_NUMBERS)('RFC 5681 §4.2, initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('what comes out of order is acknowledged at once, each segment', () => {
    const c = connected(numbers);
    useQuickAcks(c, 100);
    c.after(ms(40));
    c.laboratory.sent.length = 0;
    for (const at of [1801, 1901, 2001]) {
      c.peer(`. ${at}:${at + 100}(100) ack 1`);
      c.sends('. 1:1(0) ack 1701', 'out-of-order');
    }
    c.peer('. 1701:1801(100) ack 1');
    c.sends('. 1:1(0) ack 2101', 'gap-filled');
    expect(c.read()).toBe(400);
  });

  test('what comes a second time is acknowledged at once', () => {
    const c = connected(numbers);
    c.peer('P. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101');
    c.peer('P. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101', 'old-text');
    expect(c.read()).toBe(100);
    expect(c.read()).toBe(-1);
  });
});

describe.each(INITIAL_NUMBERS)('RFC 2018 §4, initial numbers %d: SACK blocks', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };
  const SACK = '<mss 1460,nop,nop,sackOK>';

  test('the newest first, then the last ones told of', () => {
    const c = connected({ ...numbers, syn: SACK });
    c.peer('. 201:301(100) ack 1');
    c.sends('. 1:1(0) ack 1 <nop,nop,sack 201:301>');
    c.peer('. 401:501(100) ack 1');
    c.sends('. 1:1(0) ack 1 <nop,nop,sack 401:501 201:301>');
    c.peer('. 601:701(100) ack 1');
    c.sends('. 1:1(0) ack 1 <nop,nop,sack 601:701 401:501 201:301>');
    c.peer('. 301:401(100) ack 1'); // joins two; the fourth may wait for others
    c.sendsAfter(ms(0.1), '. 1:1(0) ack 1 <nop,nop,sack 201:501 601:701>');
    c.peer('. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101 <nop,nop,sack 201:501 601:701>');
    c.peer('. 101:201(100) ack 1');
    c.sends('. 1:1(0) ack 501 <nop,nop,sack 601:701>');
    c.peer('. 501:601(100) ack 1');
    c.sends('. 1:1(0) ack 701 <>');
    expect(c.read()).toBe(700);
  });

  test('four without timestamps, three with', () => {
    for (const { syn, ts, sacks } of [
      { syn: SACK, ts: '', sacks: 'sack 1001:1101 801:901 601:701 401:501' },
      { syn: FULL, ts: 'nop,nop,TS,', sacks: 'sack 1001:1101 801:901 601:701' },
    ]) {
      const c = connected({ ...numbers, syn });
      for (const at of [201, 401, 601, 801, 1001]) {
        c.laboratory.sent.length = 0;
        c.peer(`. ${at}:${at + 100}(100) ack 1`);
        c.after(ms(1)); // the fourth may wait for others
      }
      c.sends(`. 1:1(0) ack 1 <${ts}nop,nop,${sacks}>`);
    }
  });

  test('none where SACK was not agreed', () => {
    const c = connected(numbers);
    c.peer('. 201:301(100) ack 1');
    c.sends('. 1:1(0) ack 1 <>');
  });

  test('data carries them too, in a shorter segment', () => {
    const c = connected({ ...numbers, syn: SACK });
    c.peer('. 201:301(100) ack 1');
    c.sends('. 1:1(0) ack 1 <nop,nop,sack 201:301>');
    c.write(1460);
    c.sends('. 1:1449(1448) ack 1 <nop,nop,sack 201:301>');
    c.sends('P. 1449:1461(12) ack 1 <nop,nop,sack 201:301>');
  });
});

describe('RFC 7323: timestamps', () => {
  test('§4.3: TSecr is the timestamp of the segment that the last ACK answers', () => {
    const c = connected({ syn: FULL });
    c.peer('P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 0>');
    c.sends('. 1:1(0) ack 11 <nop,nop,TS val 0 ecr 200>');
    c.after(ms(3));
    c.peer('P. 21:31(10) ack 1 <nop,nop,TS val 300 ecr 0>'); // a gap: not this one
    c.sends('. 1:1(0) ack 11 <nop,nop,TS val 3 ecr 200,...>');
    c.peer('P. 11:21(10) ack 1 <nop,nop,TS val 400 ecr 0>');
    c.sends('. 1:1(0) ack 31 <nop,nop,TS val 3 ecr 400>');
  });

  test('§4.3: of two segments that one delayed ACK answers, the first counts', () => {
    const c = connected({ syn: FULL });
    const { at } = useQuickAcks(c, 100); // without timestamps, which is tolerated
    c.peer(`P. ${at}:${at + 10}(10) ack 1 <nop,nop,TS val 900 ecr 0>`);
    c.sendsAfter(ms(40), `. 1:1(0) ack ${at + 10} <nop,nop,TS val 40 ecr 100>`);
  });

  // prettier-ignore
  test.each([
    { title: 'an older timestamp is refused', tsVal: 98, isTaken: false },
    { title: 'one older by a tick only is taken (Linux)', tsVal: 99, isTaken: true },
    { title: 'the same is taken', tsVal: 100, isTaken: true },
    { title: 'a newer one too', tsVal: 101, isTaken: true },
    { title: 'as new as can be', tsVal: 100 + 2 ** 31 - 1, isTaken: true },
    { title: 'as old as can be', tsVal: 100 + 2 ** 31, isTaken: false },
    { title: 'older across the wrap', tsVal: 2 ** 32 - 1, isTaken: false },
  ])('§5.3, PAWS: $title', ({ tsVal, isTaken }) => {
    const c = connected({ syn: FULL });
    c.peer(`P. 1:11(10) ack 1 <nop,nop,TS val ${tsVal} ecr 0>`);
    c.sends(`. 1:1(0) ack ${isTaken ? 11 : 1}`, isTaken ? 'quick-ack' : 'paws');
    expect(c.read()).toBe(isTaken ? 10 : -1);
  });

  test('§5.3: a RST is not judged by its timestamp', () => {
    const c = connected({ syn: FULL });
    c.peer('R 1:1(0) <nop,nop,TS val 5 ecr 0>');
    c.is('CLOSED');
  });

  test('§5.5: after 24 days the peer’s clock may have wrapped', () => {
    const c = connected({ syn: FULL });
    c.after(seconds(24 * 86_400) - 1);
    c.peer('P. 1:11(10) ack 1 <nop,nop,TS val 98 ecr 0>');
    c.sends('. 1:1(0) ack 1', 'paws');
    c.after(1);
    c.peer('P. 1:11(10) ack 1 <nop,nop,TS val 98 ecr 0>');
    c.sends('. 1:1(0) ack 11');
  });

  test('§3.2: TSval goes by the host’s uptime, in milliseconds and modulo 2³²', () => {
    const c = connected({ syn: FULL, uptime: ms(2 ** 32 - 2) });
    c.peer('P. 1:2(1) ack 1 <nop,nop,TS val 100 ecr 0>');
    c.sends(`. 1:1(0) <nop,nop,TS val ${2 ** 32 - 2} ecr 100>`);
    c.after(ms(3.9));
    c.peer('P. 2:3(1) ack 1 <nop,nop,TS val 100 ecr 0>');
    c.sends('. 1:1(0) <nop,nop,TS val 1 ecr 100>');
  });
});

test('RFC 5681 §4.2: a FIN beyond a gap draws a duplicate ACK at once, as text does', () => {
  const c = connected();
  c.peer('F. 11:11(0) ack 1'); // 1:11 was lost
  c.sends('. 1:1(0) ack 1', 'out-of-order');
  c.is('ESTABLISHED');
  c.peer('P. 1:11(10) ack 1');
  c.is('CLOSE-WAIT');
  c.sends('. 1:1(0) ack 12');
});

test('RFC 9293 §3.10.7.4 seventh: of old text with a FIN the FIN is read', () => {
  const c = connected();
  c.peer('P. 1:11(10) ack 1');
  c.sends('. 1:1(0) ack 11');
  c.peer('FP. 1:11(10) ack 1');
  c.is('CLOSE-WAIT');
  c.sendsAfter(ms(40), '. 1:1(0) ack 12', 'delayed-ack');
});

test('RFC 7323 §5.2: the timestamp of a RST says nothing of the peer’s clock', () => {
  const c = connected({ syn: FULL });
  c.peer('P. 1:11(10) ack 1 <nop,nop,TS val 200 ecr 0>');
  c.sends('. 1:1(0) ack 11');
  c.peer('R. 10:12(2) ack 1 <nop,nop,TS val 900 ecr 0>'); // not at RCV.NXT: a forgery, perhaps
  c.sends('. 1:1(0) ack 11 <nop,nop,TS val 0 ecr 200>', 'challenge-ack-rst');
});
