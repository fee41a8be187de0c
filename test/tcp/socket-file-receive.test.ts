/** TCP sockets as a process has them open: receiving, and urgent data. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ms } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { stream } from '../help/notation.ts';
import { connected, errnoOf } from '../help/peer.ts';
import { flags, Program, READABLE, WRITABLE } from './socket-file.ts';

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
