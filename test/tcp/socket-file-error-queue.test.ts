/** The error queue of a TCP socket: zero-copy and time stamps (Linux MSG_ERRQUEUE). */
import { describe, expect } from 'vitest';
import { ms, type Received } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { connected, errnoOf } from '../help/peer.ts';
import { flags, Program } from './socket-file.ts';

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
