/**
 * A process on a host: its descriptors, and its system calls, which may block. Time comes with each
 * call; what a driver has to do is to `call`, and to `wake` the process at its `deadline` and
 * whenever the host has done something:
 *
 *     const started = process.call({ name: 'accept', fd: 3, flags: 0 }, now);
 *     host.receive(…); process.wake(now);
 *     started.result // once it is there
 *
 * A file's event only marks the calls that wait for it; they try again by `wake`, when the stack
 * has come to rest, as a process runs after the interrupt that woke it.
 */
import { type Instant, NEVER } from '../time.ts';
import { type Attempt, BlockedCall, failure, StartedCall, succeed, tried } from './attempt.ts';
import { Capabilities } from './capabilities.ts';
import { OPEN } from './constants.ts';
import { close, control, describe, ioctl, open } from './descriptor-calls.ts';
import { epollControl, epollCreate, epollWait } from './epoll-calls.ts';
import type { SocketMaker } from './file.ts';
import { FileSystem } from './file-system.ts';
import { FileTable } from './file-table.ts';
import { poll } from './poll-calls.ts';
import { deviceContents } from './regular-file.ts';
import {
  accept,
  bind,
  connect,
  getOption,
  listen,
  setOption,
  shutdown,
  socket,
} from './socket-calls.ts';
import { pipe, sendfile, splice } from './splice-calls.ts';
import type { CallResult, CallUnderWay, SystemCall } from './system-call.ts';
import { receive, send } from './transfer-calls.ts';

/** How a process is set up. */
export interface ProcessOptions {
  readonly makeSocket: SocketMaker;
  /** The host's, where it has one already. */
  readonly fileSystem?: FileSystem | undefined;
  /** RLIMIT_NOFILE. */
  readonly descriptorLimit?: number | undefined;
}

export class PosixProcess {
  readonly files: FileTable;
  readonly fileSystem: FileSystem;
  readonly capabilities: Capabilities = new Capabilities();
  readonly makeSocket: SocketMaker;
  /** In the order in which they began. */
  #blocked: BlockedCall[] = [];

  /** Descriptors 0, 1 and 2 are open, as a shell leaves them; they lead nowhere. */
  constructor(options: ProcessOptions) {
    this.files = new FileTable(options.descriptorLimit);
    this.fileSystem = options.fileSystem ?? new FileSystem();
    this.makeSocket = options.makeSocket;
    const terminal = describe(deviceContents('null'), OPEN.O_RDWR);
    for (const _ of ['stdin', 'stdout', 'stderr']) this.files.add('open', terminal);
  }

  /** Begins a call. It has its result at once, or gets it by a later `wake` or `call`. */
  call(call: SystemCall, now: Instant): CallUnderWay {
    const started = new StartedCall();
    const outcome = this.#begin(call, now);
    const result = 'run' in outcome ? this.#start(started, outcome, now) : outcome;
    if (result !== undefined) started.finish(result, now);
    this.wake(now);
    return started;
  }

  #start(started: StartedCall, attempt: Attempt, now: Instant): CallResult | undefined {
    const result = tried(attempt, now, attempt.patience <= 0);
    if (result === undefined) this.#blocked.push(new BlockedCall(started, attempt, now));
    return result;
  }

  /** How many calls wait. */
  get blocked(): number {
    return this.#blocked.length;
  }

  /**
   * When {@link wake} has something to do: when the patience of a call ends. The beginning of time
   * where a call was woken already; NEVER when nothing waits for the clock.
   */
  get deadline(): Instant {
    let earliest = NEVER;
    for (const { isWoken, deadline } of this.#blocked) {
      earliest = Math.min(earliest, isWoken ? 0 : deadline);
    }
    return earliest;
  }

  /** Lets the calls that were woken, and those whose time is over, try again. */
  wake(now: Instant): void {
    // One call's result can be what another waits for: a pipe's reader and its writer.
    for (;;) {
      const due = this.#blocked.find(({ isWoken, deadline }) => isWoken || deadline <= now);
      if (due === undefined) return;
      if (due.retry(now)) this.#blocked = this.#blocked.filter((other) => other !== due);
    }
  }

  #begin(call: SystemCall, now: Instant): Attempt | CallResult {
    try {
      return this.#dispatch(call, now);
    } catch (error) {
      return failure(error);
    }
  }

  #dispatch(call: SystemCall, now: Instant): Attempt | CallResult {
    const { files } = this;
    switch (call.name) {
      case 'socket':
        return socket(this, call);
      case 'bind':
        return bind(this, call, now);
      case 'connect':
        return connect(this, call);
      case 'listen':
        return listen(this, call, now);
      case 'accept':
        return accept(this, call);
      case 'shutdown':
        return shutdown(this, call, now);
      case 'setsockopt':
        return setOption(this, call, now);
      case 'getsockopt':
        return getOption(this, call, now);
      case 'send':
        return send(files, call);
      case 'receive':
        return receive(files, call);
      case 'poll':
        return poll(files, call);
      case 'epoll_create':
        return epollCreate(files, call);
      case 'epoll_ctl':
        return epollControl(files, call);
      case 'epoll_wait':
        return epollWait(files, call);
      case 'pipe':
        return pipe(files);
      case 'splice':
        return splice(files, call);
      case 'sendfile':
        return sendfile(files, call);
      case 'open':
        return open(files, this.fileSystem, call, now);
      case 'close':
        return close(files, call, now);
      case 'fcntl':
        return control(files, call);
      case 'ioctl':
        return ioctl(files, call, now);
      case 'cap_set':
        this.capabilities.set(call.set, call.capability, call.isRaised);
        return succeed(0);
    }
  }

  /** The process is gone: every descriptor is closed, the calls that wait get no result. */
  exit(now: Instant): void {
    for (const fd of this.files.descriptors()) this.files.close(fd, now);
    for (const call of this.#blocked) call.abandon(now);
    this.#blocked = [];
  }
}
