/** Closing: who says FIN first, what waits for whom, and what TIME-WAIT answers. */
import { describe, expect } from 'vitest';
import { type HostProfile, linux6, minutes, ms, seconds, windows7 } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import {
  connected,
  connectedActively,
  type Conversation,
  type ConnectedOptions,
  FULL,
} from '../help/peer.ts';

/** The program closed, and the peer acknowledged that apart from its own FIN. */
function finWait2(options?: ConnectedOptions): Conversation {
  const c = connected(options);
  c.close();
  c.sends('F. 1:1(0) ack 1');
  c.peer('. 1:1(0) ack 2');
  c.is('FIN-WAIT-2');
  return c;
}

function timeWait(options?: ConnectedOptions): Conversation {
  const c = finWait2(options);
  c.peer('F. 1:1(0) ack 2');
  c.sends('. 2:2(0) ack 2');
  c.is('TIME-WAIT');
  return c;
}

test.each([true, false])(
  'a FIN alone behind a full window, where that holds it not: %s',
  (goes) => {
    const { congestion } = linux6.tcp;
    const profile: HostProfile = {
      ...linux6,
      tcp: { ...linux6.tcp, congestion: { ...congestion, finIgnoresWindow: goes } },
    };
    const c = connected({ profile, syn: '<mss 1000>' });
    c.write(10_000);
    for (let i = 0; i < 9; i++) c.sends(`. ${i * 1000 + 1}:${(i + 1) * 1000 + 1}(1000) ack 1`);
    c.sends('P. 9001:10001(1000) ack 1');
    c.close();
    if (goes) c.sends('F. 10001:10001(0) ack 1', 'fin');
    else c.sendsNothing(ms(100));
    c.peer('. 1:1(0) ack 2001');
    if (!goes) c.sends('F. 10001:10001(0) ack 1', 'fin');
    c.is('FIN-WAIT-1');
    c.peer('R 1:1(0)');
  },
);

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  test('RFC 9293 §3.6, case 1: this end closes first, in four segments', () => {
    const c = connected(numbers);
    c.close();
    c.sends('F. 1:1(0) ack 1 id 1000', 'fin');
    c.is('FIN-WAIT-1');
    c.peer('. 1:1(0) ack 2');
    c.is('FIN-WAIT-2');
    c.traced('fin-acked');
    c.peer('F. 1:1(0) ack 2');
    c.sends('. 2:2(0) ack 2 id 0', 'fin-received'); // LINUX §1.4: it waits as a mini-socket
    c.is('TIME-WAIT');
    c.sendsNothing(seconds(60) - 1);
    c.is('TIME-WAIT');
    c.sendsNothing(1);
    c.is('CLOSED');
    expect(c.host.tcp.connectionCount).toBe(0);
  });

  test('RFC 9293 §3.6, case 1: and in three', () => {
    const c = connected(numbers);
    c.close();
    c.sends('F. 1:1(0) ack 1 id 1000');
    c.peer('F. 1:1(0) ack 2');
    c.sends('. 2:2(0) ack 2 id 1001');
    c.is('TIME-WAIT');
  });

  test('RFC 9293 §3.6, case 2: the peer closes first', () => {
    const c = connected(numbers);
    c.peer('F. 1:1(0) ack 1');
    c.is('CLOSE-WAIT');
    c.sends('. 1:1(0) ack 2 id 1000', 'delayed-ack');
    expect(c.read()).toBe(0);
    c.close();
    c.sends('F. 1:1(0) ack 2 id 1001');
    c.is('LAST-ACK');
    c.peer('. 2:2(0) ack 2');
    c.sendsNothing(seconds(100));
    c.is('CLOSED');
  });

  test('LINUX §7.2: a program that closes at once answers the FIN in one segment', () => {
    const c = connected(numbers);
    c.peer('F. 1:1(0) ack 1');
    c.close();
    c.sends('F. 1:1(0) ack 2 id 1000');
    c.is('LAST-ACK');
    c.peer('. 2:2(0) ack 2');
    c.is('CLOSED');
  });

  test('RFC 9293 §3.6, case 3: both close at once', () => {
    const c = connected(numbers);
    c.close();
    c.sends('F. 1:1(0) ack 1');
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 2:2(0) ack 2', 'fin-received');
    c.is('CLOSING');
    c.peer('. 2:2(0) ack 2');
    c.is('TIME-WAIT');
    c.after(seconds(60));
    c.is('CLOSED');
  });

  test('RFC 9293 §3.10.4: the FIN follows the data, in its last segment', () => {
    const c = connected({ ...numbers, window: 2000 });
    c.write(2500);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:2001(1000)'); // more than half of the window since the last PSH
    c.close();
    c.is('FIN-WAIT-1');
    c.sendsNothing();
    c.peer('. 1:1(0) ack 2001');
    c.sends('FP. 2001:2501(500) ack 1');
    c.peer('. 1:1(0) ack 2501');
    c.is('FIN-WAIT-1');
    c.peer('. 1:1(0) ack 2502');
    c.is('FIN-WAIT-2');
  });

  test('RFC 9293 §3.6: a half-closed connection still receives', () => {
    const c = connected(numbers);
    c.shutdown();
    c.sends('F. 1:1(0) ack 1');
    c.peer('P. 1:11(10) ack 2');
    c.sends('. 2:2(0) ack 11');
    expect(c.read()).toBe(10);
    c.sendsNothing(minutes(10)); // a program that may read waits as long as it likes
    c.is('FIN-WAIT-2');
    c.peer('FP. 11:16(5) ack 2');
    c.sends('. 2:2(0) ack 17 id 1002'); // after shutdown the socket is whole (LINUX §1.4)
    expect(c.read()).toBe(5);
    expect(c.read()).toBe(0);
    c.close();
    c.sendsNothing();
    c.is('TIME-WAIT');
  });

  test('RFC 9293 §3.6: in CLOSE-WAIT data is still sent', () => {
    const c = connected(numbers);
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2');
    c.write(10);
    c.sends('P. 1:11(10) ack 2');
    c.peer('. 2:2(0) ack 11');
    c.write(5);
    c.shutdown();
    c.sends('P. 11:16(5) ack 2');
    c.sends('F. 16:16(0) ack 2');
    c.peer('. 2:2(0) ack 17');
    c.is('CLOSED');
  });

  test('RFC 9293 §3.10.7.4 eighth: a FIN ahead of order waits for what is before it', () => {
    const c = connected(numbers);
    c.peer('FP. 11:21(10) ack 1');
    c.sends('. 1:1(0) ack 1', 'out-of-order');
    c.is('ESTABLISHED');
    c.peer('P. 1:11(10) ack 1');
    c.is('CLOSE-WAIT');
    c.sends('. 1:1(0) ack 22', 'gap-filled');
    expect(c.read()).toBe(20);
    expect(c.read()).toBe(0);
  });

  test('RFC 9293 §3.10.7.4: TIME-WAIT answers a repeated FIN and begins again', () => {
    const c = timeWait(numbers);
    c.after(seconds(50));
    c.peer('F. 1:1(0) ack 2');
    c.sends('. 2:2(0) ack 2 id 0');
    c.sendsNothing(seconds(60) - 1);
    c.is('TIME-WAIT');
    c.sendsNothing(1);
    c.is('CLOSED');
  });

  test('RFC 9293 §3.10.7.4: TIME-WAIT answers old data, and a bare ACK with silence', () => {
    const c = timeWait(numbers);
    c.peer('. 2:2(0) ack 2');
    c.sendsNothing();
    c.peer('P. 0:1(1) ack 2');
    c.sends('. 2:2(0) ack 2 id 0', 'time-wait-answer');
    c.after(seconds(60));
    c.is('CLOSED'); // what is no FIN does not begin it again
  });

  test('RFC 9293 §3.6.1, RFC 6191: a newer SYN opens the connection again from TIME-WAIT', () => {
    const c = timeWait(numbers);
    c.peer('S 5000:5000(0) win 1000 <mss 1460>');
    c.is('SYN-RECEIVED');
    c.countFrom((initial + 2 + 65537) % 2 ** 32); // LINUX §9.5: beyond all that was sent
    const d = c.another({ ...numbers, peerInitial: (initial + 5000) % 2 ** 32 });
    d.countFrom((initial + 2 + 65537) % 2 ** 32);
    d.sends('S. 0:0(0) ack 1 id 0', 'syn-ack');
    d.peer('. 1:1(0) ack 1');
    d.is('ESTABLISHED');
  });

  test('RFC 9293 §3.6.1: a SYN that is not newer is answered with an ACK', () => {
    const c = timeWait(numbers);
    c.peer('S 1:1(0) win 1000 <mss 1460>');
    c.sends('. 2:2(0) ack 2 id 0');
    c.is('TIME-WAIT');
  });

  test('RFC 9293 §3.6.1: without a listener a newer SYN is answered with an ACK', () => {
    const c = timeWait(numbers);
    c.listener?.close(c.now);
    c.peer('S 5000:5000(0) win 1000 <mss 1460>');
    c.sends('. 2:2(0) ack 2 id 0');
    c.is('TIME-WAIT');
  });
});

test('RFC 6191: with timestamps a SYN is newer by its TSval, whatever its number', () => {
  const c = timeWait({ syn: FULL });
  c.peer('S -50:-50(0) win 1000 <mss 1460,sackOK,TS val 101 ecr 0,nop,wscale 7>');
  c.is('SYN-RECEIVED');
  c.laboratory.sent.length = 0;
  const d = timeWait({ syn: FULL });
  d.peer('S -50:-50(0) win 1000 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>');
  d.sends('. 2:2(0) ack 2');
  d.is('TIME-WAIT');
});

test('RFC 1337: a RST at RCV.NXT ends TIME-WAIT early, one elsewhere does not', () => {
  const c = timeWait();
  c.peer('R 1:1(0)');
  c.sendsNothing();
  c.is('TIME-WAIT');
  c.peer('R 2:2(0)');
  c.is('CLOSED');
});

test('LINUX tcp_fin_timeout: a closed socket waits 60 s in FIN-WAIT-2', () => {
  const c = finWait2();
  c.sendsNothing(seconds(60) - 1);
  c.is('FIN-WAIT-2');
  c.sendsNothing(1);
  c.is('CLOSED');
  expect(c.host.tcp.connectionCount).toBe(0);
});

test('LINUX tcp_fin_timeout: the time counts from CLOSE where shutdown came before', () => {
  const c = connected();
  c.shutdown();
  c.sends('F. 1:1(0) ack 1');
  c.peer('. 1:1(0) ack 2');
  c.after(minutes(5));
  c.close();
  c.sendsNothing(seconds(60) - 1);
  c.is('FIN-WAIT-2');
  c.sendsNothing(1);
  c.is('CLOSED');
});

test('LINUX §1.3: what an orphan sends in FIN-WAIT-2 has identification 0', () => {
  const c = finWait2();
  c.peer('. 0:0(0) ack 2');
  c.sends('. 2:2(0) ack 1 id 0', 'outside-window');
});

test('a system without mini-sockets counts its identifications on', () => {
  const c = timeWait({ profile: windows7 });
  c.peer('F. 1:1(0) ack 2');
  c.sends('. 2:2(0) ack 2 id 1003');
  c.after(seconds(120));
  c.is('CLOSED');
});

describe('LINUX §5.5: how long the ACK of a FIN waits', () => {
  test('40 ms where data was received', () => {
    const c = connected();
    c.peer('P. 1:6(5) ack 1');
    c.sends('. 1:1(0) ack 6');
    c.read();
    c.peer('F. 6:6(0) ack 1');
    c.sendsNothing(ms(40) - 1);
    c.sendsAfter(1, '. 1:1(0) ack 7', 'delayed-ack');
  });

  test('not at all where none ever was', () => {
    const c = connectedActively();
    c.peer('F. 1:1(0) ack 1');
    c.sends('. 1:1(0) ack 2', 'delayed-ack');
  });

  test('with ticks of 4 ms until the next', () => {
    const profile = { ...linux6, timers: { tick: ms(4), wheel: true } };
    const c = connected({ profile });
    c.after(ms(1));
    c.peer('F. 1:1(0) ack 1');
    c.sendsAfter(ms(3), '. 1:1(0) ack 2', 'delayed-ack');
  });
});

test('RFC 9293 §3.10.7.4 seventh: data after the FIN is ignored', () => {
  const c = connected();
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 1:1(0) ack 2');
  c.peer('P. 2:12(10) ack 1');
  c.sendsNothing(seconds(1));
  c.traced('text-after-fin');
  expect(c.read()).toBe(0);
});

test('RFC 6298 §5: a lost FIN is sent again, and given up for an orphan after 8 doublings', () => {
  const c = connected();
  c.close();
  c.sends('F. 1:1(0) ack 1');
  let wait = 200;
  for (let i = 0; i < 8; i++) {
    c.sendsAfter(ms(wait), 'F. 1:1(0) ack 1', 'rto');
    wait *= 2;
  }
  c.sendsNothing(ms(wait) - 1);
  c.is('FIN-WAIT-1');
  c.sendsNothing(1);
  c.is('CLOSED');
});

test('RFC 9293 §3.10.4: CLOSE in LISTEN aborts what is opening', () => {
  const c = connected();
  const d = c.another({ peerPort: 40001 });
  d.peer('S 0:0(0) win 1000');
  d.sends('S. 0:0(0) ack 1');
  c.listener?.close(c.now); // those that open are aborted
  d.sends('R. 1:1(0) ack 1 id 0', 'abort');
  d.is('CLOSED');
});
