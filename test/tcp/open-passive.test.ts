/** Passive open: from LISTEN over SYN-RECEIVED to ESTABLISHED. */
import { describe, expect } from 'vitest';
import { type HostProfile, linux6, ms, seconds } from '../../src/stack/index.ts';
import { type FrameFields, type IpAddress, parseIp } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { INITIAL_NUMBERS } from '../help/notation.ts';
import {
  connected,
  type Conversation,
  errnoOf,
  FULL,
  HOST_MAC,
  listening,
  PEER_MAC,
} from '../help/peer.ts';

describe.each(INITIAL_NUMBERS)('initial numbers %d', (initial) => {
  test('RFC 9293 §3.5: a SYN draws a SYN,ACK, and its ACK opens the connection', () => {
    const c = listening({ hostInitial: initial, peerInitial: initial });
    c.peer('S 0:0(0) win 1000 <mss 1000>');
    c.sends('S. 0:0(0) ack 1 win 64240 <mss 1460> id 0', 'syn-ack');
    c.is('SYN-RECEIVED');
    expect(c.listener?.accept()).toBeUndefined();
    c.peer('. 1:1(0) ack 1');
    c.sendsNothing();
    c.is('ESTABLISHED');
    c.traced('our-syn-acked');
    c.accept();
  });

  test('RFC 9293 §3.10.7.4: data may come with the ACK of our SYN', () => {
    const c = listening({ hostInitial: initial, peerInitial: initial });
    c.peer('S 0:0(0) win 1000 <mss 1000>');
    c.sends('S. 0:0(0) ack 1');
    c.peer('P. 1:6(5) ack 1');
    c.sends('. 1:1(0) ack 6', 'quick-ack');
    c.accept();
    expect(c.read()).toBe(5);
  });
});

test('RFC 6298 §5.5: the SYN,ACK is repeated after 1, 2, 4, 8 and 16 s and then forgotten', () => {
  const c = listening();
  c.peer('S 0:0(0) win 1000 <mss 1000>');
  c.sends('S. 0:0(0) ack 1');
  for (const wait of [1, 2, 4, 8, 16]) {
    c.sendsAfter(seconds(wait), 'S. 0:0(0) ack 1 win 64240 <mss 1460> id 0', 'syn-ack-timeout');
  }
  c.after(seconds(32));
  c.sendsNothing();
  c.is('CLOSED');
  expect(c.host.tcp.connectionCount).toBe(0);
  expect(c.listener?.accept()).toBeUndefined();
});

test('RFC 9293 §3.10.7.4 first: a repeated SYN draws the SYN,ACK again', () => {
  const c = listening();
  c.peer(`S 0:0(0) win 1000 ${FULL}`);
  c.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 100,nop,wscale 7>');
  c.after(ms(500));
  c.peer('S 0:0(0) win 1000 <mss 1460,sackOK,TS val 600 ecr 0,nop,wscale 7>');
  c.sends('S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 100,nop,wscale 7> id 0', 'syn-again');
  c.is('SYN-RECEIVED');
});

test('LINUX: the identification counts from the first segment after the SYN,ACK', () => {
  const c = connected();
  c.write(5);
  c.sends('P. 1:6(5) ack 1 id 1000');
  c.write(5);
  c.peer('. 1:1(0) ack 6');
  c.sends('P. 6:11(5) ack 1 id 1001');
});

test('LINUX §1.3: an ACK sent in SYN-RECEIVED has identification 0', () => {
  const c = listening();
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0) ack 1 id 0');
  c.peer('. 70000:70000(0) ack 1');
  c.sends('. 1:1(0) ack 1 id 0', 'outside-window');
  c.is('SYN-RECEIVED');
});

test('RFC 6298 §3: a SYN,ACK that was sent twice is not timed', () => {
  const c = listening();
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0)');
  c.after(ms(500));
  c.peer('S 0:0(0) win 1000');
  c.sends('S. 0:0(0)');
  c.after(ms(10));
  c.peer('. 1:1(0) ack 1');
  expect(c.tcb?.rtt.srtt).toBe(-1);
});

const abortingOnOverflow: HostProfile = {
  ...linux6,
  tcp: { ...linux6.tcp, listen: { ...linux6.tcp.listen, abortOnOverflow: 1 } },
};

describe('LINUX §11: listen(n) keeps n + 1 connections', () => {
  test('a SYN that finds them waiting is dropped, and comes again', () => {
    const c = listening({ backlog: 1 });
    c.handshake();
    c.another({ peerPort: 40001 }).handshake();
    const third = c.another({ peerPort: 40002 });
    third.peer('S 0:0(0) win 1000');
    third.sendsNothing();
    third.traced('backlog-full');
    c.accept();
    third.handshake();
  });

  test('an ACK that finds them waiting is ignored, and the SYN,ACK repeated', () => {
    const c = listening({ backlog: 2 });
    const second = c.another({ peerPort: 40001 });
    second.peer('S 0:0(0) win 1000');
    second.sends('S. 0:0(0) ack 1');
    c.handshake();
    for (const peerPort of [40002, 40003]) c.another({ peerPort }).handshake();
    second.peer('. 1:1(0) ack 1');
    second.traced('accept-queue-full');
    second.sendsAfter(seconds(1), 'S. 0:0(0) ack 1', 'syn-ack-timeout');
    c.accept();
    second.peer('. 1:1(0) ack 1');
    second.is('ESTABLISHED');
  });

  test('tcp_abort_on_overflow: such an ACK is answered by a RST, and the client knows', () => {
    const c = listening({ backlog: 2, profile: abortingOnOverflow });
    const second = c.another({ peerPort: 40001 });
    second.peer('S 0:0(0) win 1000');
    second.sends('S. 0:0(0) ack 1');
    c.handshake();
    for (const peerPort of [40002, 40003]) c.another({ peerPort }).handshake();
    second.peer('. 1:1(0) ack 1');
    second.sends('R 1:1(0) win 0', 'accept-queue-full');
    second.is('CLOSED');
    expect(c.host.counters.TcpExtListenOverflows).toBe(1);
    c.accept();
    second.peer('S 0:0(0) win 1000'); // it may try again, where there is room
    second.sends('S. 0:0(0) ack 1');
  });

  test('connections are accepted in the order in which they were established', () => {
    const c = listening();
    const ports = [40005, 40001, 40003];
    for (const peerPort of ports) c.another({ peerPort }).handshake();
    expect(ports.map(() => c.listener?.accept()?.tcb?.remotePort)).toEqual(ports);
    expect(c.listener?.accept()).toBeUndefined();
  });

  test('one that is reset while it waits is accepted, and reports that', () => {
    const c = listening().handshake();
    c.peer('R 1:1(0)');
    c.accept();
    expect(errnoOf(() => c.read())).toBe('ECONNRESET');
  });
});

test('RFC 9293 §3.10.1: a listener bound to the address comes before one bound to any', () => {
  const c = listening();
  const bound = c.newSocket();
  bound.setOption('SO_REUSEADDR', 1, 0);
  bound.bind(c.hostAddress, 81);
  bound.listen(5, 0);
  const d = c.another({ hostPort: 81 }).handshake();
  expect(bound.accept()?.tcb).toBe(d.tcb);
  expect(c.listener?.accept()).toBeUndefined();
});

test('RFC 9293 §3.9.2.3, MUST-57, MUST-63: a SYN to many hosts, or from them, is dropped', () => {
  const c = listening();
  const isVersion6 = c.family.isVersion6;
  for (const many of isVersion6 ? ['ff02::1'] : ['10.0.0.255', '255.255.255.255']) {
    c.peer('S 0:0(0) win 1000', c.family.header(c.peerAddress, parseIp(many)));
    c.sendsNothing();
    c.traced('tcp-broadcast');
  }
  const fromMany = parseIp(isVersion6 ? 'ff02::1' : '255.255.255.255');
  c.peer('S 0:0(0) win 1000', c.family.header(fromMany, c.hostAddress));
  c.traced(isVersion6 ? 'ipv6-address' : 'ip-source');
  c.sendsNothing();
});

test('RFC 1122 §4.2.3.10: a SYN in a frame for many stations is dropped', () => {
  const c = listening();
  const inFrameTo = (destination: number): Partial<FrameFields> => ({
    ethernet: { source: PEER_MAC, destination },
  });
  for (const many of [0xffff_ffff_ffff, 0x3333_0000_0001, HOST_MAC + 2 ** 40]) {
    c.peer('S 0:0(0) win 1000', inFrameTo(many));
    c.sendsNothing();
    c.traced(c.family.isVersion6 ? 'tcp-link-group' : 'ip-link-broadcast');
  }
  c.peer('S 0:0(0) win 1000', inFrameTo(HOST_MAC));
  c.sends('S. 0:0(0) ack 1');
});

describe('bind and its errors', () => {
  const bindError = (c: Conversation, address: IpAddress, port: number, reuse = 0): unknown =>
    errnoOf(() => {
      const socket = c.newSocket();
      socket.setOption('SO_REUSEADDR', reuse, 0);
      socket.bind(address, port);
    });

  test('EADDRNOTAVAIL for an address that is not the host’s', () => {
    const c = listening();
    expect(bindError(c, c.peerAddress, 1000)).toBe('EADDRNOTAVAIL');
    expect(bindError(c, c.hostAddress, 1000)).toBeUndefined();
    expect(bindError(c, c.family.loopback, 1001)).toBeUndefined();
  });

  test('EADDRINUSE for a port that another socket has, at this address or any', () => {
    const c = listening();
    expect(bindError(c, c.family.any, 80)).toBe('EADDRINUSE');
    expect(bindError(c, c.hostAddress, 80)).toBe('EADDRINUSE');
    expect(bindError(c, c.hostAddress, 80, 1)).toBe('EADDRINUSE'); // the other listens
    expect(bindError(c, c.hostAddress, 90)).toBeUndefined();
    expect(bindError(c, c.family.loopback, 90)).toBeUndefined(); // two addresses do not clash
    expect(bindError(c, c.family.any, 90)).toBe('EADDRINUSE');
    expect(bindError(c, c.family.any, 91, 1)).toBeUndefined();
    expect(bindError(c, c.family.any, 91, 1)).toBeUndefined(); // neither listens, both allow it
  });

  test('EINVAL for a socket that is bound, EADDRINUSE for a second listener', () => {
    const c = listening();
    expect(errnoOf(() => c.listener?.bind(c.family.any, 81))).toBe('EINVAL');
    const [one, two] = [c.newSocket(), c.newSocket()];
    for (const socket of [one, two]) {
      socket.setOption('SO_REUSEADDR', 1, 0);
      socket.bind(c.family.any, 82);
    }
    one.listen(1, 0);
    expect(errnoOf(() => two.listen(1, 0))).toBe('EADDRINUSE');
  });

  test('LINUX §9.6: a port in TIME-WAIT needs SO_REUSEADDR on the old socket and on the new', () => {
    for (const [before, after, error] of [
      [0, 0, 'EADDRINUSE'],
      [0, 1, 'EADDRINUSE'],
      [1, 0, 'EADDRINUSE'],
      [1, 1, undefined],
    ] as const) {
      const c = connected({ socket: { SO_REUSEADDR: before } });
      c.close();
      c.sends('F. 1:1(0)');
      c.peer('F. 1:1(0) ack 2');
      c.sends('. 2:2(0) ack 2');
      c.is('TIME-WAIT');
      c.listener?.close(c.now);
      expect(bindError(c, c.family.any, 80, after), `${before} and ${after}`).toBe(error);
      c.after(seconds(60));
      if (error !== undefined) expect(bindError(c, c.family.any, 80), 'afterwards').toBeUndefined();
    }
  });

  test('LINUX §2.8: port 0 is an odd one of the range, and connect takes even ones', () => {
    const c = listening();
    const ports = [1, 2, 3].map(() => {
      const socket = c.newSocket();
      socket.bind(c.family.any, 0);
      return socket.localPort;
    });
    expect(ports).toEqual([32769, 32771, 32773]);
    const clients = [1, 2].map(() => {
      const socket = c.newSocket();
      socket.connect(c.peerAddress, 80, 0);
      return socket.localPort;
    });
    expect(clients).toEqual([32768, 32770]);
    c.after(0);
    c.laboratory.sent.length = 0;
  });

  test('EADDRNOTAVAIL when every ephemeral port is taken, EADDRINUSE for bind', () => {
    const profile = { ...linux6, ephemeralPorts: [100, 103] as const };
    const c = listening({ profile });
    const ports = [0, 1, 2, 3].map(() => {
      const socket = c.newSocket();
      socket.bind(c.family.any, 0);
      return socket.localPort;
    });
    expect(ports).toEqual([101, 103, 102, 100]);
    expect(bindError(c, c.family.any, 0)).toBe('EADDRINUSE');
    expect(errnoOf(() => c.newSocket().connect(c.peerAddress, 80, 0))).toBe('EADDRNOTAVAIL');
  });

  test('a connection that exists already is not available', () => {
    const c = connected();
    const socket = c.newSocket();
    socket.setOption('SO_REUSEADDR', 1, 0);
    c.listener?.close(0);
    const error = errnoOf(() => {
      socket.bind(c.family.any, 80);
      socket.connect(c.peerAddress, c.peerPort, 0);
    });
    expect(error).toMatch(/EADDRINUSE|EADDRNOTAVAIL/);
  });
});

test('a SYN from where no route leads is dropped with a cause', () => {
  const c = listening();
  const afar = parseIp(c.family.isVersion6 ? '2001:4860::8' : '8.8.8.8');
  c.peer('S 0:0(0)', c.family.header(afar, c.hostAddress));
  c.sendsNothing();
  c.traced('no-route');
});
