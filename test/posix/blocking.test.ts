/** A blocking call returns when, and what, a call that does not wait would return first. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallResult, ms, type SystemCall, type Written } from '../../src/stack/index.ts';
import { accept, connected, type Machine, setOption } from './machine.ts';
import { C, control, poll, read, wait, write } from './program.ts';

/** What the peer can do; numbers are of octets. */
type Move =
  | { readonly kind: 'data' | 'acknowledge'; readonly count: number }
  | { readonly kind: 'fin' | 'reset' | 'urgent' | 'another' | 'nothing' };

/** The peer of one connection, as it makes its moves in order. */
class Peer {
  readonly #machine: Machine;
  #sent = 1;
  #acknowledged = 1;
  #isOver = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  make(move: Move): void {
    const machine = this.#machine;
    machine.after(ms(1));
    machine.ignoreSent();
    if (this.#isOver && move.kind !== 'nothing' && move.kind !== 'another') return;
    const tail = `ack ${this.#acknowledged} win 65535`;
    switch (move.kind) {
      case 'data':
        machine.receives(`. ${this.#sent}:${this.#sent + move.count}(${move.count}) ${tail}`);
        this.#sent += move.count;
        break;
      case 'urgent':
        machine.receives(`U. ${this.#sent}:${this.#sent + 5}(5) ${tail} urg 3`);
        this.#sent += 5;
        break;
      case 'acknowledge':
        this.#acknowledged = Math.min(this.#acknowledged + move.count, this.#highest());
        machine.receives(`. ${this.#sent}:${this.#sent}(0) ack ${this.#acknowledged} win 65535`);
        break;
      case 'fin':
        machine.receives(`F. ${this.#sent}:${this.#sent}(0) ${tail}`);
        this.#isOver = true;
        break;
      case 'reset':
        machine.receives(`R ${this.#sent}:${this.#sent}(0)`);
        this.#isOver = true;
        break;
      case 'another':
        machine.peer.another({ peerPort: 50_000 }).handshake();
        machine.process.wake(machine.now);
        break;
      case 'nothing':
        break;
    }
    machine.ignoreSent();
  }

  /** What the host has sent so far. */
  #highest(): number {
    const { tcb } = this.#machine.peer;
    return tcb === undefined ? this.#acknowledged : this.#acknowledged + tcb.sendBuffer.length;
  }
}

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('data' as const, 'acknowledge' as const),
    count: fc.integer({ min: 1, max: 1460 }),
  }),
  fc.record({ kind: fc.constantFrom('nothing' as const, 'urgent' as const) }),
  fc.record({ kind: fc.constantFrom('fin' as const, 'reset' as const, 'nothing' as const) }),
);

/** Descriptor 3 listens, 4 is connected with a full send buffer, 5 watches both. */
function prepared(): Machine {
  const machine = connected();
  machine.run(setOption(4, 'SOL_SOCKET', 'SO_SNDBUF', 4000));
  machine.run(write(4, 1_000_000, C('MSG_DONTWAIT')));
  machine.ignoreSent();
  machine.program.epoll();
  machine.run(control(5, 'ADD', 3, 'EPOLLIN'));
  machine.run(control(5, 'ADD', 4, 'EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET'));
  machine.run(wait(5));
  return machine;
}

/** Each call that can wait, and the one that asks the same without waiting. */
const CALLS: Readonly<Record<string, readonly [waits: SystemCall, asks: SystemCall]>> = {
  read: [read(4, 2000), read(4, 2000, C('MSG_DONTWAIT'))],
  peek: [read(4, 10, C('MSG_PEEK')), read(4, 10, C('MSG_PEEK|MSG_DONTWAIT'))],
  write: [write(4, 1), write(4, 1, C('MSG_DONTWAIT'))],
  poll: [poll(4, 'POLLIN|POLLRDHUP', -1), poll(4, 'POLLIN|POLLRDHUP', 0)],
  epoll: [wait(5, 5, -1), wait(5, 5, 0)],
};

const NOTHING: CallResult = { returned: -1, errno: 'EAGAIN', written: undefined };

/** How often the call waited, and returned after that. */
const waited: Record<string, number> = {};

test.each(Object.keys(CALLS))('%s', (name) => {
  const [waits, asks] = CALLS[name]!;
  waited[name] = 0;
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12, size: 'max' }), (moves) => {
      const [blocking, asking] = [prepared(), prepared()];
      const [there, here] = [new Peer(blocking), new Peer(asking)];
      const started = blocking.begin(waits);
      const none = asks.name === 'poll' || asks.name === 'epoll_wait' ? 0 : undefined;
      for (const [at, next] of [{ kind: 'nothing' } as Move, ...moves].entries()) {
        there.make(next);
        here.make(next);
        // Room for an octet need not wake a writer; room enough for poll does
        // (sk_stream_write_space).
        const mayWait = name === 'write' && started.result === undefined;
        const waitsOn = mayWait && asking.run(poll(4, 'POLLOUT')) === 0;
        const result = waitsOn ? NOTHING : asking.result(asks);
        if (result === undefined) throw new Error('it was not to wait');
        for (const machine of [blocking, asking]) machine.ignoreSent();
        if (result.errno === 'EAGAIN' || (none !== undefined && result.returned === none)) {
          expect(started.result, `after ${at} moves`).toBeUndefined();
          continue;
        }
        expect(started.result, `after ${at} moves`).toEqual(result);
        if (at > 0) waited[name]!++;
        return;
      }
    }),
  );
  expect(waited[name]).toBeGreaterThan(10);
});

test('accept', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 8 }), (moves) => {
      const machine = prepared();
      const peer = new Peer(machine);
      const started = machine.begin(accept(3));
      for (const next of moves) peer.make(next);
      expect(started.result).toBeUndefined();
      peer.make({ kind: 'another' });
      expect(started.result?.returned).toBe(6);
      expect(started.finishedAt).toBe(machine.now);
    }),
  );
});

test('with MSG_WAITALL a read returns once all is there, or no more can come', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12, size: 'max' }), fc.nat(4000), (moves, extra) => {
      const wanted = 1 + extra;
      const machine = connected();
      const peer = new Peer(machine);
      const started = machine.begin(read(4, wanted, C('MSG_WAITALL')));
      let sent = 0;
      let isOver = false;
      for (const next of moves.filter(({ kind }) => kind !== 'urgent')) {
        peer.make(next);
        if (next.kind === 'data' && !isOver) sent += next.count;
        if (next.kind === 'fin' || next.kind === 'reset') isOver = true;
        const expected: number | undefined =
          sent >= wanted ? wanted : isOver && next.kind !== 'nothing' ? sent : undefined;
        if (expected === undefined) {
          if (!isOver) expect(started.result).toBeUndefined();
          continue;
        }
        const { result } = started;
        const isReset = result?.errno === 'ECONNRESET' && sent === 0;
        expect(isReset ? 0 : result?.returned).toBe(expected);
        const written: Written | undefined = result?.written;
        if (written?.kind === 'message') expect(written.bytes).toHaveLength(expected);
        return;
      }
    }),
  );
});
