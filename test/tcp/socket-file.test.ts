/** TCP sockets as a process has them open: message flags, poll, options, the error queue. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  constantOf,
  ms,
  type OptionValue,
  type Outgoing,
  type Received,
  TcpSocketFile,
  type UserMemory,
} from '../../src/stack/index.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { stream } from '../help/notation.ts';
import {
  connected,
  connectedActively,
  connecting,
  type Conversation,
  errnoOf,
  Laboratory,
  listening,
  PLAIN,
} from '../help/peer.ts';

/** The sum of C flags: `POLLIN|POLLOUT`. */
function flags(names: string): number {
  if (names === '' || names === '0') return 0;
  return names.split('|').reduce((sum, name) => {
    const value = constantOf(name);
    if (value === undefined) throw new Error(`no constant is called ${name}`);
    return sum | value;
  }, 0);
}

/** One program with its socket, and the stream that it writes. */
class Program {
  readonly c: Conversation;
  readonly file: TcpSocketFile;
  #written = 0;

  constructor(c: Conversation, socket = c.socket) {
    if (socket === undefined) throw new Error('there is no socket');
    this.c = c;
    this.file = new TcpSocketFile(socket);
  }

  /** Sends so many octets of the stream, as one piece or as several. */
  send(lengths: number | readonly number[], names = '', continues = false): number | undefined {
    const buffers: UserMemory[] = [];
    let at = this.#written;
    for (const length of typeof lengths === 'number' ? [lengths] : lengths) {
      buffers.push(stream(at, length));
      at += length;
    }
    const taken = this.sendBuffers(buffers, names, continues);
    this.#written += taken ?? 0;
    return taken;
  }

  sendBuffers(buffers: readonly UserMemory[], names = '', continues = false): number | undefined {
    const outgoing: Outgoing = {
      buffers,
      address: undefined,
      control: [],
      flags: flags(names),
      continues,
    };
    return this.file.send(outgoing, this.c.now);
  }

  receive(limit: number, names = ''): Received | undefined {
    return this.file.receive(limit, flags(names), this.c.now);
  }

  /** How many octets are received; −1 when it would wait. */
  count(limit: number, names = ''): number {
    const received = this.receive(limit, names);
    return received === undefined ? -1 : (received.fullLength ?? received.bytes.length);
  }

  set(option: string, value: OptionValue, length = 4): void {
    this.file.setOption(levelOf(option), option, value, length, this.c.now);
  }

  get(option: string, length = 4): OptionValue {
    return this.file.getOption(levelOf(option), option, length, this.c.now).value;
  }

  info(): Readonly<Record<string, number>> {
    return this.get('TCP_INFO', 256) as Readonly<Record<string, number>>;
  }
}

function levelOf(option: string): string {
  return `SOL_${option.startsWith('SO_') ? 'SOCKET' : option.slice(0, option.indexOf('_'))}`;
}

const READABLE = 'POLLIN|POLLRDNORM';
const WRITABLE = 'POLLOUT|POLLWRNORM';

describe('poll', () => {
  test('a new socket hangs up and may be written, as tcp_poll() says', () => {
    const file = new TcpSocketFile(new Laboratory().host.tcpSocket());
    expect(file.poll()).toBe(flags(`${WRITABLE}|POLLHUP`));
  });

  test('SYN-SENT is nothing; ESTABLISHED is writable; the peer’s FIN is readable and half hung up', () => {
    const c = connecting();
    const program = new Program(c);
    c.sends('S 0:0(0)');
    expect(program.file.poll()).toBe(0);
    c.peer(`S. 0:0(0) ack 1 ${PLAIN}`);
    c.sends('. 1:1(0) ack 1');
    expect(program.file.poll()).toBe(flags(WRITABLE));
    c.peer('F. 1:1(0) ack 1');
    c.laboratory.after(ms(100));
    c.laboratory.sent.length = 0;
    expect(program.file.poll()).toBe(flags(`${WRITABLE}|${READABLE}|POLLRDHUP`));
  });

  test('a reset is everything at once, and POLLERR until the error is told', () => {
    const c = connected();
    const program = new Program(c);
    c.peer('R. 1:1(0) ack 1');
    const hungUp = flags(`${READABLE}|${WRITABLE}|POLLRDHUP|POLLHUP`);
    expect(program.file.poll()).toBe(hungUp | flags('POLLERR'));
    expect(program.get('SO_ERROR')).toBe(constantOf('ECONNRESET'));
    expect(program.get('SO_ERROR')).toBe(0);
    expect(program.file.poll()).toBe(hungUp);
    expect(program.count(10)).toBe(0);
  });

  test('a listener is readable when a connection waits', () => {
    const c = listening();
    const program = new Program(c, c.listener);
    expect(program.file.poll()).toBe(0);
    const woken: number[] = [];
    program.file.onWake((events) => woken.push(events));
    c.handshake();
    expect(program.file.poll()).toBe(flags(READABLE));
    expect(woken).toEqual([flags(READABLE)]);
  });

  test('arrivals wake by POLLIN each; room wakes by POLLOUT, once, when there was none', () => {
    const c = connected({ socket: { SO_SNDBUF: 2600 }, window: 60_000 });
    const program = new Program(c);
    const woken: number[] = [];
    const stop = program.file.onWake((events) => woken.push(events));
    c.peer('. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101');
    c.peer('. 101:201(100) ack 1');
    c.sends('. 1:1(0) ack 201');
    expect(woken.splice(0)).toEqual([flags(READABLE), flags(READABLE)]);
    expect(program.send(4000)).toBe(2920); // two packets of 1460 + 1280 octets; there are 5200
    c.sends('. 1:1461(1460)');
    c.sends('. 1461:2921(1460)');
    expect(program.file.poll()).toBe(flags(READABLE));
    c.peer('. 201:201(0) ack 461'); // 5020 are queued, 180 are free: less than a third
    expect(woken).toEqual([]);
    c.peer('. 201:201(0) ack 1461'); // 2740 are queued
    expect(woken.splice(0)).toEqual([flags(`${WRITABLE}|POLLWRBAND`)]);
    c.peer('. 201:201(0) ack 2921');
    expect(woken).toEqual([]);
    stop();
    c.peer('. 201:301(100) ack 2921');
    c.laboratory.sent.length = 0;
    expect(woken).toEqual([]);
  });

  test('TCP_NOTSENT_LOWAT: writable when less than half of it waits unsent', () => {
    const c = connected({ syn: '<mss 1000>', window: 2000 });
    const program = new Program(c);
    program.set('TCP_NOTSENT_LOWAT', 4000);
    expect(program.send(10_000)).toBe(6000);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:2001(1000)');
    expect(program.file.poll()).toBe(0);
    c.peer('. 1:1(0) ack 2001');
    c.sends('. 2001:3001(1000)');
    c.sends('P. 3001:4001(1000)');
    expect(program.file.poll()).toBe(0);
    c.peer('. 1:1(0) ack 4001 win 3000');
    c.sends('. 4001:5001(1000)');
    c.sends('P. 5001:6001(1000)');
    expect(program.file.poll()).toBe(flags(WRITABLE));
    program.set('TCP_NOTSENT_LOWAT', 0xffff_ffff);
    expect(program.get('TCP_NOTSENT_LOWAT')).toBe(0xffff_ffff);
  });
});

describe('sending', () => {
  test('MSG_MORE holds the tail back until more comes', () => {
    const c = connected();
    const program = new Program(c);
    program.set('TCP_NODELAY', 1);
    expect(program.send(40, 'MSG_MORE')).toBe(40);
    c.sendsNothing();
    expect(program.send([10, 0, 5])).toBe(15);
    c.sends('P. 1:56(55)');
    c.peer('. 1:1(0) ack 56');
  });

  test('MSG_MORE: an acknowledgment lets the tail go, without PSH', () => {
    const c = connected({ syn: '<mss 1000>' });
    const program = new Program(c);
    program.send(1000);
    c.sends('P. 1:1001(1000)');
    program.send(70, 'MSG_MORE');
    c.sendsNothing();
    c.peer('. 1:1(0) ack 1001');
    c.sends('. 1001:1071(70)');
  });

  test('TCP_CORK keeps short segments; drawing it, or TCP_NODELAY, lets them go', () => {
    const c = connected();
    const program = new Program(c);
    program.set('TCP_CORK', 1);
    program.send(40);
    program.send(40);
    c.sendsNothing(ms(50));
    program.set('TCP_CORK', 0);
    c.sends('P. 1:81(80)');
    c.peer('. 1:1(0) ack 81');
    program.set('TCP_CORK', 1);
    program.send(30);
    c.sendsNothing();
    program.set('TCP_NODELAY', 1);
    c.sends('P. 81:111(30)');
  });

  test('what a cork keeps goes with PSH when the persist timer fires', () => {
    const c = connected();
    const program = new Program(c);
    program.send(40, 'MSG_MORE');
    c.sendsNothing(ms(150));
    c.sendsAfter(ms(50), 'P. 1:41(40)');
    c.peer('. 1:1(0) ack 41');
  });

  test('MSG_EOR: nothing joins a record’s end, nor does Nagle wait for it', () => {
    const c = connected({ syn: '<mss 1000>' });
    const program = new Program(c);
    expect(program.send(1400, 'MSG_EOR')).toBe(1400);
    expect(program.send(300, 'MSG_EOR')).toBe(300);
    expect(program.send(2000)).toBe(2000);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:1401(400)');
    c.peer('. 1:1(0) ack 1401');
    c.sends('P. 1401:1701(300)');
    c.sends('. 1701:2701(1000)');
    c.sends('P. 2701:3701(1000)');
  });

  test('MSG_OOB: URG and the pointer behind the last octet, until it is acknowledged', () => {
    const c = connected();
    const program = new Program(c);
    expect(program.send(10, 'MSG_OOB')).toBe(10);
    const { frame } = c.sends('PU. 1:11(10)');
    expect(frame.tcp?.urgentPointer).toBe(10);
    c.peer('. 1:1(0) ack 11');
    program.send(5);
    expect(c.sends('P. 11:16(5)').frame.tcp?.urgentPointer).toBe(0);
  });

  test('errors: EFAULT before the first octet, EPIPE, EISCONN for Fast Open', () => {
    const c = connected();
    const program = new Program(c);
    expect(errnoOf(() => program.sendBuffers(['invalid-pointer']))).toBe('EFAULT');
    expect(program.sendBuffers([stream(0, 7), 'invalid-pointer'])).toBe(7);
    c.sends('P. 1:8(7)');
    expect(program.sendBuffers([])).toBe(0);
    expect(errnoOf(() => program.send(1, 'MSG_FASTOPEN'))).toBe('EISCONN');
    c.peer('. 1:1(0) ack 8');
    c.socket?.shutdown('write', c.now);
    c.sends('F. 8:8(0)');
    expect(errnoOf(() => program.send(1))).toBe('EPIPE');
  });

  test('class and hop limit are in each packet, the listener’s SYN,ACK included', () => {
    const isVersion6 = familyOfTest().isVersion6;
    const tos = isVersion6 ? 'IPV6_TCLASS' : 'IP_TOS';
    const ttl = isVersion6 ? 'IPV6_UNICAST_HOPS' : 'IP_TTL';
    const c = listening({ socket: { [tos]: 0x13, [ttl]: 9 } });
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    c.sends('S. 0:0(0) ack 1 tos 16 ttl 9');
    c.peer('. 1:1(0) ack 1');
    c.accept();
    const program = new Program(c);
    expect([program.get(tos), program.get(ttl)]).toEqual([0x10, 9]); // ECN's bits are TCP's
    program.set(tos, 0x20);
    program.send(1);
    c.sends('P. 1:2(1) tos 32 ttl 9');
  });
});

describe('receiving', () => {
  test('MSG_PEEK leaves what it shows, MSG_TRUNC takes without showing', () => {
    const c = connected();
    const program = new Program(c);
    c.peer('P. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101');
    expect(program.receive(30, 'MSG_PEEK')?.bytes).toEqual(stream(0, 30));
    expect(program.receive(10)?.bytes).toEqual(stream(0, 10));
    expect(program.receive(20, 'MSG_TRUNC')).toMatchObject({ fullLength: 20 });
    expect(program.receive(200)?.bytes).toEqual(stream(30, 70));
    expect(program.receive(200)).toBeUndefined();
  });

  test('SO_RCVLOWAT: waits for so many, but not with MSG_DONTWAIT or at the end', () => {
    const c = connected();
    const program = new Program(c);
    program.set('SO_RCVLOWAT', 50);
    c.peer('P. 1:41(40) ack 1');
    c.sends('. 1:1(0) ack 41');
    expect(program.file.poll()).toBe(flags(WRITABLE));
    expect(program.count(100)).toBe(-1);
    expect(program.count(10)).toBe(10);
    expect(program.count(100, 'MSG_DONTWAIT')).toBe(30);
    c.peer('FP. 41:51(10) ack 1');
    c.laboratory.after(ms(100));
    c.laboratory.sent.length = 0;
    expect(program.count(100)).toBe(10);
    expect(program.count(100)).toBe(0);
  });

  test('TCP_INQ: how much is left comes with what is read, and a FIN counts as one', () => {
    const c = connected();
    const program = new Program(c);
    program.set('TCP_INQ', 1);
    c.peer('P. 1:101(100) ack 1');
    c.sends('. 1:1(0) ack 101');
    const left = (limit: number): unknown => program.receive(limit)?.control[0]?.data;
    expect(left(60)).toEqual({ kind: 'int', value: 40 });
    expect(program.file.ioctl('SIOCINQ')).toBe(40);
    expect(left(40)).toEqual({ kind: 'int', value: 0 });
    c.peer('FP. 101:111(10) ack 1');
    c.laboratory.after(ms(100));
    c.laboratory.sent.length = 0;
    expect(program.file.ioctl('SIOCINQ')).toBe(10);
    expect(left(10)).toEqual({ kind: 'int', value: 1 });
  });

  test('urgent data: reading stops before it, MSG_OOB fetches it, the next read skips it', () => {
    const c = connected();
    const program = new Program(c);
    expect(errnoOf(() => program.receive(1, 'MSG_OOB'))).toBe('EINVAL');
    c.peer('U. 1:101(100) ack 1 urg 51');
    c.sends('. 1:1(0) ack 101');
    expect(program.file.poll()).toBe(flags(`${READABLE}|${WRITABLE}|POLLPRI`));
    expect(program.file.ioctl('SIOCINQ')).toBe(50);
    expect(program.count(100)).toBe(50);
    expect(program.file.ioctl('SIOCATMARK')).toBe(1);
    expect(program.file.splice(10, c.now)).toHaveLength(0);
    expect(program.receive(1, 'MSG_OOB')).toMatchObject({
      bytes: stream(50, 1),
      flags: flags('MSG_OOB'),
    });
    expect(errnoOf(() => program.receive(1, 'MSG_OOB'))).toBe('EINVAL');
    expect(program.receive(100)?.bytes).toEqual(stream(51, 49));
  });

  test('urgent data as the last octet: nothing is left to read, and nothing has ended', () => {
    const c = connected();
    const program = new Program(c);
    c.peer('U. 1:101(100) ack 1 urg 100');
    c.sends('. 1:1(0) ack 101');
    expect(program.file.splice(99, c.now)).toHaveLength(99);
    expect(program.file.splice(1, c.now)).toHaveLength(0);
    expect(program.count(10)).toBe(-1);
    c.peer('P. 101:111(10) ack 1');
    expect(program.receive(100)?.bytes).toEqual(stream(100, 10));
    c.laboratory.sent.length = 0;
  });

  test('SO_OOBINLINE: the urgent octet is read among the others', () => {
    const c = connected();
    const program = new Program(c);
    program.set('SO_OOBINLINE', 1);
    c.peer('U. 1:11(10) ack 1 urg 5');
    c.sends('. 1:1(0) ack 11');
    expect(program.receive(100)?.bytes).toEqual(stream(0, 4));
    expect(program.receive(100)?.bytes).toEqual(stream(4, 6));
  });

  test.law(
    'a program that reads all it can gets the stream without its urgent octets',
    (families) => {
      fc.assert(
        fc.property(
          families,
          fc.array(
            fc.record({ length: fc.integer({ min: 1, max: 40 }), urgent: fc.nat({ max: 60 }) }),
            {
              minLength: 1,
              maxLength: 12,
            },
          ),
          (family, segments) => {
            const c = connected({ family });
            const program = new Program(c);
            let seq = 1;
            const read: number[] = [];
            const sent: number[] = [];
            const marks = new Set<number>();
            for (const { length, urgent } of segments) {
              const isUrgent = urgent > 0 && urgent <= length;
              if (isUrgent) marks.add(seq - 1 + urgent - 1);
              const urg = isUrgent ? ` urg ${urgent}` : '';
              c.peer(`${isUrgent ? 'U.' : '.'} ${seq}:${seq + length}(${length}) ack 1${urg}`);
              sent.push(...stream(seq - 1, length));
              seq += length;
              const received = program.receive(1000);
              if (received !== undefined) read.push(...received.bytes);
            }
            for (
              let more = program.receive(1000);
              more !== undefined;
              more = program.receive(1000)
            ) {
              expect(more.bytes.length).toBeGreaterThan(0);
              read.push(...more.bytes);
            }
            expect(read).toEqual(sent.filter((_octet, at) => !marks.has(at)));
            c.laboratory.sent.length = 0;
          },
        ),
        { numRuns: 100 },
      );
    },
  );
});

describe('the error queue', () => {
  const {
    ZEROCOPY,
    TIMESTAMPING,
    COPIED,
    ENTRY: notice,
  } = {
    ZEROCOPY: flags('SO_EE_ORIGIN_ZEROCOPY'),
    TIMESTAMPING: flags('SO_EE_ORIGIN_TIMESTAMPING'),
    COPIED: flags('SO_EE_CODE_ZEROCOPY_COPIED'),
    ENTRY: (received: Received | undefined): unknown => {
      const data = received?.control.at(-1)?.data;
      return data?.kind === 'extended-error' ? data.error : undefined;
    },
  };
  const copied = (from: number, to: number): unknown => ({
    errno: undefined,
    origin: ZEROCOPY,
    type: 0,
    code: COPIED,
    info: from,
    data: to,
  });

  test('MSG_ZEROCOPY: each send is told of when it is acknowledged, neighbours as one range', () => {
    const c = connected();
    const program = new Program(c);
    program.set('SO_ZEROCOPY', 1);
    const woken: number[] = [];
    program.file.onWake((events) => woken.push(events));
    program.send(100, 'MSG_ZEROCOPY');
    c.sends('P. 1:101(100)');
    expect(errnoOf(() => program.receive(0, 'MSG_ERRQUEUE'))).toBe('EAGAIN');
    c.peer('. 1:1(0) ack 101');
    expect(woken).toEqual([flags('POLLERR')]);
    expect(program.file.poll() & flags('POLLERR')).not.toBe(0);
    program.send(100, 'MSG_ZEROCOPY');
    c.sends('P. 101:201(100)');
    c.peer('. 1:1(0) ack 201');
    const received = program.receive(0, 'MSG_ERRQUEUE');
    expect(received?.flags).toBe(flags('MSG_ERRQUEUE'));
    expect(notice(received)).toEqual(copied(0, 1));
    expect(program.file.poll() & flags('POLLERR')).toBe(0);
    program.send(10, 'MSG_ZEROCOPY');
    c.sends('P. 201:211(10)');
    c.peer('. 1:1(0) ack 211');
    expect(notice(program.receive(0, 'MSG_ERRQUEUE'))).toEqual(copied(2, 2));
  });

  test('MSG_ZEROCOPY needs SO_ZEROCOPY, octets, and a connection', () => {
    const c = connected();
    const program = new Program(c);
    program.send(10, 'MSG_ZEROCOPY');
    c.sends('P. 1:11(10)');
    c.peer('. 1:1(0) ack 11');
    program.set('SO_ZEROCOPY', 1);
    expect(program.send([0, 0], 'MSG_ZEROCOPY')).toBe(0);
    const unconnected = new Program(c, c.host.tcpSocket());
    unconnected.set('SO_ZEROCOPY', 1);
    expect(errnoOf(() => unconnected.send(10, 'MSG_ZEROCOPY'))).toBe('EPIPE');
    program.send(10, 'MSG_ZEROCOPY');
    c.sends('P. 11:21(10)');
    c.peer('. 1:1(0) ack 21');
    expect(notice(program.receive(0, 'MSG_ERRQUEUE'))).toEqual(copied(0, 0));
  });

  test('MSG_ZEROCOPY: a segment refers to 17 pieces of memory', () => {
    const c = connected();
    const program = new Program(c);
    program.set('SO_ZEROCOPY', 1);
    expect(
      program.send(
        Array.from({ length: 18 }, () => 1),
        'MSG_ZEROCOPY',
      ),
    ).toBe(18);
    c.sends('P. 1:18(17)');
    c.peer('. 1:1(0) ack 18');
    c.sends('P. 18:19(1)');
    c.peer('. 1:1(0) ack 19');
    expect(notice(program.receive(0, 'MSG_ERRQUEUE'))).toEqual(copied(0, 0));
  });

  test('SO_TIMESTAMPING: when the last octet left and when it was acknowledged', () => {
    const c = connected({ syn: '<mss 1000>' });
    const program = new Program(c);
    const names = 'TX_SCHED|TX_SOFTWARE|TX_ACK|SOFTWARE|OPT_ID';
    const wanted = flags(names.replaceAll(/\w+/g, (name) => `SOF_TIMESTAMPING_${name}`));
    program.set('SO_TIMESTAMPING', wanted);
    expect(program.get('SO_TIMESTAMPING')).toBe(wanted);
    c.after(ms(10));
    program.send(1500);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:1501(500)');
    c.after(ms(10));
    c.peer('. 1:1(0) ack 1501');
    for (const [which, at] of [
      ['SCM_TSTAMP_SCHED', 10],
      ['SCM_TSTAMP_SND', 10],
      ['SCM_TSTAMP_ACK', 20],
    ] as const) {
      const received = program.receive(0, 'MSG_ERRQUEUE');
      expect(received?.flags).toBe(flags('MSG_ERRQUEUE|MSG_TRUNC'));
      expect(received?.control[0]).toEqual({
        level: 'SOL_SOCKET',
        type: 'SCM_TIMESTAMPING',
        data: { kind: 'timestamping', seconds: 0, nanoseconds: ms(at) },
      });
      expect(notice(received)).toEqual({
        errno: 'ENOMSG',
        origin: TIMESTAMPING,
        type: 0,
        code: 0,
        info: flags(which),
        data: 1499,
      });
    }
    expect(errnoOf(() => program.receive(0, 'MSG_ERRQUEUE'))).toBe('EAGAIN');
    const unconnected = new Program(c, c.host.tcpSocket());
    expect(errnoOf(() => unconnected.set('SO_TIMESTAMPING', wanted))).toBe('EINVAL');
  });
});

describe('options', () => {
  // prettier-ignore
  test.each([
    { option: 'SO_SNDBUF', value: 10_000, reads: 20_000 },
    { option: 'SO_SNDBUF', value: -1, reads: 2 * 4_194_304 },
    { option: 'SO_RCVBUF', value: 3000, reads: 6000 },
    { option: 'SO_REUSEADDR', value: 7, reads: 1 },
    { option: 'SO_ZEROCOPY', value: 2, error: 'EINVAL' },
    { option: 'SO_RCVLOWAT', value: 0, reads: 1 },
    { option: 'SO_RCVLOWAT', value: -5, reads: 0x7fff_ffff },
    { option: 'SO_SNDLOWAT', value: 1, error: 'ENOPROTOOPT' },
    { option: 'SO_PRIORITY', value: 7, error: 'EINVAL' },
    { option: 'SO_MARK', value: 666, reads: 666 },
    { option: 'SO_TIMESTAMPING', value: 0x4_0000, error: 'EINVAL' },
    { option: 'TCP_MAXSEG', value: 87, error: 'EINVAL' },
    { option: 'TCP_MAXSEG', value: 1100, reads: 1100 },
    { option: 'TCP_KEEPIDLE', value: 0, error: 'EINVAL' },
    { option: 'TCP_KEEPIDLE', value: 32_767, reads: 32_767 },
    { option: 'TCP_KEEPCNT', value: 128, error: 'EINVAL' },
    { option: 'TCP_SYNCNT', value: 0, error: 'EINVAL' },
    { option: 'TCP_SYNCNT', value: 127, reads: 127 },
    { option: 'TCP_LINGER2', value: -3, reads: -1 },
    { option: 'TCP_LINGER2', value: 121, reads: 60 },
    { option: 'TCP_INQ', value: 2, error: 'EINVAL' },
    { option: 'TCP_USER_TIMEOUT', value: -1, error: 'EINVAL' },
    { option: 'TCP_NOTSENT_LOWAT', value: 32_000, reads: 32_000 },
    { option: 'TCP_FASTOPEN', value: 5, reads: 5 },
    { option: 'TCP_FASTOPEN_CONNECT', value: 1, reads: 1 },
    { option: 'TCP_FASTOPEN_CONNECT', value: 2, error: 'EINVAL' },
    { option: 'TCP_INFO', value: 0, error: 'ENOPROTOOPT' },
    { option: 'TCP_NOOPT', value: 1, error: 'ENOPROTOOPT' },
    { option: 'IP_TTL', value: 0, error: 'EINVAL' },
    { option: 'IP_TTL', value: -1, reads: 64 },
    { option: 'IP_MTU_DISCOVER', value: 6, error: 'EINVAL' },
    { option: 'IP_FREEBIND', value: 1, reads: 1 },
    { option: 'IPV6_TCLASS', value: 1, error: 'ENOPROTOOPT' },
  ])('$option $value', ({ option, value, reads, error }) => {
    const { host } = new Laboratory();
    const file = new TcpSocketFile(host.tcpSocket());
    const set = (): void => file.setOption(levelOf(option), option, value, 4, 0);
    expect(errnoOf(set)).toBe(error);
    if (reads === undefined) return;
    expect(file.getOption(levelOf(option), option, 4, 0)).toEqual({ value: reads, length: 4 });
    expect(file.getOption(levelOf(option), option, 2, 0).length).toBe(2);
    const shortest = levelOf(option) === 'SOL_IP' ? 1 : 4; // of IP an octet is enough
    const tooShort = (): void =>
      file.setOption(levelOf(option), option, value, shortest - 1, 0);
    expect(errnoOf(tooShort)).toBe('EINVAL');
    expect(errnoOf(() => file.setOption('SOL_UDP', option, value, 4, 0))).toBe('ENOPROTOOPT');
  });

  test('structures: SO_LINGER, SO_RCVTIMEO with EDOM, TCP_CONGESTION, TCP_FASTOPEN_KEY', () => {
    const c = listening();
    const program = new Program(c, c.listener);
    program.set('SO_LINGER', { onoff: 1, linger: 3 }, 8);
    expect(program.get('SO_LINGER', 8)).toEqual({ onoff: 1, linger: 3 });
    expect(errnoOf(() => program.set('SO_LINGER', { onoff: 1, linger: 3 }, 4))).toBe('EINVAL');
    program.set('SO_RCVTIMEO', { tv_sec: 1, tv_usec: 500_000 }, 16);
    expect(program.file.receiveTimeout).toBe(ms(1500));
    expect(program.get('SO_RCVTIMEO', 16)).toEqual({ tv_sec: 1, tv_usec: 500_000 });
    const wrong = { tv_sec: 0, tv_usec: 1_000_000 };
    expect(errnoOf(() => program.set('SO_RCVTIMEO', wrong, 16))).toBe('EDOM');
    const reno = Uint8Array.from('reno', (letter) => letter.codePointAt(0) ?? 0);
    program.set('TCP_CONGESTION', reno, 4);
    expect(program.get('TCP_CONGESTION', 4)).toEqual(reno);
    expect(errnoOf(() => program.set('TCP_CONGESTION', Uint8Array.of(120), 1))).toBe('ENOENT');
    program.set('TCP_FASTOPEN_KEY', stream(0, 16), 16);
    expect(program.get('TCP_FASTOPEN_KEY', 32)).toEqual(stream(0, 16));
    expect(errnoOf(() => program.set('TCP_FASTOPEN_KEY', stream(0, 15), 15))).toBe('EINVAL');
  });

  test('what is set on a listener after listen() is inherited', () => {
    const c = listening();
    const parent = new Program(c, c.listener);
    parent.set('TCP_NODELAY', 1);
    parent.set('SO_LINGER', { onoff: 1, linger: 0 }, 8);
    c.handshake();
    c.accept();
    const child = new Program(c);
    expect(child.get('TCP_NODELAY')).toBe(1);
    child.send(1);
    child.send(1);
    c.sends('P. 1:2(1)');
    c.sends('P. 2:3(1)');
    child.file.close(c.now);
    c.sends('R. 3:3(0) ack 1');
  });

  test('IP_FREEBIND binds an address that the host has not', () => {
    const { host } = new Laboratory();
    const file = new TcpSocketFile(host.tcpSocket());
    const bind = (): void => file.bind({ address: 0x01020304, port: 80 });
    expect(errnoOf(bind)).toBe('EADDRNOTAVAIL');
    file.setOption('SOL_IP', 'IP_FREEBIND', 1, 4, 0);
    expect(errnoOf(bind)).toBeUndefined();
  });

  test('TCP_SYNCNT: SYNs again for as long as so many take that back off', () => {
    const c = connecting({ socket: { TCP_SYNCNT: 1 } });
    c.after(ms(60_000));
    expect(c.laboratory.sent.splice(0)).toHaveLength(3); // at 0, 1 and 2 s: over at 3 s
    expect(new Program(c).get('SO_ERROR')).toBe(constantOf('ETIMEDOUT'));
  });

  test('TCP_USER_TIMEOUT: gives up so long after the first timeout', () => {
    const c = connected();
    const program = new Program(c);
    program.set('TCP_USER_TIMEOUT', 3000);
    program.send(1);
    c.after(ms(3150));
    c.is('ESTABLISHED');
    c.after(ms(60));
    c.is('CLOSED');
    c.laboratory.sent.length = 0;
    expect(program.get('SO_ERROR')).toBe(constantOf('ETIMEDOUT'));
  });
});

describe('connecting', () => {
  const peerOf = ({ peerAddress }: Conversation) => ({
    address: peerAddress,
    port: 80,
  });

  test('begun, under way, connected once, EISCONN', () => {
    const c = connecting();
    const program = new Program(c);
    c.sends('S 0:0(0)');
    const connect = (): string => program.file.connect(peerOf(c), c.now);
    expect(errnoOf(connect)).toBeUndefined();
    expect(connect()).toBe('under-way');
    c.peer(`S 0:0(0) win 1000 ${PLAIN}`); // a simultaneous open
    c.sends('S. 0:0(0) ack 1');
    expect(connect()).toBe('under-way');
    c.peer('. 1:1(0) ack 1');
    expect(connect()).toBe('connected');
    expect(errnoOf(connect)).toBe('EISCONN');
  });

  test('a connection that failed may be tried again', () => {
    const c = connecting();
    const program = new Program(c);
    const connect = (): string => program.file.connect(peerOf(c), c.now);
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1');
    expect(errnoOf(connect)).toBe('ECONNREFUSED');
    expect(connect()).toBe('begun');
    c.sends('S 0:0(0)');
    c.peer('R. 0:0(0) ack 1');
    expect(program.get('SO_ERROR')).toBe(constantOf('ECONNREFUSED'));
    expect(errnoOf(connect)).toBe('ECONNABORTED');
    expect(connect()).toBe('begun');
    c.sends('S 0:0(0)');
  });

  test('AF_UNSPEC dissolves the connection by RST, and the socket may connect again', () => {
    const c = connectedActively();
    const program = new Program(c);
    expect(program.file.connect('unspecified', c.now)).toBe('connected');
    c.sends('R. 1:1(0) ack 1');
    // Whoever asks next is told of it, once (Linux tcp_disconnect() sets sk_err).
    expect(errnoOf(() => program.receive(1))).toBe('ECONNRESET');
    expect(errnoOf(() => program.receive(1))).toBe('ENOTCONN');
    expect(program.file.connect(peerOf(c), c.now)).toBe('begun');
    c.sends('S 0:0(0)');
  });

  test('listen: a negative backlog is the host’s most, and again it changes', () => {
    const c = listening({ backlog: -1 });
    expect(c.listener?.listener?.backlog).toBe(4096);
    c.listener?.listen(1, c.now);
    c.handshake();
    c.another({ peerPort: 40001 }).handshake();
    const late = c.another({ peerPort: 40002 });
    late.peer(`S 0:0(0) win 1000 ${PLAIN}`);
    late.sendsNothing();
    late.traced('backlog-full');
  });

  test('shutdown of a listener’s reading side ends it, of its writing side nothing', () => {
    const c = listening();
    c.listener?.shutdown('write', c.now);
    expect(c.listener?.state).toBe('LISTEN');
    c.listener?.shutdown('read', c.now);
    expect(c.listener?.state).toBe('CLOSED');
    expect(errnoOf(() => c.listener?.recv(1, c.now))).toBe('ENOTCONN');
  });
});

describe('TCP_INFO', () => {
  test('counts what went and came', () => {
    const c = connected({ syn: '<mss 1000>', window: 5000 });
    const program = new Program(c);
    program.send(1500);
    c.sends('. 1:1001(1000)');
    c.sends('P. 1001:1501(500)');
    c.after(ms(40));
    c.peer('P. 1:101(100) ack 1501');
    c.sends('. 1501:1501(0) ack 101');
    c.after(ms(5));
    expect(program.info()).toMatchObject({
      tcpi_state: constantOf('TCP_ESTABLISHED'),
      tcpi_options: 0,
      tcpi_snd_mss: 1000,
      tcpi_advmss: 1460,
      tcpi_pmtu: c.family.mtuFor(1460),
      tcpi_rtt: 5000, // the handshake's 0 ms, then 40
      tcpi_min_rtt: 0,
      tcpi_bytes_sent: 1500,
      tcpi_bytes_acked: 1500,
      tcpi_bytes_received: 100,
      tcpi_data_segs_out: 2,
      tcpi_data_segs_in: 1,
      tcpi_last_data_sent: 45,
      tcpi_last_data_recv: 5,
      tcpi_last_ack_recv: 5,
      tcpi_busy_time: 40_000,
      tcpi_rwnd_limited: 0,
      tcpi_notsent_bytes: 0,
      tcpi_snd_wnd: 5000,
      tcpi_total_retrans: 0,
      tcpi_ca_state: constantOf('TCP_CA_Open'),
      tcpi_snd_cwnd: 10,
      tcpi_unacked: 0,
      tcpi_delivered: 3,
    });
  });

  test('the time that the peer’s window held data back', () => {
    const c = connected({ window: 0 });
    const program = new Program(c);
    program.send(1000);
    c.after(ms(100));
    expect(program.info()).toMatchObject({ tcpi_rwnd_limited: 100_000, tcpi_busy_time: 100_000 });
    c.peer('. 1:1(0) ack 1 win 2000');
    c.sends('P. 1:1001(1000)');
    c.after(ms(30));
    c.peer('. 1:1(0) ack 1001');
    c.after(ms(30));
    expect(program.info()).toMatchObject({ tcpi_rwnd_limited: 100_000, tcpi_busy_time: 130_000 });
  });

  test('a listener tells how many wait, and SO_MEMINFO how long buffers are', () => {
    const c = listening({ backlog: 7 });
    c.handshake();
    const program = new Program(c, c.listener);
    expect(program.info()).toMatchObject({
      tcpi_state: constantOf('TCP_LISTEN'),
      tcpi_unacked: 1,
      tcpi_sacked: 7,
      tcpi_reordering: 3,
      tcpi_snd_cwnd: 10,
      tcpi_pacing_rate: 2 ** 64,
      tcpi_max_pacing_rate: 2 ** 64,
    });
    program.set('SO_RCVBUF', 3000);
    expect(program.get('SO_MEMINFO', 36)).toMatchObject({ SK_MEMINFO_RCVBUF: 6000 });
  });
});
