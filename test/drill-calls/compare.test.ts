/** What a call returned and wrote, against what the script expects of it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printFlags } from '../../src/drill/calls/symbols.ts';
import type { CallResult, ControlMessage, Errno, Written } from '../../src/stack/index.ts';
import { EPOLL, ERRNO, MSG, POLL } from '../../src/stack/index.ts';
import { differences, fails, LIVE, prepared, returns } from './help.ts';

/** A call as a script writes it, what it should give, and results that differ in one field. */
interface Case {
  readonly text: string;
  readonly result: CallResult;
  readonly changed: readonly (readonly [field: string, result: CallResult])[];
}

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const small = fc.integer({ min: 0, max: 255 });
const errno = fc.constantFrom(...(Object.keys(ERRNO) as Errno[]));

function flagsOf(table: Readonly<Record<string, number>>): fc.Arbitrary<number> {
  const bits = Object.values(table);
  return fc.subarray(bits).map((some) => some.reduce((sum, bit) => (sum | bit) >>> 0, 0));
}

/** Another result: the same call with something else written. */
const wrote = (result: CallResult, written: Written): CallResult => ({ ...result, written });

const optionCase: fc.Arbitrary<Case> = fc.oneof(
  fc.tuple(word, fc.constantFrom(1, 2, 4)).map(([number, length]): Case => {
    const value = length === 4 ? number : number % 2 ** (8 * length);
    const result = returns(0, { kind: 'option', value, length });
    return {
      text: `getsockopt(3, SOL_TCP, TCP_MAXSEG, [${value}], [${length}]) = 0`,
      result,
      changed: [
        ['value', wrote(result, { kind: 'option', value: value ^ 1, length })],
        ['length', wrote(result, { kind: 'option', value, length: length + 1 })],
      ],
    };
  }),
  fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes): Case => {
    const { length } = bytes;
    const result = returns(0, { kind: 'option', value: bytes, length });
    const text = Array.from(bytes, (it) => `\\x${it.toString(16).padStart(2, '0')}`).join('');
    return {
      text: `getsockopt(3, SOL_TCP, TCP_CONGESTION, "${text}", [${length}]) = 0`,
      result,
      changed: [
        ['value', wrote(result, { kind: 'option', value: bytes.map((it) => it ^ 9), length })],
        ['length', wrote(result, { kind: 'option', value: bytes, length: length - 1 })],
      ],
    };
  }),
  fc.tuple(small, small).map(([onoff, linger]): Case => {
    const result = returns(0, { kind: 'option', value: { onoff, linger }, length: 8 });
    const with_ = (value: { onoff: number; linger: number }): CallResult =>
      wrote(result, { kind: 'option', value, length: 8 });
    return {
      text: `getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=${onoff}, linger=${linger}}, [8]) = 0`,
      result,
      changed: [
        ['value.onoff', with_({ onoff: onoff + 1, linger })],
        ['value.linger', with_({ onoff, linger: linger + 1 })],
      ],
    };
  }),
);

const pollCase: fc.Arbitrary<Case> = fc
  .array(flagsOf(POLL), { minLength: 1, maxLength: 4 })
  .map((revents) => {
    const files = revents.map(
      (events, at) => `{fd=${at}, events=POLLIN, revents=${printFlags(events, POLL)}}`,
    );
    const result = returns(revents.length, { kind: 'poll', revents });
    return {
      text: `poll([${files.join(', ')}], ${revents.length}, 10) = ${revents.length}`,
      result,
      changed: revents.map((_, at) => [
        `revents[${at}]`,
        wrote(result, {
          kind: 'poll',
          revents: revents.map((it, which) => (which === at ? it ^ POLL.POLLHUP : it)),
        }),
      ]),
    };
  });

const epollCase: fc.Arbitrary<Case> = fc
  .array(fc.tuple(flagsOf(EPOLL), fc.constantFrom('fd', 'u32', 'u64', 'ptr'), word), {
    minLength: 1,
    maxLength: 4,
  })
  .map((expected) => {
    const list = expected.map(
      ([flags, member, data]) => `{events=${printFlags(flags, EPOLL)}, ${member}=${data}}`,
    );
    const events = expected.map(([flags, , data]) => ({ events: flags, data: BigInt(data) }));
    const count = events.length;
    const result = returns(count, { kind: 'epoll', events });
    const at = count - 1;
    const last = events[at] ?? { events: 0, data: 0n };
    const withLast = (event: typeof last): CallResult =>
      wrote(result, { kind: 'epoll', events: events.with(at, event) });
    return {
      text: `epoll_wait(5, [${list.join(', ')}], 9, 0) = ${count}`,
      result,
      changed: [
        [`events[${at}].events`, withLast({ ...last, events: last.events ^ EPOLL.EPOLLIN })],
        [`events[${at}].${expected[at]?.[1]}`, withLast({ ...last, data: last.data ^ 1n })],
      ],
    };
  });

/** A control message with its text, and others that differ from it in a field. */
interface ControlCase {
  readonly text: string;
  readonly message: ControlMessage;
  readonly changed: readonly (readonly [field: string, message: ControlMessage])[];
}

const control: fc.Arbitrary<ControlCase> = fc.oneof(
  word.map((value): ControlCase => {
    const message: ControlMessage = {
      level: 'SOL_TCP',
      type: 'TCP_CM_INQ',
      data: { kind: 'int', value: value | 0 },
    };
    return {
      text: `{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=${value}}`,
      message,
      changed: [
        ['cmsg_level', { ...message, level: 'SOL_IP' }],
        ['cmsg_type', { ...message, type: 'TCP_CM_OTHER' }],
        ['cmsg_data', { ...message, data: { kind: 'int', value: value ^ 1 } }],
      ],
    };
  }),
  fc.integer({ min: 1, max: 5_000_000 }).map((time): ControlCase => {
    const [seconds, micros] = [Math.floor(time / 1_000_000), time % 1_000_000];
    const at = (late: number): ControlMessage => ({
      level: 'SOL_SOCKET',
      type: 'SCM_TIMESTAMPING',
      data: {
        kind: 'timestamping',
        seconds: 1000 + Math.floor((time + late) / 1_000_000),
        nanoseconds: ((time + late) % 1_000_000) * 1000,
      },
    });
    return {
      text:
        '{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, ' +
        `cmsg_data={scm_sec=${seconds}, scm_nsec=${micros * 1000}}}`,
      message: at(3999), // 4 ms are tolerated
      changed: [['cmsg_data', at(4001)]],
    };
  }),
  fc
    .record({
      errno: fc.option(errno, { nil: undefined }),
      origin: small,
      type: small,
      code: small,
      info: word,
      data: word,
    })
    .map((error): ControlCase => {
      const { errno: name, origin, type, code, info, data } = error;
      const message = (changes: object): ControlMessage => ({
        level: 'SOL_IP',
        type: 'IP_RECVERR',
        data: { kind: 'extended-error', error: { ...error, ...changes } },
      });
      return {
        text:
          '{cmsg_level=SOL_IP, cmsg_type=IP_RECVERR, cmsg_data={' +
          `ee_errno=${name ?? 0}, ee_origin=${origin}, ee_type=${type}, ee_code=${code}, ` +
          `ee_info=${info}, ee_data=${data}}}`,
        message: message({}),
        changed: [
          ['cmsg_data.ee_errno', message({ errno: name === 'EPIPE' ? 'EPERM' : 'EPIPE' })],
          ...(['origin', 'type', 'code', 'info', 'data'] as const).map(
            (field) => [`cmsg_data.ee_${field}`, message({ [field]: error[field] ^ 1 })] as const,
          ),
        ],
      };
    }),
  fc.tuple(small, small).map(([acked, rtt]): ControlCase => {
    const message = (delivered: number, busy: number): ControlMessage => ({
      level: 'SOL_SOCKET',
      type: 'SCM_TIMESTAMPING_OPT_STATS',
      data: {
        kind: 'statistics',
        statistics: { TCP_NLA_BUSY: busy, TCP_NLA_DELIVERED: delivered, TCP_NLA_SRTT: rtt },
      },
    });
    return {
      text:
        '{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING_OPT_STATS, cmsg_data={' +
        `TCP_NLA_BUSY=10000, TCP_NLA_DELIVERED=${acked}, TCP_NLA_SRTT=...}}`,
      message: message(acked, 13_999),
      changed: [
        ['cmsg_data.TCP_NLA_BUSY', message(acked, 14_001)],
        ['cmsg_data.TCP_NLA_DELIVERED', message(acked + 1, 10_000)],
      ],
    };
  }),
);

const messageCase: fc.Arbitrary<Case> = fc
  .tuple(flagsOf(MSG), fc.array(control, { maxLength: 4 }), fc.nat(100))
  .map(([flags, list, length]) => {
    const messages = list.map((it) => it.message);
    const written = (changes: object): CallResult =>
      returns(length, {
        kind: 'message',
        bytes: new Uint8Array(length),
        flags,
        control: messages,
        address: undefined,
        ...changes,
      });
    return {
      text:
        `recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., ${length}}], ` +
        `msg_flags=${printFlags(flags, MSG)}, ` +
        `msg_control=[${list.map((it) => it.text).join(', ')}]}, 0) = ${length}`,
      result: written({}),
      changed: [
        ['msg_flags', written({ flags: flags ^ MSG.MSG_EOR })],
        ...list.flatMap(({ changed }, at) =>
          changed.map(
            ([field, message]) =>
              [
                `msg_control[${at}].${field}`,
                written({ control: messages.with(at, message) }),
              ] as const,
          ),
        ),
        ...(messages.length === 0
          ? []
          : [['msg_control', written({ control: messages.slice(1) })] as const]),
      ],
    };
  });

const numberCase: fc.Arbitrary<Case> = fc.oneof(
  word.map((value): Case => {
    const result = returns(0, { kind: 'int', value });
    return {
      text: `ioctl(3, SIOCINQ, [${value}]) = 0`,
      result,
      changed: [['value', wrote(result, { kind: 'int', value: value ^ 1 })]],
    };
  }),
  fc.tuple(fc.nat(), fc.nat(1000)).map(([offset, sent]): Case => {
    const result = returns(sent, { kind: 'offset', offset: offset + sent });
    return {
      text: `sendfile(4, 5, [${offset}], 1000) = ${sent}`,
      result,
      changed: [['offset', wrote(result, { kind: 'offset', offset: offset + sent + 1 })]],
    };
  }),
);

/** Calls that only return something. */
const resultCase: fc.Arbitrary<Case> = fc.oneof(
  word.map((value): Case => {
    const result = returns(value);
    return {
      text: `write(4, ..., 10) = ${value}`,
      result,
      changed: [
        ['result', returns(value ^ 1)],
        ['result', fails('EPIPE')],
      ],
    };
  }),
  errno.map((name): Case => {
    const other = name === 'EAGAIN' ? 'EPIPE' : 'EAGAIN';
    return {
      text: `write(4, ..., 10) = -1 ${name} (words)`,
      result: fails(name),
      changed: [
        ['errno', fails(other)],
        ['result', returns(10)],
      ],
    };
  }),
);

test('a result made of the expectation matches, and one that differs in a field names it', () => {
  const anyCase = fc.oneof(optionCase, pollCase, epollCase, messageCase, numberCase, resultCase);
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyCase, ({ text, result, changed }) => {
      const call = prepared(text);
      expect(call.compare(result, LIVE)).toEqual([]);
      for (const [field, other] of changed) {
        const mismatches = call.compare(other, LIVE);
        expect(mismatches.map((it) => it.field)).toEqual([field]);
        expect(mismatches[0]?.expected).not.toBe(mismatches[0]?.actual);
        seen.add(field.replaceAll(/\[\d\]/g, ''));
      }
    }),
    { numRuns: 600 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'result',
      'errno',
      'value',
      'length',
      'value.linger',
      'revents',
      'events.events',
      'events.fd',
      'offset',
      'msg_flags',
      'msg_control',
      'msg_control.cmsg_data.ee_info',
      'msg_control.cmsg_data.TCP_NLA_BUSY',
    ]),
  );
});

describe('mismatches are in the notation of scripts', () => {
  test.each([
    ['write(4, ..., 10) = 10', fails('EPIPE'), 'result', '10', '-1 EPIPE'],
    ['fcntl(3, F_GETFL) = 0x802', returns(2), 'result', '0x802', '0x2'],
    ['socket(..., SOCK_STREAM, 0) = 3', fails('EMFILE'), 'result', '3', '-1 EMFILE'],
    ['connect(4, ..., ...) = -1 EINPROGRESS (x)', returns(0), 'result', '-1 EINPROGRESS', '0'],
    ['read(4, ..., 1) = -1 EWOULDBLOCK (x)', fails('EPIPE'), 'errno', 'EAGAIN', 'EPIPE'],
    [
      'poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1',
      returns(1, { kind: 'poll', revents: [0x1011] }),
      'revents[0]',
      'POLLIN',
      'POLLIN|POLLHUP|POLLREMOVE',
    ],
    [
      'epoll_wait(5, {events=EPOLLIN|EPOLLOUT, fd=4}, 1, 0) = 1',
      returns(1, { kind: 'epoll', events: [{ events: 0x8000_0004, data: 4n }] }),
      'events[0].events',
      'EPOLLIN|EPOLLOUT',
      'EPOLLOUT|EPOLLET',
    ],
    [
      'getsockopt(3, SOL_SOCKET, SO_SNDBUF, [20000], [4]) = 0',
      returns(0, { kind: 'option', value: 4608, length: 4 }),
      'value',
      '[20000]',
      '[4608]',
    ],
    [
      'getsockopt(3, SOL_TCP, TCP_CONGESTION, "cubic", [5]) = 0',
      returns(0, { kind: 'option', value: Uint8Array.of(114, 34, 0), length: 5 }),
      'value',
      '"cubic"',
      String.raw`"r\x22\x00"`,
    ],
    [
      'recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 1}], msg_flags=MSG_TRUNC, msg_control=[]}, 0) = 1',
      returns(1, {
        kind: 'message',
        bytes: new Uint8Array(1),
        flags: 0,
        control: [],
        address: undefined,
      }),
      'msg_flags',
      'MSG_TRUNC',
      '0',
    ],
    ['ioctl(3, SIOCINQ, [7]) = 0', returns(0), 'value', '[7]', 'nothing'],
  ] as const)('%s', (text, result, field, expected, actual) => {
    expect(differences(text, result)).toEqual([{ field, expected, actual }]);
  });
});

describe('not compared', () => {
  test.each([
    ['what a call reads', 'ioctl(4, FIONBIO, [1]) = 0', returns(0)],
    ['an error where none is named', 'sendto(6, NULL, 1, 0, ..., ...) = -1', fails('EFAULT')],
    [
      'what a call that fails would write',
      'ioctl(4, SIOCINQ, [3]) = -1 EINVAL (x)',
      fails('EINVAL'),
    ],
    [
      "an option's value and length",
      'getsockopt(3, SOL_TCP, TCP_INFO, ..., ...) = 0',
      returns(0, { kind: 'option', value: { tcpi_state: 1 }, length: 280 }),
    ],
    [
      'the data beside no event',
      'epoll_wait(5, {events=0, ptr=7}, 1, 0) = 0',
      returns(0, { kind: 'epoll', events: [] }),
    ],
    [
      'what follows an open string',
      'getsockopt(3, SOL_TCP, TCP_CONGESTION, "cub"..., [16]) = 0',
      returns(0, { kind: 'option', value: Uint8Array.from(Buffer.from('cubic')), length: 16 }),
    ],
    [
      'a time of 0,0',
      'recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=0, msg_control=[' +
        '{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=0}}' +
        ']}, 0) = 0',
      returns(0, {
        kind: 'message',
        bytes: new Uint8Array(0),
        flags: 0,
        address: undefined,
        control: [
          {
            level: 'SOL_SOCKET',
            type: 'SCM_TIMESTAMPING',
            data: { kind: 'timestamping', seconds: 1, nanoseconds: 2 },
          },
        ],
      }),
    ],
  ] as const)('%s', (_, text, result) => {
    expect(differences(text, result)).toEqual([]);
  });
});
