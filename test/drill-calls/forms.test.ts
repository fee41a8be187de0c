/** Every form that scripts write a system call in, and the call that is made of it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SYSTEM_CALL_NAMES } from '../../src/drill/calls/index.ts';
import { ScriptError } from '../../src/drill/run/live.ts';
import { MSG } from '../../src/stack/index.ts';
import { LIVE, LOCAL, prepared, refusal, REMOTE, returns, systemCall } from './help.ts';

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const message = (...buffers: readonly (Uint8Array | 'invalid-pointer')[]): object => ({
  address: undefined,
  buffers,
  control: [],
});
const receive = (fields: object): object => ({
  name: 'receive',
  fd: 104,
  isPointerInvalid: false,
  flags: 0,
  wantsControl: false,
  ...fields,
});

// prettier-ignore
const FORMS: readonly (readonly [text: string, call: object])[] = [
  ['socket(..., SOCK_STREAM, IPPROTO_TCP) = 3', { name: 'socket', domain: 'AF_INET', type: 1, protocol: 6 }],
  ['socket(AF_INET6, SOCK_STREAM|SOCK_NONBLOCK, 0) = 3', { name: 'socket', domain: 'AF_INET6', type: 0o4001, protocol: 0 }],
  ['bind(3, ..., ...) = 0', { name: 'bind', fd: 103, address: LOCAL }],
  ['bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.7")}, 16) = 0',
    { name: 'bind', fd: 103, address: { address: 0x0a000007, port: 80 } }],
  ['listen(3, 1) = 0', { name: 'listen', fd: 103, backlog: 1 }],
  ['accept(3, ..., ...) = 4', { name: 'accept', fd: 103, flags: 0 }],
  ['accept4(3, ..., ..., SOCK_NONBLOCK) = 4', { name: 'accept', fd: 103, flags: 0o4000 }],
  ['connect(4, ..., ...) = 0', { name: 'connect', fd: 104, address: REMOTE }],
  ['connect(4, AF_UNSPEC, ...) = 0', { name: 'connect', fd: 104, address: 'unspecified' }],
  ['connect(4, {sa_family=AF_UNSPEC, sin_port=htons(0)}, 16) = 0', { name: 'connect', fd: 104, address: 'unspecified' }],
  ['shutdown(4, SHUT_WR) = 0', { name: 'shutdown', fd: 104, how: 1 }],
  ['close(4) = 0', { name: 'close', fd: 104 }],
  ['read(4, ..., 1000) = 0', receive({ lengths: [1000] })],
  ['read(4, NULL, 1000) = -1 EFAULT (Bad address)', receive({ lengths: [1000], isPointerInvalid: true })],
  ['read(4, NULL, 0) = 0', receive({ lengths: [0] })],
  ['recv(4, ..., 10, MSG_PEEK|MSG_DONTWAIT) = 10', receive({ lengths: [10], flags: 0x42 })],
  ['recvfrom(4, ..., 10, 0, ..., ...) = 10', receive({ lengths: [10] })],
  ['readv(4, [{..., 10}, {..., 20}], 2) = 30', receive({ lengths: [10, 20] })],
  ['write(4, ..., 5) = 5', { name: 'send', fd: 104, message: message(zeros(5)), flags: 0 }],
  ['write(4, NULL, 5) = -1 EFAULT (Bad address)', { name: 'send', fd: 104, message: message('invalid-pointer'), flags: 0 }],
  ['send(4, ..., 5, MSG_EOR) = 5', { name: 'send', fd: 104, message: message(zeros(5)), flags: 0x80 }],
  ['sendto(4, ..., 5, 0x20000000, ..., ...) = 5',
    { name: 'send', fd: 104, message: { address: REMOTE, buffers: [zeros(5)], control: [] }, flags: 0x20000000 }],
  ['sendto(4, ..., 0, MSG_FASTOPEN, AF_UNSPEC, ...) = -1 EOPNOTSUPP (Operation not supported)',
    { name: 'send', fd: 104, message: { address: 'unspecified', buffers: [zeros(0)], control: [] }, flags: 0x20000000 }],
  ['sendto(4, ..., 5, 0, NULL, 0) = 5', { name: 'send', fd: 104, message: message(zeros(5)), flags: 0 }],
  ['writev(4, [{..., 1}, {..., 0}], 2) = 1', { name: 'send', fd: 104, message: message(zeros(1), zeros(0)), flags: 0 }],
  ['sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 0}, {..., 40}], msg_flags=0}, MSG_ZEROCOPY) = 40',
    { name: 'send', fd: 104, message: { address: REMOTE, buffers: [zeros(0), zeros(40)], control: [] }, flags: 0x4000000 }],
  ['recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 9}], msg_flags=MSG_ERRQUEUE, msg_control=[]}, MSG_ERRQUEUE) = -1 EAGAIN (x)',
    receive({ lengths: [9], flags: 0x2000, wantsControl: true })],
  ['fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0', { name: 'fcntl', fd: 104, command: 4, argument: 0o4002 }],
  ['fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)', { name: 'fcntl', fd: 104, command: 3, argument: 0 }],
  ['ioctl(4, SIOCINQ, [1000]) = 0', { name: 'ioctl', fd: 104, request: 'SIOCINQ' }],
  ['ioctl(4, 0x541b, [0]) = 0', { name: 'ioctl', fd: 104, request: 'SIOCINQ' }],
  ['ioctl(4, FIONBIO, [1]) = 0', { name: 'ioctl', fd: 104, request: 'FIONBIO', argument: 1 }],
  ['poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1',
    { name: 'poll', requests: [{ fd: 104, events: 5 }], timeout: 0 }],
  ['epoll_create(1) = 5', { name: 'epoll_create', size: 1 }],
  ['epoll_create1(EPOLL_CLOEXEC) = 5', { name: 'epoll_create', size: 1 }],
  ['epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0',
    { name: 'epoll_ctl', epoll: 105, operation: 1, fd: 104, event: { events: 0x80000004, data: 4n } }],
  ['epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLIN, u64=0x1122334455667788}) = 0',
    { name: 'epoll_ctl', epoll: 105, operation: 3, fd: 104, event: { events: 1, data: 0x1122334455667788n } }],
  ['epoll_ctl(5, EPOLL_CTL_DEL, 4, NULL) = 0',
    { name: 'epoll_ctl', epoll: 105, operation: 2, fd: 104, event: undefined }],
  ['epoll_wait(5, {events=EPOLLIN, fd=4}, 5, 0) = 1', { name: 'epoll_wait', epoll: 105, maximum: 5, timeout: 0 }],
  ['pipe([5, 6]) = 0', { name: 'pipe' }],
  ['splice(4, NULL, 6, NULL, 99, 0) = 99', { name: 'splice', from: 104, to: 106, length: 99, flags: 0 }],
  ['open("/tmp/file", O_RDONLY) = 5', { name: 'open', path: '/tmp/file', flags: 0 }],
  ['sendfile(4, 5, [7], 5) = 5', { name: 'sendfile', to: 104, from: 105, offset: 7, length: 5 }],
  ['sendfile(4, 5, NULL, 5) = 5', { name: 'sendfile', to: 104, from: 105, offset: undefined, length: 5 }],
  ['setsockopt(4, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0',
    { name: 'setsockopt', fd: 104, level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: 1, length: 4 }],
  ['setsockopt(4, IPPROTO_TCP, TCP_NOTSENT_LOWAT, [0xffffffff], 4) = 0',
    { name: 'setsockopt', fd: 104, level: 'SOL_TCP', option: 'TCP_NOTSENT_LOWAT', value: -1, length: 4 }],
  ['setsockopt(4, SOL_IP, IP_MTU_DISCOVER, [IP_PMTUDISC_DO], 1) = 0',
    { name: 'setsockopt', fd: 104, level: 'SOL_IP', option: 'IP_MTU_DISCOVER', value: 2, length: 1 }],
  ['setsockopt(4, SOL_TCP, TCP_CONGESTION, "cubic", 5) = 0',
    { name: 'setsockopt', fd: 104, level: 'SOL_TCP', option: 'TCP_CONGESTION', value: Uint8Array.from(Buffer.from('cubic')), length: 5 }],
  ['setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, "", 3) = -1 (Invalid Argument)',
    { name: 'setsockopt', fd: 103, level: 'SOL_TCP', option: 'TCP_FASTOPEN_KEY', value: zeros(0), length: 3 }],
  ['setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0',
    { name: 'setsockopt', fd: 104, level: 'SOL_SOCKET', option: 'SO_LINGER', value: { onoff: 1, linger: 0 }, length: 8 }],
  ['getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0',
    { name: 'getsockopt', fd: 104, level: 'SOL_SOCKET', option: 'SO_ERROR', length: 4 }],
  ['getsockopt(4, SOL_TCP, TCP_CONGESTION, "cubic"..., [16]) = 0',
    { name: 'getsockopt', fd: 104, level: 'SOL_TCP', option: 'TCP_CONGESTION', length: 16 }],
  ['cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, CAP_CLEAR) = 0',
    { name: 'cap_set', set: 'CAP_EFFECTIVE', capability: 'CAP_NET_ADMIN', isRaised: false }],
];

describe('a call is understood', () => {
  test.each(FORMS)('%s', (text, call) => {
    expect(systemCall(text)).toEqual(call);
  });

  test('in every family', () => {
    const seen = new Set(FORMS.map(([text]) => text.slice(0, text.indexOf('('))));
    expect(SYSTEM_CALL_NAMES.filter((name) => !seen.has(name))).toEqual([]);
  });

  test('with the flags that are written, in any order and base', () => {
    const flags = Object.entries(MSG);
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...flags), { minLength: 1 }), (chosen) => {
        const text = chosen.map(([name, bit], at) =>
          at % 2 === 0 ? name : `0x${bit.toString(16)}`,
        );
        const call = systemCall(`recv(4, ..., 1, ${text.join('|')}) = 1`);
        expect(call).toMatchObject({ flags: chosen.reduce((sum, [, bit]) => sum | bit, 0) });
      }),
    );
  });
});

describe('files', () => {
  test('that the script has not opened are an error, with the place', () => {
    const call = systemCall('epoll_ctl(5, EPOLL_CTL_ADD, 97, {events=EPOLLIN, fd=4}) = 0');
    expect(call).toEqual(
      new ScriptError(
        { line: 1, column: 31 },
        "epoll_ctl's 3rd argument: the script has no open file 97",
      ),
    );
  });

  test('that are gone are asked for where EBADF is expected', () => {
    expect(systemCall('close(97) = -1 EBADF (Bad file descriptor)')).toEqual({
      name: 'close',
      fd: -1,
    });
  });

  test.each([
    ['socket(..., SOCK_STREAM, IPPROTO_TCP) = 3', returns(12), [{ scriptFd: 3, fd: 12 }]],
    ['accept(3, ..., ...) = 4', returns(0), [{ scriptFd: 4, fd: 0 }]],
    ['epoll_create(1) = 5', returns(5), [{ scriptFd: 5, fd: 5 }]],
    ['open("/tmp/x", O_RDONLY) = 6', returns(9), [{ scriptFd: 6, fd: 9 }]],
    ['read(4, ..., 10) = 10', returns(10), []],
    [
      'pipe([5, 6]) = 0',
      returns(0, { kind: 'pipe', ends: [30, 31] }),
      [
        { scriptFd: 5, fd: 30 },
        { scriptFd: 6, fd: 31 },
      ],
    ],
  ] as const)('%s is matched by any descriptor, which gets its name', (text, result, opened) => {
    const call = prepared(text);
    expect(call.compare(result, LIVE)).toEqual([]);
    expect(call.opened(result)).toEqual(opened);
  });
});

// prettier-ignore
const REFUSED: readonly (readonly [text: string, error: string])[] = [
  ['frobnicate(3) = 0', 'line 1, column 3: frobnicate is no system call that is known here'],
  ['write(4, ...) = 5', 'line 1, column 3: write takes 3 arguments, not 2'],
  ['fcntl(4) = 5', 'line 1, column 3: fcntl takes 2 to 3 arguments, not 1'],
  ['close(4, 5) = 0', 'line 1, column 3: close takes 1 argument, not 2'],
  ['psp_rx_assoc(4, [1]) = 0', 'line 1, column 3: psp_rx_assoc cannot be made: the stack has no PSP'],
  ['setsockopt(3, SOL_TCP, TCP_NODELAY, 1, 4) = 0', `line 1, column 39: setsockopt's 4th argument is a pointer: [value], "bytes" or {…}, not the number 1`],
  ['setsockopt(3, SOL_TCP, TCP_NODELAY, [1, 2], 4) = 0', `line 1, column 39: setsockopt's 4th argument is a pointer: [value], "bytes" or {…}, with one element, not 2`],
  ['setsockopt(3, SOL_TCP, TCP_NODELAY, [FOO], 4) = 0', "line 1, column 40: setsockopt's 4th argument is a number; the name FOO is not known"],
  ['getsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0', "line 1, column 44: getsockopt's 5th argument is a pointer to the value's length: [length], not the number 4"],
  ['getsockopt(3, SOL_TCP, TCP_CONGESTION, "cubic", [4]) = 0', "line 1, column 51: getsockopt's 5th argument is 4, but the string has 5 octets"],
  ['write(4, ..., -1) = 5', "line 1, column 17: write's 3rd argument is a length of 0 to 67108864, not -1"],
  ['write(4, ..., 99999999999) = 5', "line 1, column 17: write's 3rd argument is a number of 32 bits, not 99999999999"],
  ['write(4, "x", 1) = 5', "line 1, column 12: write's 2nd argument is a buffer: ... or NULL, not a string"],
  ['write(FD, ..., 1) = 5', "line 1, column 9: write's 1st argument is a file descriptor; the name FD is not known"],
  ['readv(4, [{..., 10}], 2) = 10', "line 1, column 25: readv's 3rd argument counts 2 buffers, but there are 1"],
  ['poll([{fd=4, events=POLLIN}], 2, 0) = 1', "line 1, column 33: poll's 2nd argument counts 2 files, but there are 1"],
  ['poll([{fd=4, events=POLLINN}], 1, 0) = 1', "line 1, column 23: events of element 0 of poll's 1st argument is events: POLLIN …; the name POLLINN is not known"],
  ['pipe([5]) = 0', "line 1, column 8: pipe's 1st argument is two names of descriptors: [reading, writing], not 1"],
  ['splice(4, [1], 6, NULL, 99, 0) = 99', "line 1, column 13: splice's 2nd argument is NULL, not an array"],
  ['open(5, O_RDONLY) = 5', `line 1, column 8: open's 1st argument is a path: "/tmp/file", not the number 5`],
  ['socket(AF_UNIX, SOCK_STREAM, 0) = 3', "line 1, column 10: socket's 1st argument is a domain: ..., AF_INET or AF_INET6, not AF_UNIX"],
  ['sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=MSG_OOB}, 0) = 0', "line 1, column 14: msg_flags of sendmsg's 2nd argument means nothing to sendmsg: it is 0"],
  ['setsockopt(3, SOL_TCP, TCP_MD5SIG, {tcpm_addr=...}, 216) = 0', "line 1, column 38: setsockopt's 4th argument lacks the field tcpm_key"],
  ['setsockopt(3, SOL_TCP, TCP_MD5SIG, {tcpm_addr=..., tcpm_key=5}, 216) = 0', "line 1, column 63: tcpm_key of setsockopt's 4th argument is a string of up to 80 octets"],
  ['cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, 1) = 0', "line 1, column 41: cap_set's 3rd argument is CAP_SET or CAP_CLEAR, not the number 1"],
  ['connect(4, {sa_family=AF_INET, sin_port=htons(99999), sin_addr=inet_addr("1.2.3.4")}, 16) = 0', "line 1, column 43: sin_port of connect's 2nd argument is htons(PORT), with a port of 0 to 65535"],
  ['connect(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3")}, 16) = 0', `line 1, column 63: sin_addr of connect's 2nd argument is inet_addr("A.B.C.D")`],
  ['read(4, ..., 1) = "x"', 'line 1, column 21: the result of read is a number, not a string'],
];

describe('a call is refused before time 0, by its place and the argument', () => {
  test.each(REFUSED)('%s', (text, error) => {
    expect(refusal(text)).toBe(error);
  });
});
