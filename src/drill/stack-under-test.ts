/**
 * What a TCP/IP stack must offer to be put under packetdrill scripts: a network device without a
 * link layer, system calls, and a clock that stands still unless it is told to go on.
 *
 * The runner owns time. Between two events of a script it calls `wake` at each `deadline` on the
 * way, and takes out after every step what was sent. A stack with a clock of its own (a user-space
 * stack under a virtual clock, say) sets it to each `now` it is given. Time stamps that programs
 * see count from instant 0, too.
 */
import type { CallUnderWay, Cause, Instant, SystemCall, Trace } from '../stack/index.ts';

/** An IP packet that the stack has sent. */
export interface SentPacket {
  /** From the IP header on, as it left. */
  readonly packet: Uint8Array;
  readonly at: Instant;
  /** Why it was sent, where the stack can say so. */
  readonly cause: Cause | undefined;
}

/** What became of a shell command: what it printed, and its exit status. */
export interface CommandResult {
  readonly status: number;
  readonly output: string;
}

export interface StackUnderTest {
  /**
   * An IP packet arrives at the device. With `segmentSize`, the device has merged it from segments
   * that had so many octets of payload (receive offload).
   */
  inject(packet: Uint8Array, now: Instant, segmentSize?: number): void;
  /** The packet that was sent first of those not yet taken. */
  take(): SentPacket | undefined;
  /**
   * The script has come to this packet. The original reads its capture up to it then, and until it
   * does so the kernel shares what arrived with that. Left out where nothing depends on it.
   */
  captureRead?(packet: SentPacket): void;
  /** When `wake` has something to do; `NEVER` when it has not. */
  readonly deadline: Instant;
  /** Runs the timers that are due at `now`. */
  wake(now: Instant): void;
  /**
   * Begins a system call of the program under test. One that blocks gets its result during a later
   * `inject`, `wake` or `call`. A call that the stack does not have fails with ENOSYS.
   */
  call(call: SystemCall, now: Instant): CallUnderWay;
  /**
   * Runs one simple command, already split into words by the shell's rules: `sysctl`, `ip`, `tc` …
   * `undefined` when the stack has no such command.
   */
  command(words: readonly string[], input: string, now: Instant): CommandResult | undefined;
  /** The stack's own file system, `/proc` included; `undefined` where there is no such file. */
  readFile(path: string, now: Instant): Uint8Array | undefined;
  /** Writes a file whole, or what a file below `/proc/sys` sets; false when it cannot be. */
  writeFile(path: string, bytes: Uint8Array, now: Instant): boolean;
}

/** How a stack is set up for one script. */
export interface StackSetup {
  readonly localAddress: string;
  readonly gatewayAddress: string;
  readonly remoteAddress: string;
  readonly prefixLength: number;
  readonly mtu: number;
  /** Names the system to be, where the stack can be several: `linux-6`. */
  readonly profile: string | undefined;
  /** Whatever chance decides comes from here. */
  readonly seed: number;
  /**
   * Told of packets that the stack does nothing with, from the IP header on, and of connections'
   * states: what a failure shows of its past. A stack that cannot tell leaves it alone.
   */
  readonly trace: Trace | undefined;
}

/** Makes a fresh stack: each script has one of its own. */
export type StackFactory = (setup: StackSetup) => StackUnderTest;
