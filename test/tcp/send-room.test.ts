/** What `room` promises a program that asks before it writes, and what `send` then takes. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { PROFILES, type TcpSocket } from '../../src/stack/index.ts';
import { seqDiff } from '../../src/wire/index.ts';
import type { FamilyName } from '../help/families.ts';
import { test } from '../help/family-test.ts';
import { connected, type Conversation, FULL } from '../help/peer.ts';

const profiles = fc.constantFrom(...PROFILES.keys());
const buffers = fc.integer({ min: 10_000, max: 300_000 });
const windows = fc.integer({ min: 2000, max: 65_535 });

/** A connection with a send buffer and a peer's window of these sizes, and its program's socket. */
function writer(
  family: FamilyName,
  name: string,
  sendBuffer: number,
  window: number,
  inBursts: boolean,
): { readonly c: Conversation; readonly socket: TcpSocket } {
  const profile = PROFILES.get(name)!;
  const c = connected({ family, profile, syn: FULL, window, socket: { SO_SNDBUF: sendBuffer } });
  if (inBursts) c.host.settings.tcp.bursts = profile.tcp.bursts;
  if (c.socket === undefined) throw new Error('not accepted');
  return { c, socket: c.socket };
}

/** The peer takes in everything that was sent. */
function acknowledge(c: Conversation): void {
  c.after(0);
  c.laboratory.sent.length = 0;
  const { snd } = c.tcb!;
  c.peer(`. 1:1(0) ack ${seqDiff(snd.nxt, snd.iss)}`);
}

describe('room', () => {
  test.law('is never more than send takes', (families) => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.constant('ack')), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        families,
        profiles,
        buffers,
        windows,
        fc.boolean(),
        steps,
        (family, profile, buffer, window, inBursts, all) => {
          const { c, socket } = writer(family, profile, buffer, window, inBursts);
          for (const step of all) {
            if (step === 'ack') acknowledge(c);
            const { room } = socket;
            const length = typeof step === 'number' ? step : room + 1;
            expect(c.write(length)).toBeGreaterThanOrEqual(Math.min(length, room));
          }
          c.laboratory.sent.length = 0;
        },
      ),
      { numRuns: 40 },
    );
  });

  test.law('of an empty buffer is not one packet, but a good part of the buffer', (families) => {
    fc.assert(
      fc.property(
        families,
        profiles,
        buffers,
        windows,
        fc.boolean(),
        (family, profile, buffer, window, inBursts) => {
          const { c, socket } = writer(family, profile, buffer, window, inBursts);
          expect(socket.room).toBeGreaterThan(c.tcb!.sendSpace / 4);
        },
      ),
      { numRuns: 40 },
    );
  });

  test.law('lets a writer who waits for it come to his end', (families) => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        families,
        profiles,
        buffers,
        windows,
        share,
        (family, profile, buffer, window, part) => {
          const { c, socket } = writer(family, profile, buffer, window, false);
          const size = Math.max(1, Math.floor(part * socket.room));
          let left = 10;
          const write = (): void => {
            for (; left > 0 && socket.room >= size; left--) expect(c.write(size)).toBe(size);
          };
          socket.onReady = write;
          write();
          for (let round = 0; round < 40; round++) acknowledge(c);
          expect(left, `of ten writes of ${size} are left`).toBe(0);
          c.after(0);
          c.laboratory.sent.length = 0;
        },
      ),
      { numRuns: 40 },
    );
  });
});
