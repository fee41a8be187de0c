/**
 * The bound of a receive buffer: whatever arrives in whatever order, what waits takes no more memory
 * than SO_RCVBUF or tcp_rmem say and two packets more, and what is read is the stream all the same.
 */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type HostProfile, linux6, ms, rfc } from '../../src/stack/index.ts';
import { memoryInUse } from '../../src/stack/tcp/receive/receive-memory.ts';
import { COPIED_PACKETS } from '../../src/stack/interfaces/packet-buffers.ts';
import { test } from '../help/family-test.ts';
import { connected, type Conversation } from '../help/peer.ts';
import { check } from './world-options.ts';

/** A connection whose peer can send what it likes; nothing that the host sends is looked at. */
function receiver(options: Parameters<typeof connected>[0]): Conversation {
  return connected({ profile: linux6, ...options });
}

function settle(c: Conversation): void {
  c.after(0);
  c.laboratory.sent.length = 0;
}

function inUse({ tcb }: Conversation): number {
  if (tcb === undefined) throw new Error('the connection is gone');
  return memoryInUse(tcb);
}

function boundOf({ tcb }: Conversation): number {
  if (tcb === undefined) throw new Error('the connection is gone');
  return tcb.rcv.memory;
}

/** What the host's last acknowledgment expects next, and the window that it offers. */
function expected({ tcb, host }: Conversation): { next: number; window: number } {
  if (tcb === undefined) throw new Error('the connection is gone');
  expect(host.counters.TcpEstabResets).toBe(0);
  const { rcv } = tcb;
  const next = tcb.counts.octetsReceived + 1;
  return { next, window: rcv.wnd };
}

const SYN = '<mss 1460,sackOK,nop,nop,nop,wscale 7>';

describe('memory is bounded', () => {
  interface Arrival {
    /** Where it begins: so far behind what is expected, as a share of the window. */
    readonly ahead: number;
    readonly length: number;
    readonly reads: number;
  }
  const arrival: fc.Arbitrary<Arrival> = fc.record({
    ahead: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 }), fc.constant(1460)),
    reads: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(5000) },
    ),
  });
  const seen = { prunes: 0, aheadDrops: 0, collapses: 0, pruned: 0 };

  test.law('by SO_RCVBUF or by tcp_rmem, and no octet is another', (families) => {
    const rounds = fc.array(fc.tuple(arrival, fc.integer({ min: 1, max: 40 })), {
      maxLength: 16,
      size: 'max',
    });
    fc.assert(
      fc.property(
        families,
        rounds,
        fc.constantFrom(0, 1200, 4000),
        fc.boolean(),
        (family, arrivals, chosen, sacks) => {
          const syn = sacks ? SYN : '<mss 1460,nop,wscale 7>';
          const profile: HostProfile = {
            ...linux6,
            tcp: { ...linux6.tcp, receiveBuffer: { minimum: 1, default: 8000, maximum: 16_000 } },
          };
          const socket = chosen === 0 ? {} : { SO_RCVBUF: chosen };
          const c = receiver({ family, profile, syn, socket });
          const most = chosen === 0 ? 16_000 : 2 * chosen;
          for (const [{ ahead, length, reads }, times] of arrivals) {
            for (let i = 0; i < times; i++) {
              const { next, window } = expected(c);
              const from = next + Math.floor(ahead * window) + (ahead > 0 ? 3 * i : 0);
              c.peer(`. ${from}:${from + length}(${length}) ack 1`);
              check(boundOf(c) <= most, 'the buffer is no longer than it may be');
              check(inUse(c) <= most + 2 * COPIED_PACKETS.memoryOf(40, 1460), 'memory is bounded');
            }
            if (reads > 0) c.read(reads);
            settle(c);
          }
          while (c.read() > 0);
          settle(c);
          if (c.tcb?.receiveBuffer.hasGap === false) expect(inUse(c)).toBe(0);
          const { counters } = c.host;
          seen.prunes += counters.TcpExtPruneCalled;
          seen.aheadDrops += counters.TcpExtTCPOFODrop;
          seen.collapses += counters.TcpExtTCPRcvCollapsed;
          seen.pruned += counters.TcpExtOfoPruned;
        },
      ),
      { numRuns: 30, seed: 20261121 },
    );
    for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(5);
  });
});

test.once('law: a system that counts octets holds a segment more than its bound at most', () => {
  let full = 0;
  fc.assert(
    fc.property(
      fc.array(fc.record({ length: fc.integer({ min: 1, max: 1460 }), reads: fc.nat(3) }), {
        minLength: 100,
        maxLength: 300,
        size: 'max',
      }),
      (arrivals) => {
        const c = receiver({ profile: rfc, syn: SYN });
        for (const { length, reads } of arrivals) {
          const { next, window } = expected(c);
          const octets = Math.min(length, window);
          if (octets > 0) c.peer(`. ${next}:${next + octets}(${octets}) ack 1`);
          if (inUse(c) > boundOf(c) - 1460) full += 1;
          settle(c);
          check(inUse(c) <= boundOf(c) + 1460, 'memory is bounded');
          if (reads === 0) c.read(1);
          settle(c);
        }
      },
    ),
    { numRuns: 20, seed: 20261122 },
  );
  expect(full).toBeGreaterThan(20);
});

test('what comes in order has precedence: what waits ahead of it goes', () => {
  const c = receiver({ socket: { SO_RCVBUF: 2304 }, syn: SYN });
  for (let i = 0; i < 12; i++) c.peer(`. ${101 + 150 * i}:${102 + 150 * i}(1) ack 1`);
  settle(c);
  expect(c.host.counters.TcpExtTCPOFODrop).toBeGreaterThan(0);
  c.peer('. 1:101(100) ack 1');
  c.after(ms(0));
  settle(c);
  expect(c.host.counters.TcpExtOfoPruned).toBe(1);
  expect(c.read()).toBeGreaterThanOrEqual(100);
  settle(c);
});

test.once('SO_RCVBUF tells of the buffer as it has grown, until the program sets it', () => {
  const c = receiver({ syn: SYN });
  const buffer = (): number => c.socket?.getOption('SO_RCVBUF') ?? 0;
  expect(buffer()).toBe(131_072);
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 20 && expected(c).window >= 1460; i++) {
      const { next } = expected(c);
      c.peer(`. ${next}:${next + 1460}(1460) ack 1`);
      settle(c);
    }
    c.after(ms(10));
    c.read();
    settle(c);
  }
  expect(buffer()).toBeGreaterThan(131_072);
  expect(buffer()).toBe(boundOf(c));
  c.socket?.setOption('SO_RCVBUF', 50_000, c.now);
  expect(buffer()).toBe(100_000);
});
