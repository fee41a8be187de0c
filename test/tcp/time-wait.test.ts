/** What waits alone, in TIME-WAIT and in FIN-WAIT-2: how long, and that nothing is left of it. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { type Instant, ms, NEVER, seconds, type TcpState } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { type Conversation, listening } from '../help/peer.ts';

/** A sign of life from the peer of one of the connections, or the beginning of another one. */
interface Step {
  readonly pause: number;
  readonly which: number;
  readonly sign: 'open' | 'fin' | 'acknowledgment' | 'old octets' | 'reset';
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    pause: fc.nat({ max: 20_000 }),
    which: fc.nat({ max: 9 }),
    sign: fc.constantFrom('open', 'open', 'fin', 'fin', 'acknowledgment', 'old octets', 'reset'),
  }),
  { minLength: 10, maxLength: 50 },
);

/** A connection as it should be. */
class Model {
  readonly conversation: Conversation;
  readonly #seen: Map<string, number>;
  #state: TcpState = 'FIN-WAIT-2';
  #deadline: Instant;

  constructor(conversation: Conversation, finWait2: number, seen: Map<string, number>) {
    this.conversation = conversation;
    this.#deadline = conversation.now + finWait2;
    this.#seen = seen;
  }

  stateAt(now: Instant): TcpState {
    if (this.#state !== 'CLOSED' && this.#deadline <= now) this.#enter('CLOSED', 'over');
    return this.#state;
  }

  receive(sign: Step['sign'], now: Instant): void {
    const state = this.stateAt(now);
    if (state === 'CLOSED') return;
    if (sign === 'reset') this.#enter('CLOSED', sign);
    else if (sign === 'fin') this.#enter('TIME-WAIT', sign);
    else if (state === 'FIN-WAIT-2') return;
    if (this.#state === 'TIME-WAIT') this.#deadline = now + seconds(60);
  }

  #enter(state: TcpState, why: string): void {
    const move = `${this.#state} → ${state}: ${why}`;
    this.#seen.set(move, (this.#seen.get(move) ?? 0) + 1);
    this.#state = state;
  }
}

/** The peer's segment, whose FIN has number 1. */
function segmentOf(sign: Step['sign'], state: TcpState): string {
  const next = state === 'TIME-WAIT' ? 2 : 1;
  switch (sign) {
    case 'fin':
      return 'F. 1:1(0) ack 2';
    case 'old octets':
      return 'P. 0:1(1) ack 2';
    case 'reset':
      return `R ${next}:${next}(0)`;
    default:
      return `. ${next}:${next}(0) ack 2`;
  }
}

/** A connection that the program has closed, in FIN-WAIT-2. */
function closed(conversation: Conversation): Conversation {
  conversation.handshake();
  conversation.accept();
  conversation.close();
  conversation.sends('F. 1:1(0) ack 1');
  conversation.peer('. 1:1(0) ack 2');
  return conversation;
}

test.law('each waits from the last sign of its peer on, however many they are', (families) => {
  const seen = new Map<string, number>();
  const lingers = fc.integer({ min: 1, max: 100 });
  const property = fc.property(families, steps, lingers, (family, list, linger) => {
    const first = listening({ family, socket: { TCP_LINGER2: linger } });
    const { tcp } = first.host;
    const models: Model[] = [];
    for (const { pause, which, sign } of list) {
      first.after(ms(pause));
      const model = models[which % Math.max(1, models.length)];
      if (sign === 'open' || model === undefined) {
        const another = closed(first.another({ peerPort: 41_000 + models.length }));
        models.push(new Model(another, seconds(linger), seen));
      } else {
        model.conversation.peer(segmentOf(sign, model.stateAt(first.now)));
        model.receive(sign, first.now);
      }
      first.after(0);
      first.laboratory.sent.length = 0;
      for (const one of models) one.conversation.is(one.stateAt(first.now));
    }
    expect(tcp.orphans).toBe(0);
    first.after(seconds(101));
    expect(tcp.connectionCount).toBe(0);
    expect(tcp.connectionsOnPort(80)).toBe(0);
    expect(first.host.deadline).toBe(NEVER);
  });
  fc.assert(property, { numRuns: 60 });
  for (const move of [
    'FIN-WAIT-2 → TIME-WAIT: fin',
    'FIN-WAIT-2 → CLOSED: over',
    'FIN-WAIT-2 → CLOSED: reset',
    'TIME-WAIT → TIME-WAIT: fin',
    'TIME-WAIT → CLOSED: over',
    'TIME-WAIT → CLOSED: reset',
  ]) {
    expect(seen.get(move) ?? 0, move).toBeGreaterThan(2);
  }
});

test('a FIN that comes early in a long FIN-WAIT-2 makes the wait shorter', () => {
  const conversation = closed(listening({ socket: { TCP_LINGER2: 100 } }));
  const { tcp } = conversation.host;
  conversation.after(seconds(1));
  conversation.peer('F. 1:1(0) ack 2');
  conversation.after(seconds(60) - 1);
  conversation.laboratory.sent.length = 0;
  expect(tcp.connectionCount).toBe(1);
  conversation.after(1);
  expect(tcp.connectionCount).toBe(0);
});
