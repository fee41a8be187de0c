/** RSTs: what draws one, what one does, and what only challenges. */
import { describe, expect } from 'vitest';
import { ms, rfc, seconds, type TcpState, windows7 } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import {
  connected,
  type Conversation,
  Conversation as Peer,
  connecting,
  errnoOf,
  FULL,
  Laboratory,
  listening,
  type ConversationOptions,
} from '../help/peer.ts';

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  const numbers = { hostInitial: initial, peerInitial: initial };

  // prettier-ignore
  test.each([
    { title: 'a SYN', segment: 'S 5:5(0)', answer: 'R. 0:0(0) ack 6' },
    { title: 'data without ACK', segment: 'P 5:15(10)', answer: 'R. 0:0(0) ack 15' },
    { title: 'SYN and FIN with data', segment: 'SF 5:15(10)', answer: 'R. 0:0(0) ack 17' },
    { title: 'an ACK', segment: '. 5:5(0) ack 77', answer: 'R 77:77(0)' },
    { title: 'a SYN,ACK', segment: 'S. 5:5(0) ack 77', answer: 'R 77:77(0)' },
    { title: 'a FIN with ACK', segment: 'F. 5:5(0) ack 77', answer: 'R 77:77(0)' },
    { title: 'nothing set', segment: 'none 5:5(0)', answer: 'R. 0:0(0) ack 5' },
    { title: 'a RST', segment: 'R 5:5(0)', answer: '' },
    { title: 'a RST with ACK', segment: 'R. 5:5(0) ack 77', answer: '' },
  ])('RFC 9293 §3.10.7.1, LINUX §8.1: CLOSED answers $title', ({ segment, answer }) => {
    const c = new Peer(new Laboratory(numbers), numbers);
    // Without an ACK the answer has the number 0, whatever ours would have been.
    if (answer.startsWith('R.')) c.countFrom(0);
    c.peer(segment);
    if (answer !== '') c.sends(`${answer} win 0 <> id 0 tos 0 ttl 64`, 'no-connection');
    c.sendsNothing();
    c.traced('no-connection');
  });

  // prettier-ignore
  test.each([
    { title: 'an ACK draws a RST', segment: '. 5:5(0) ack 77', answer: 'R 77:77(0)', why: 'ack-in-listen' },
    { title: 'a SYN,ACK too', segment: 'S. 5:5(0) ack 77', answer: 'R 77:77(0)', why: 'ack-in-listen' },
    { title: 'a FIN,ACK too', segment: 'F. 5:5(0) ack 77', answer: 'R 77:77(0)', why: 'ack-in-listen' },
    { title: 'a RST is ignored', segment: 'R 5:5(0)', answer: '', why: 'rst-in-listen' },
    { title: 'a RST with ACK too', segment: 'R. 5:5(0) ack 77', answer: '', why: 'rst-in-listen' },
    { title: 'a FIN is ignored', segment: 'F 5:5(0)', answer: '', why: 'not-a-syn' },
    { title: 'nothing set too', segment: 'none 5:5(0)', answer: '', why: 'not-a-syn' },
    { title: 'data too', segment: 'P 5:6(1)', answer: '', why: 'not-a-syn' },
    { title: 'SYN and FIN too', segment: 'SF 5:5(0)', answer: '', why: 'syn-fin' },
  ])('RFC 9293 §3.10.7.2, LINUX §9.1: in LISTEN $title', ({ segment, answer, why }) => {
    const c = listening(numbers);
    c.peer(segment);
    if (answer !== '') c.sends(`${answer} win 0 <> id 0`, why);
    c.sendsNothing();
    c.traced(why);
    expect(c.host.tcp.connectionCount).toBe(0);
  });

  test('RFC 9293 §3.10.7.4 fifth: in SYN-RECEIVED a wrong ACK draws a RST and is forgotten', () => {
    for (const ack of [0, 2, -5]) {
      const c = listening(numbers);
      c.peer('S 0:0(0) win 1000');
      c.sends('S. 0:0(0) ack 1');
      c.peer(`. 1:1(0) ack ${ack}`);
      c.sends(`R ${ack}:${ack}(0) win 0 <>`, 'syn-not-acked');
      c.is('SYN-RECEIVED');
      c.peer('. 1:1(0) ack 1');
      c.is('ESTABLISHED');
    }
  });

  test('RFC 9293 §3.10.7.4 second: a RST in SYN-RECEIVED ends a passive open, and nobody knows', () => {
    const c = listening(numbers);
    c.peer('S 0:0(0) win 1000');
    c.sends('S. 0:0(0) ack 1');
    c.peer('R 1:1(0)');
    c.sendsNothing(seconds(100));
    c.is('CLOSED');
    expect(c.listener?.state).toBe('LISTEN');
    c.handshake();
  });

  // prettier-ignore
  test.each([
    { name: 'refuses it', profile: rfc, errno: 'ECONNREFUSED' },
    { name: 'resets it, on Linux', profile: undefined, errno: 'ECONNRESET' },
  ])('RFC 9293 §3.10.7.4 second: a RST in SYN-RECEIVED ends an active open: $name', ({ profile, errno }) => {
    const c = connecting({ ...numbers, profile });
    c.sends('S 0:0(0)');
    c.peer('S 0:0(0) win 1000');
    c.sends('S. 0:0(0) ack 1');
    c.peer('R 1:1(0)');
    c.is('CLOSED');
    expect(errnoOf(() => c.socket?.connected())).toBe(errno);
  });

  // prettier-ignore
  test.each([
    { title: 'at RCV.NXT resets', seq: 1, challenged: false, state: 'CLOSED' },
    { title: 'one after draws a challenge', seq: 2, challenged: true, state: 'ESTABLISHED' },
    { title: 'at the end of the window too', seq: 64240, challenged: true, state: 'ESTABLISHED' },
    { title: 'beyond it is ignored', seq: 64242, challenged: false, state: 'ESTABLISHED' },
    { title: 'before it too', seq: 0, challenged: false, state: 'ESTABLISHED' },
    { title: 'far away too', seq: 2 ** 30, challenged: false, state: 'ESTABLISHED' },
  ] as const)('RFC 5961 §3.2: a RST $title', ({ seq, challenged, state }) => {
    const c = connected(numbers);
    c.peer(`R ${seq}:${seq}(0)`);
    if (challenged) c.sends('. 1:1(0) ack 1', 'challenge-ack-rst');
    c.sendsNothing();
    c.is(state);
  });

  // prettier-ignore
  test.each([
    ['S 1:1(0)', 'challenge-ack-syn'], ['S. 1:1(0) ack 1', 'challenge-ack-syn'],
    ['S 30000:30000(0)', 'challenge-ack-syn'], ['S 0:0(0)', 'challenge-ack-syn'],
    ['S. 0:0(0) ack 1', 'challenge-ack-syn'], ['S 99999:99999(0)', 'challenge-ack-syn'],
    ['. 1:1(0) ack 0', 'ack-too-old'], // Linux 6.7: an octet from before the first
    ['P. 1:2(1) ack -65535', 'ack-too-old'], ['. 1:1(0) ack -1000000', 'ack-too-old'],
    ['. 0:0(0) ack 1', 'outside-window'], ['. 99999:99999(0) ack 1', 'outside-window'],
    ['P. 0:1(1) ack 1', 'old-text'], ['P. 99999:100000(1) ack 1', 'outside-window'],
    ['. 1:1(0) ack 2', 'ack-of-unsent'], ['. 1:1(0) ack 99999', 'ack-of-unsent'],
  ])('RFC 5961 §4, §5, LINUX §9.3: in ESTABLISHED `%s` draws an ACK', (segment, why) => {
    const c = connected(numbers);
    c.peer(segment);
    c.sends('. 1:1(0) ack 1 id 1000', why);
    c.sendsNothing();
    c.is('ESTABLISHED');
  });

  // prettier-ignore
  test.each([
    ['none 1:1(0)', 'no-ack'], ['P 1:2(1)', 'no-ack'], ['F 1:1(0)', 'no-ack'],
    ['. 1:1(0) ack 1', undefined], ['. 64241:64241(0) ack 1', undefined],
  ])('RFC 9293 §3.10.7.4: in ESTABLISHED `%s` is silently taken or dropped', (segment, why) => {
    const c = connected(numbers);
    c.peer(segment);
    c.sendsNothing(seconds(1));
    if (why !== undefined) c.traced(why);
    c.is('ESTABLISHED');
  });
});

test('RFC 9293 §3.10.7.1: the answer has the offender’s ToS without ECN, and Linux’s own TTL', () => {
  const c = new Peer(new Laboratory());
  c.peer('. 5:5(0) ack 77 tos 187 ttl 3');
  c.sends('R 77:77(0) tos 184 ttl 64');
});

test('RFC 5961 §7, LINUX §9.4: one challenge in 500 ms, but data is always answered', () => {
  const c = connected();
  c.peer('R 2:2(0)');
  c.sends('. 1:1(0) ack 1', 'challenge-ack-rst');
  c.peer('S 1:1(0)');
  c.peer('. 0:0(0) ack 1');
  c.peer('. 1:1(0) ack 2');
  c.peer('R 2:2(0)');
  c.sendsNothing(ms(499));
  c.peer('P. 0:1(1) ack 1');
  c.sends('. 1:1(0) ack 1', 'old-text');
  c.after(ms(1));
  c.peer('S 1:1(0)');
  c.sends('. 1:1(0) ack 1', 'challenge-ack-syn');
});

test('RFC 5961 §7: two that disagree do not acknowledge each other for ever', () => {
  const c = connected();
  let answers = 0;
  for (let i = 0; i < 1000; i++) {
    c.peer('. 70000:70000(0) ack 1'); // what the other’s answer to ours would be, at once
    answers += c.laboratory.sent.splice(0).length;
    c.after(ms(1));
  }
  expect(answers).toBe(2);
});

/** A conversation brought to a state, with whether the socket has closed. */
interface Brought {
  readonly state: TcpState;
  readonly seq: number;
  readonly ack: number;
  bring(options?: ConversationOptions): Conversation;
}

const finWait1 = (options?: ConversationOptions): Conversation => {
  const c = connected(options);
  c.shutdown();
  c.sends('F. 1:1(0) ack 1');
  return c;
};
const closeWait = (options?: ConversationOptions): Conversation => {
  const c = connected(options);
  c.peer('F. 1:1(0) ack 1');
  c.sends('. 1:1(0) ack 2');
  return c;
};
const STATES: readonly Brought[] = [
  { state: 'ESTABLISHED', seq: 1, ack: 1, bring: connected },
  { state: 'FIN-WAIT-1', seq: 2, ack: 1, bring: finWait1 },
  {
    state: 'FIN-WAIT-2',
    seq: 2,
    ack: 1,
    bring: (options) => {
      const c = finWait1(options);
      c.peer('. 1:1(0) ack 2');
      return c;
    },
  },
  { state: 'CLOSE-WAIT', seq: 1, ack: 2, bring: closeWait },
  {
    state: 'CLOSING',
    seq: 2,
    ack: 2,
    bring: (options) => {
      const c = finWait1(options);
      c.peer('F. 1:1(0) ack 1');
      c.sends('. 2:2(0) ack 2');
      return c;
    },
  },
  {
    state: 'LAST-ACK',
    seq: 2,
    ack: 2,
    bring: (options) => {
      const c = closeWait(options);
      c.shutdown();
      c.sends('F. 1:1(0) ack 2');
      return c;
    },
  },
  {
    state: 'TIME-WAIT',
    seq: 2,
    ack: 2,
    bring: (options) => {
      const c = finWait1(options);
      c.peer('. 1:1(0) ack 2');
      c.peer('F. 1:1(0) ack 2');
      c.sends('. 2:2(0) ack 2');
      return c;
    },
  },
];

describe.each(STATES)('in $state', ({ state, seq, ack, ...brought }) => {
  const bring = (): Conversation => brought.bring();

  test('RFC 9293 §3.10.5: ABORT', () => {
    const c = bring();
    c.is(state);
    c.abort();
    // From CLOSING on there is nothing left that a RST could tell.
    const isOver = state === 'CLOSING' || state === 'LAST-ACK' || state === 'TIME-WAIT';
    if (!isOver) c.sends(`R. ${seq}:${seq}(0) ack ${ack} <>`, 'abort');
    c.sendsNothing(seconds(1000));
    c.is('CLOSED');
    expect(c.host.tcp.connectionCount).toBe(0);
  });

  test('RFC 9293 §3.10.7.4 second: a RST at RCV.NXT ends the connection', () => {
    const c = bring();
    c.peer(`R ${ack}:${ack}(0)`);
    c.sendsNothing(seconds(1000));
    c.is('CLOSED');
    const errors: Partial<Record<TcpState, string>> = {
      ESTABLISHED: 'ECONNRESET',
      'FIN-WAIT-1': 'ECONNRESET',
      'FIN-WAIT-2': 'ECONNRESET',
      'CLOSE-WAIT': 'EPIPE',
    };
    expect(c.socket?.takeError()).toBe(errors[state]);
  });

  test('RFC 5961 §4.2: a SYN draws a challenge', () => {
    const c = bring();
    c.listener?.close(c.now); // or a newer SYN would take the place of what is in TIME-WAIT
    c.peer(`S ${ack + 5}:${ack + 5}(0)`);
    c.sends(`. ${seq}:${seq}(0) ack ${ack}`);
    c.is(state);
  });

  test('RFC 5961 §3.2: a RST elsewhere in the window draws a challenge', () => {
    const c = bring();
    c.peer(`R ${ack + 5}:${ack + 5}(0)`);
    // LINUX §9.5: in TIME-WAIT it is ignored.
    if (state !== 'TIME-WAIT') {
      c.sends(`. ${seq}:${seq}(0) ack ${ack}`, 'challenge-ack-rst');
    }
    c.is(state);
  });
});

describe('RFC 9293 §3.10.5, LINUX §8.2: the RST of an ABORT', () => {
  test('has the timestamps, the window and the identification of the connection', () => {
    const c = connected({ syn: FULL });
    c.abort();
    c.sends('R. 1:1(0) ack 1 win 510 <nop,nop,TS val 0 ecr 100> id 1000', 'abort');
  });

  test('has a window of zero from Windows', () => {
    const c = connected({ profile: windows7 });
    c.abort();
    c.sends('R. 1:1(0) ack 1 win 0 <> id 1001', 'abort');
  });

  test('throws away what was not sent, and what was is not repeated', () => {
    const c = connected({ window: 100 });
    c.write(500);
    c.sends('P. 1:101(100)');
    c.abort();
    c.sends('R. 101:101(0) ack 1');
    c.sendsNothing(seconds(100));
  });

  test('is sent from LAST-ACK while data waits to be sent', () => {
    const c = closeWait();
    c.peer('. 2:2(0) ack 1 win 0');
    c.write(5);
    c.shutdown();
    c.is('LAST-ACK');
    c.abort();
    c.sends('R. 1:1(0) ack 2', 'abort');
  });
});

test('RFC 9293 §3.6.1, SHLD-3: CLOSE with data unread is a RST', () => {
  const c = connected();
  c.peer('P. 1:6(5) ack 1');
  c.sends('. 1:1(0) ack 6');
  c.close();
  c.sends('R. 1:1(0) ack 6', 'close-unread');
  c.is('CLOSED');
  c.peer('P. 6:11(5) ack 1');
  c.sends('R 1:1(0) win 0', 'ack-in-listen');
});

test('RFC 9293 §3.6.1, LINUX §7.4: data for a closed socket draws a RST', () => {
  const c = connected();
  c.close();
  c.sends('F. 1:1(0) ack 1');
  c.peer('P. 1:6(5) ack 1');
  c.sends('R 1:1(0) win 0 <> id 0', 'no-reader');
  c.is('CLOSED');
});

test('LINUX §7.4: data after one’s own shutdown is read', () => {
  const c = connected();
  c.shutdown();
  c.sends('F. 1:1(0) ack 1');
  c.peer('P. 1:6(5) ack 2');
  c.sends('. 2:2(0) ack 6');
  expect(c.read()).toBe(5);
});

test('LINUX §8.4: the first write after the peer’s death draws a RST, the second EPIPE', () => {
  const c = closeWait();
  c.write(5);
  c.sends('P. 1:6(5) ack 2');
  c.peer('R 2:2(0)');
  expect(c.read()).toBe(0);
  expect(errnoOf(() => c.write(1))).toBe('EPIPE');
  expect(errnoOf(() => c.write(1))).toBe('EPIPE');
});

test('Linux: what arrived before a RST can still be read, and then the reader learns why', () => {
  const c = connected();
  c.peer('P. 1:6(5) ack 1');
  c.sends('. 1:1(0) ack 6');
  c.peer('R 6:6(0)');
  expect(c.read()).toBe(5);
  expect(errnoOf(() => c.read())).toBe('ECONNRESET');
  expect(c.read()).toBe(0);
});
