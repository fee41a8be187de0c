/**
 * A stack for the runner's tests that does as it is told: calls return what is prepared for them,
 * packets leave when they are planned, and all that comes in is kept.
 */
import type { SentPacket, StackFactory, StackUnderTest } from '../../src/drill/stack-under-test.ts';
import type { CallResult, CallUnderWay, Instant, SystemCall } from '../../src/stack/index.ts';
import { encodeFrame, parseIpv4, TcpFlag, toSeq } from '../../src/wire/index.ts';
import { decoded } from './specs.ts';

const FLAGS: Readonly<Record<string, number>> = {
  S: TcpFlag.syn,
  F: TcpFlag.fin,
  R: TcpFlag.rst,
  P: TcpFlag.psh,
  '.': TcpFlag.ack,
};

/** What a packet of the stack says, in the wire's numbers. */
export interface Planned {
  readonly flags: string;
  readonly seq: number;
  readonly ack?: number;
  readonly length?: number;
  readonly window?: number;
  /** The remote port, where it is not that of the last injected packet. */
  readonly to?: number;
  readonly from?: number;
  readonly payload?: Uint8Array;
}

interface Injected {
  readonly packet: Uint8Array;
  readonly at: Instant;
  readonly segmentSize: number | undefined;
}

class Underway implements CallUnderWay {
  result: CallResult | undefined = undefined;
  finishedAt = 0;

  finish(returned: number, now: Instant): void {
    this.result = { returned, errno: undefined, written: undefined };
    this.finishedAt = now;
  }
}

export class FakeStack implements StackUnderTest {
  readonly injected: Injected[] = [];
  readonly calls: { readonly call: SystemCall; readonly at: Instant }[] = [];
  readonly commands: string[] = [];
  onInject: (count: number, now: Instant) => void = () => {};
  /** What a call returns; `undefined` blocks until {@link finishCall}. */
  onCall: (call: SystemCall) => number | undefined = (call) => this.#usual(call);
  readonly #out: SentPacket[] = [];
  #timers: { readonly at: Instant; readonly run: (now: Instant) => void }[] = [];
  #blocked: Underway | undefined = undefined;
  #nextFd = 100;

  get deadline(): Instant {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#timers.map(({ at }) => at));
  }

  inject(packet: Uint8Array, at: Instant, segmentSize?: number): void {
    this.injected.push({ packet, at, segmentSize });
    this.onInject(this.injected.length, at);
  }

  take(): SentPacket | undefined {
    return this.#out.shift();
  }

  wake(now: Instant): void {
    const due = this.#timers.filter(({ at }) => at <= now);
    this.#timers = this.#timers.filter(({ at }) => at > now);
    for (const { run } of due) run(now);
  }

  call(call: SystemCall, now: Instant): CallUnderWay {
    this.calls.push({ call, at: now });
    const underWay = new Underway();
    const returned = this.onCall(call);
    if (returned === undefined) this.#blocked = underWay;
    else underWay.finish(returned, now);
    return underWay;
  }

  command(words: readonly string[]): { status: number; output: string } | undefined {
    this.commands.push(words.join(' '));
    return { status: 0, output: '' };
  }

  readFile(): undefined {
    return undefined;
  }

  writeFile(): boolean {
    return false;
  }

  #usual(call: SystemCall): number {
    if (call.name === 'socket' || call.name === 'accept') return this.#nextFd++;
    return 0;
  }

  /** The call that blocks returns. */
  finishCall(returned: number, now: Instant): void {
    this.#blocked?.finish(returned, now);
  }

  /** Does something later. */
  at(at: Instant, run: (now: Instant) => void): void {
    this.#timers.push({ at, run });
  }

  /** Sends a segment to where the last injected packet came from. */
  send(
    { flags, seq, ack = 0, length = 0, window = 1000, to, from = 8080, payload }: Planned,
    now: Instant,
  ): void {
    const last = this.injected.at(-1);
    const peer = last === undefined ? undefined : decoded(last.packet).flow.source;
    const packet = encodeFrame({
      ipv4: { source: parseIpv4('192.168.0.1'), destination: parseIpv4('192.0.2.1') },
      tcp: {
        sourcePort: from,
        destinationPort: to ?? peer?.port ?? 8080,
        seq: toSeq(seq),
        ack: toSeq(ack),
        flags: flags.split('').reduce((bits, letter) => bits | FLAGS[letter]!, 0),
        window,
      },
      payload: payload ?? new Uint8Array(length),
    });
    this.#out.push({ packet, at: now, cause: undefined });
  }

  /** Sends so many octets of zeros from a port to 8080. */
  sendDatagram(sourcePort: number, length: number, now: Instant): void {
    const packet = encodeFrame({
      ipv4: { source: parseIpv4('192.168.0.1'), destination: parseIpv4('192.0.2.1') },
      udp: { sourcePort, destinationPort: 8080 },
      payload: new Uint8Array(length),
    });
    this.#out.push({ packet, at: now, cause: undefined });
  }
}

/** The factory that gives this stack, and nothing else. */
export function always(stack: StackUnderTest): StackFactory {
  return () => stack;
}
