/**
 * What a stack does while a script runs that says nothing of it: each event of the script, with
 * what a call returned and what code saw, and between them the packets that were sent.
 */
import type { CallResult, CallUnderWay, Instant, SystemCall } from '../../stack/index.ts';
import type { Mode } from '../run/configuration.ts';
import { runScript } from '../run/runner.ts';
import type {
  CommandResult,
  SentPacket,
  StackFactory,
  StackUnderTest,
} from '../stack-under-test.ts';
import {
  type CodeSpec,
  type Microseconds,
  NOWHERE,
  type Script,
  type ScriptEvent,
} from '../syntax/script.ts';

/** TCP_INFO by the C names of its fields, in the kernel's units. */
export type TcpInfo = Readonly<Record<string, number>>;

/** An event of the script, and what came of it. */
export interface ObservedEvent {
  readonly kind: 'event';
  readonly at: Instant;
  readonly event: ScriptEvent;
  /** What a call returned. */
  result: CallResult | undefined;
  /** What code saw of the socket; nothing where there was none. */
  info: TcpInfo | undefined;
}

/** A packet that was sent, from the IP header on. */
export interface ObservedPacket {
  readonly kind: 'sent';
  readonly at: Instant;
  readonly packet: Uint8Array;
}

export type Observation = ObservedEvent | ObservedPacket;

/** Where the observation ends: behind the last event that the script has of its own. */
const END: CodeSpec = { kind: 'code', place: NOWHERE, text: '' };

/**
 * Everything that happens up to `tail` behind the script's last event, in order; or why the script
 * cannot be run to its end. Packets that the script expects are compared with nothing: they stand
 * where the runner has to learn the stack's own numbers, at its SYN.
 */
export function observe(
  script: Script,
  tail: Microseconds,
  makeStack: StackFactory,
  mode: Mode = 'ipv4',
): readonly Observation[] | string {
  const time = { kind: 'relative', after: tail } as const;
  const last: ScriptEvent = { place: NOWHERE, time, action: END };
  const log = new Log();
  const { failure } = runScript(
    { ...script, events: [...script.events, last] },
    (setup) => new WatchedStack(makeStack(setup), log),
    {
      commandLine: [
        { name: 'ip_version', value: mode },
        { name: 'non_fatal', value: 'packet,syscall' },
        { name: 'tcp_ts_ecr_scaled', value: undefined },
      ],
      onEvent: (event, at) => log.begins(event, at),
    },
  );
  if (failure !== undefined && !log.isOver) return failure.message;
  return log.observations;
}

/** Grows while the script runs. */
class Log {
  readonly observations: Observation[] = [];
  isOver = false;
  #current: ObservedEvent | undefined = undefined;

  begins(event: ScriptEvent, at: Instant): void {
    this.isOver ||= event.action === END;
    if (this.isOver) return;
    this.#current = { kind: 'event', at, event, result: undefined, info: undefined };
    this.observations.push(this.#current);
  }

  returned(call: SystemCall, result: CallResult | undefined): void {
    if (this.isOver || this.#current === undefined) return;
    const { action } = this.#current.event;
    if (action.kind === 'system-call') this.#current.result ??= result;
    const isInfo = call.name === 'getsockopt' && call.option === 'TCP_INFO';
    if (action.kind !== 'code' || !isInfo || result?.written?.kind !== 'option') return;
    this.#current.info = result.written.value as TcpInfo;
  }

  sent({ packet, at }: SentPacket): void {
    if (!this.isOver) this.observations.push({ kind: 'sent', at, packet });
  }
}

/** A stack whose answers are noted down. */
class WatchedStack implements StackUnderTest {
  readonly #stack: StackUnderTest;
  readonly #log: Log;

  constructor(stack: StackUnderTest, log: Log) {
    this.#stack = stack;
    this.#log = log;
  }

  inject(packet: Uint8Array, now: Instant, segmentSize?: number): void {
    this.#stack.inject(packet, now, segmentSize);
  }

  take(): SentPacket | undefined {
    const sent = this.#stack.take();
    if (sent === undefined) return undefined;
    this.#log.sent(sent);
    this.#stack.captureRead?.(sent); // the script that comes of it expects each at its place
    return sent;
  }

  get deadline(): Instant {
    return this.#stack.deadline;
  }

  wake(now: Instant): void {
    this.#stack.wake(now);
  }

  call(call: SystemCall, now: Instant): CallUnderWay {
    const underWay = this.#stack.call(call, now);
    this.#log.returned(call, underWay.result);
    return underWay;
  }

  command(words: readonly string[], input: string, now: Instant): CommandResult | undefined {
    return this.#stack.command(words, input, now);
  }

  readFile(path: string, now: Instant): Uint8Array | undefined {
    return this.#stack.readFile(path, now);
  }

  writeFile(path: string, bytes: Uint8Array, now: Instant): boolean {
    return this.#stack.writeFile(path, bytes, now);
  }
}
