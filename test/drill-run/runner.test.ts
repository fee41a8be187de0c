import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/drill/run/result.ts';
import { runScript } from '../../src/drill/run/runner.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { EMPTY, seqToU32, u16, u32 } from '../../src/wire/index.ts';
import { always, FakeStack } from './fake-stack.ts';
import { decoded, script } from './specs.ts';

const LISTEN = `
  0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
 +0 bind(3, ..., ...) = 0
 +0 listen(3, 1) = 0
`;
const HANDSHAKE = `${LISTEN}
 +0 < S 0:0(0) win 1000 <mss 1000>
 +0 > S. 0:0(0) ack 1
+.1 < . 1:1(0) ack 1 win 1000
 +0 accept(3, ..., ...) = 4
`;
const ISN = 0xffff_ff00;

/** A stack that answers the first packet with a SYN-ACK. */
function answering(): FakeStack {
  const stack = new FakeStack();
  stack.onInject = (count, now) => {
    if (count === 1) stack.send({ flags: 'S.', seq: ISN, ack: 1 }, now);
  };
  return stack;
}

function run(text: string, stack: FakeStack): RunResult {
  return runScript(script(text), always(stack));
}

function failureOf(text: string, stack: FakeStack): NonNullable<RunResult['failure']> {
  const { failure } = run(text, stack);
  if (failure === undefined) throw new Error('the script passed');
  return failure;
}

describe('a script that passes', () => {
  test('a passive open, data of the peer acknowledged', () => {
    const stack = answering();
    const respond = stack.onInject;
    stack.onInject = (count, now) => {
      respond(count, now);
      if (count !== 3) return;
      stack.at(now + ms(40), (at) => stack.send({ flags: '.', seq: ISN + 1, ack: 1001 }, at));
    };
    const { failure, duration } = run(
      `${HANDSHAKE} +.1 < P. 1:1001(1000) ack 1 win 1000 +.04 > . 1:1(0) ack 1001`,
      stack,
    );
    expect(failure).toBeUndefined();
    expect(duration).toBe(ms(240));
    // SYN, ACK and data; the reset at the end.
    expect(stack.injected.map(({ at }) => at)).toEqual([0, ms(100), ms(200), ms(240)]);
    const reset = decoded(stack.injected.at(-1)!.packet).transport;
    expect(reset.kind === 'tcp' && reset.segment.flags).toBe(0x14);
    expect(stack.calls.map(({ call }) => call.name)).toEqual([
      'socket',
      'bind',
      'listen',
      'accept',
      'close',
      'close',
    ]);
  });

  test('each injected connection has a remote port of its own', () => {
    const stack = new FakeStack();
    const { failure } = run(
      `${LISTEN} +0 < S 0:0(0) win 1 ${LISTEN.replaceAll('3', '4').replace('0 s', '+0 s')} +0 < S 0:0(0) win 1`,
      stack,
    );
    expect(failure).toBeUndefined();
    const [first, second] = stack.injected.map(({ packet }) => decoded(packet).flow.source.port);
    expect(first).not.toBe(second);
  });

  test('packets of other four-tuples are passed over', () => {
    const stack = new FakeStack();
    stack.onInject = (count, now) => {
      if (count > 1) return;
      stack.send({ flags: 'R', seq: 5, to: 9 }, now);
      stack.send({ flags: 'S.', seq: ISN, ack: 1 }, now);
    };
    expect(run(HANDSHAKE, stack).failure).toBeUndefined();
  });

  test('a long packet is put together from segments', () => {
    const stack = answering();
    stack.onCall = (call) => {
      if (call.name === 'send') {
        stack.send({ flags: '.', seq: ISN + 1, ack: 1, length: 1000 }, ms(100));
        stack.send({ flags: 'P.', seq: ISN + 1001, ack: 1, length: 500 }, ms(100));
        return 1500;
      }
      return call.name === 'socket' ? 50 : call.name === 'accept' ? 51 : 0;
    };
    const text = `${HANDSHAKE} +0 write(4, ..., 1500) = 1500 +0 > P. 1:1501(1500) ack 1`;
    expect(run(text, stack).failure).toBeUndefined();
    expect(
      failureOf(`--strict_segments ${text}`, stackWithData(1000, ms(100), 1500)).mismatches,
    ).toMatchObject([{ field: 'length', expected: '1500', actual: '1000' }]);
  });
});

describe('sockets', () => {
  const ACTIVE = `
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 connect(3, ..., ...) = 0
   +0 > S 0:0(0)
   +0 < S. 5000:5000(0) ack 1 win 1000
   +0 > . 1:1(0) ack 1`;

  test('an active open: the stack chooses its port, the script its own ISN', () => {
    const stack = new FakeStack();
    stack.onCall = (call) => {
      if (call.name === 'connect') stack.send({ flags: 'S', seq: ISN, from: 33_000 }, 0);
      return call.name === 'socket' ? 50 : 0;
    };
    stack.onInject = (count, now) => {
      if (count === 1) stack.send({ flags: '.', seq: ISN + 1, ack: 5001, from: 33_000 }, now);
    };
    expect(run(ACTIVE, stack).failure).toBeUndefined();
    const { flow, transport } = decoded(stack.injected[0]!.packet);
    expect([flow.source.port, flow.destination.port]).toEqual([8080, 33_000]);
    expect(transport.kind === 'tcp' && seqToU32(transport.segment.ack)).toBe(ISN + 1);
  });

  test('UDP, and an error about it', () => {
    const stack = new FakeStack();
    stack.onCall = (call) => {
      if (call.name !== 'send') return call.name === 'socket' ? 50 : 0;
      stack.sendDatagram(33_000, 100, 0);
      return 100;
    };
    const text = `
      0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
     +0 connect(3, ..., ...) = 0
     +0 write(3, ..., 100) = 100
     +0 > udp (100)
     +0 < udp (7)
     +0 < icmp unreachable port_unreachable [udp (100)]`;
    expect(run(text, stack).failure).toBeUndefined();
    const [datagram, error] = stack.injected.map(({ packet }) => decoded(packet));
    expect(datagram?.flow.destination.port).toBe(33_000);
    const quoted = error?.transport.kind === 'icmp' ? error.transport.message.payload : EMPTY;
    expect([u16(quoted, 20), u16(quoted, 22)]).toEqual([33_000, 8080]);
  });

  test('an ICMP error quotes the local numbers of the wire', () => {
    const stack = answering();
    const text = `${HANDSHAKE} +0 < icmp unreachable host_unreachable [1:1001(1000)]`;
    expect(run(text, stack).failure).toBeUndefined();
    const { transport } = decoded(stack.injected[2]!.packet);
    const quoted = transport.kind === 'icmp' ? transport.message.payload : EMPTY;
    expect(u32(quoted, 24)).toBe(ISN + 1);
  });

  test('a listener at another port has its children there', () => {
    const stack = new FakeStack();
    const address = '{sa_family=AF_INET, sin_port=htons(9000), sin_addr=inet_addr("192.168.0.1")}';
    const text = `${LISTEN.replace('bind(3, ..., ...)', `bind(3, ${address}, ...)`)} +0 < S 0:0(0) win 1`;
    expect(run(text, stack).failure).toBeUndefined();
    expect(decoded(stack.injected[0]!.packet).flow.destination.port).toBe(9000);
  });

  test('merged packets come with the size of their segments', () => {
    const stack = answering();
    const text = `--mss=1000 ${HANDSHAKE} +0 < . 1:1001(1000) ack 1 win 9 +0 < . 1001:3001(2000) ack 1 win 9`;
    expect(run(text, stack).failure).toBeUndefined();
    expect(stack.injected.slice(2, 4).map(({ segmentSize }) => segmentSize)).toEqual([
      undefined,
      1000,
    ]);
  });
});

/** A stack that sends so many octets when it is asked to write. */
function stackWithData(length: number, at = ms(100), taken = length): FakeStack {
  const stack = answering();
  stack.onCall = (call) => {
    if (call.name === 'send') {
      stack.at(at, (now) => stack.send({ flags: 'P.', seq: ISN + 1, ack: 1, length }, now));
      return taken;
    }
    return call.name === 'socket' ? 50 : call.name === 'accept' ? 51 : 0;
  };
  return stack;
}

describe('a script that fails', () => {
  const WRITE = `${HANDSHAKE} +0 write(4, ..., 500) = 500`;

  test("a SYN-ACK counts in the script's numbers where the script expects something else", () => {
    const text = `${LISTEN} +0 < S 0:0(0) win 1000 <mss 1000> +0 > S 0:0(0) ack 1`;
    const failure = failureOf(text, answering());
    expect(failure.mismatches).toEqual([{ field: 'flags', expected: 'S', actual: 'S.' }]);
  });

  test('all fields that differ are told, with both packets', () => {
    const failure = failureOf(`${WRITE} +0 > . 2:502(500) ack 1 win 7`, stackWithData(500));
    expect(failure).toMatchObject({ kind: 'packet mismatch', eventIndex: 8 });
    expect(failure.mismatches.map(({ field }) => field)).toEqual(['flags', 'seq', 'win']);
    expect(failure.expected).toContain('2:502(500)');
    expect(failure.actual).toContain('1:501(500)');
  });

  test.each([
    ['+.2', ms(300), undefined],
    ['+.2', ms(325), undefined],
    ['+.2', ms(326), 'timing'],
    ['+.2', ms(275), undefined],
    ['+.2', ms(274), 'timing'],
    ['+.1~+.2', ms(312), undefined],
    ['+.1~+.2', ms(313), 'timing'],
    ['*', seconds(5000), undefined],
    ['+.2', ms(2099), 'timing'],
    ['+.2', ms(2100), 'missing packet'],
  ] as const)('a packet expected at %s and sent at %i ns: %s', (time, at, kind) => {
    const { failure } = run(`${WRITE} ${time} > P. 1:501(500) ack 1`, stackWithData(500, at));
    expect(failure?.kind).toBe(kind);
  });

  test.each(['+0', '*'])('a packet that is never sent (%s)', (time) => {
    const failure = failureOf(`${HANDSHAKE} ${time} > . 1:1(0) ack 1`, answering());
    expect(failure.kind).toBe('missing packet');
  });

  test('another packet at another time is an unexpected one', () => {
    const stack = stackWithData(500);
    expect(failureOf(`${WRITE} +1 > R 9:9(0)`, stack).kind).toBe('unexpected packet');
  });

  test('a packet that is no piece of a long one is told at once', () => {
    const stack = answering();
    stack.onCall = (call) => {
      if (call.name !== 'send')
        return call.name === 'socket' ? 50 : 51 * Number(call.name === 'accept');
      stack.send({ flags: '.', seq: ISN + 1, ack: 7, length: 100 }, ms(100));
      return 3000;
    };
    const text = `${HANDSHAKE} +0 write(4, ..., 3000) = 3000 +0 > P. 1:3001(3000) ack 1`;
    expect(failureOf(text, stack)).toMatchObject({ kind: 'packet mismatch', at: 100_000 });
  });

  test('payload that is not zeros', () => {
    const stack = answering();
    stack.onCall = (call) => {
      if (call.name !== 'send')
        return call.name === 'socket' ? 50 : 51 * Number(call.name === 'accept');
      stack.send({ flags: 'P.', seq: ISN + 1, ack: 1, payload: Uint8Array.of(0, 0, 7) }, ms(100));
      return 3;
    };
    const text = `${HANDSHAKE} +0 write(4, ..., 3) = 3 +0 > P. 1:4(3) ack 1`;
    expect(failureOf(text, stack).mismatches).toEqual([
      { field: 'payload[2]', expected: '0x00', actual: '0x07' },
    ]);
  });

  test("a call's result", () => {
    const failure = failureOf(`${LISTEN} +0 write(3, ..., 10) = 10`, new FakeStack());
    expect(failure).toMatchObject({ kind: 'call result', eventIndex: 3 });
  });

  test('with --non_fatal it only warns', () => {
    const text = `--non_fatal=packet,syscall ${WRITE} +0 > . 2:502(500) ack 1`;
    const { failure, warnings } = run(text, stackWithData(500));
    expect(failure).toBeUndefined();
    expect(warnings.map(({ kind }) => kind)).toEqual(['packet mismatch']);
  });

  test.each([
    ['0 < . 1:1(0) ack 1 win 1 <nop,nop,TS val 1 ecr 1>', /ecr 1 repeats no val/],
    ['0 > . 1:1(0) ack 1', /no socket/],
    ['0 close(7) = 0', /no open file 7/],
    ['0 frobnicate(7) = 0', /frobnicate/],
    ['--ip_version=ipv6 --local_ip=10.0.0.1 0 close(7) = 0', /expected an IPv6 address/],
  ])('a wrong script: %s', (text, reason) => {
    const failure = failureOf(text, new FakeStack());
    expect(failure.kind).toBe('script error');
    expect(failure.message).toMatch(reason);
  });
});

describe('calls that block', () => {
  function blocking(returnsAt: number): FakeStack {
    const stack = answering();
    stack.onCall = (call) => {
      if (call.name === 'receive') {
        stack.at(returnsAt, (now) => stack.finishCall(7, now));
        return undefined;
      }
      return call.name === 'socket' ? 50 : call.name === 'accept' ? 51 : 0;
    };
    return stack;
  }

  test.each([
    [ms(300), undefined],
    [ms(325), undefined],
    [ms(326), 'timing'],
  ])('returns at %i ns, expected at 300 ms: %s', (at, kind) => {
    const text = `${HANDSHAKE} +0...0.2 read(4, ..., 7) = 7 +1 close(4) = 0`;
    expect(run(text, blocking(at)).failure?.kind).toBe(kind);
  });

  test('the events after it go on', () => {
    const stack = blocking(ms(300));
    const text = `${HANDSHAKE} +0...0.2 read(4, ..., 7) = 7 +.1 < . 1:1(0) ack 1 win 9 +.2 close(4) = 0`;
    expect(run(text, stack).failure).toBeUndefined();
    expect(stack.injected[2]?.at).toBe(ms(200));
  });

  test('a call without an end holds the script up, and the next event counts from its return', () => {
    const stack = blocking(seconds(3));
    const { failure } = run(`${HANDSHAKE} +0 read(4, ..., 7) = 7 +.1 close(4) = 0`, stack);
    expect(failure).toBeUndefined();
    expect(stack.calls.find(({ call }) => call.name === 'close')?.at).toBe(ms(3100));
  });

  test('one that never returns', () => {
    const stack = answering();
    stack.onCall = (call) => (call.name === 'accept' ? undefined : 50);
    const failure = failureOf(
      `${LISTEN.replaceAll('= 0', '= 50')} +0 accept(3, ..., ...) = 4`,
      stack,
    );
    expect(failure.kind).toBe('call blocked');
  });

  test('the script may not end before it', () => {
    const text = `${HANDSHAKE} +0...0.2 read(4, ..., 7) = 7`;
    expect(run(text, blocking(ms(300))).failure).toBeUndefined();
    expect(failureOf(text, blocking(ms(1101))).kind).toBe('call blocked');
  });
});

describe('limits', () => {
  test.each([
    ['an event far beyond virtual time', `${LISTEN} +8640000 close(3) = 0 +8640000 close(3) = 0`],
    [
      'a packet awaited far beyond it',
      `${HANDSHAKE} +8640000 close(4) = 0 +8640000 > . 1:1(0) ack 1`,
    ],
  ])('%s', (_name, text) => {
    expect(failureOf(text, answering()).kind).toBe('limit');
  });

  test('a storm of timers', () => {
    const stack = answering();
    const again = (now: number): void => stack.at(now, again);
    stack.at(0, again);
    expect(failureOf(`${HANDSHAKE} * > . 1:1(0) ack 1`, stack).kind).toBe('limit');
  });
});
