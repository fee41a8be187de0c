/** TCP sockets as a process has them open: sending, message flags, and what poll says. */
import { describe, expect } from 'vitest';
import { constantOf, ms, TcpSocketFile } from '../../src/stack/index.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { stream } from '../help/notation.ts';
import { connected, connecting, errnoOf, Laboratory, listening, PLAIN } from '../help/peer.ts';
import { flags, Program, READABLE, WRITABLE } from './socket-file.ts';

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
