/**
 * Runs a script against a stack, in virtual time:
 *
 *     init command │ events, each at its time │ cleanup command │ code │ descriptors closed,
 *                  0                                                     connections reset
 *
 * Wrong scripts and wrong stacks are ordinary: whatever happens, the result says what and where.
 */
import type { Instant, OptionValue } from '../../stack/index.ts';
import { CodeProgram } from '../code/index.ts';
import { runCommand } from '../shell/index.ts';
import type { StackFactory, StackUnderTest } from '../stack-under-test.ts';
import {
  type CodeSpec,
  type CommandText,
  NOWHERE,
  type Script,
  type ScriptEvent,
  type SystemCallSpec,
} from '../syntax/script.ts';
import { CallEvents } from './call-events.ts';
import { type Configuration, configure, type GivenOption } from './configuration.ts';
import { failureOf, type Finding, RunFailed, scriptError } from './failure.ts';
import { Journal } from './journal.ts';
import { type PreparedCall, ScriptError } from './live.ts';
import { PacketEvents } from './packet-events.ts';
import { eventAt, prepareScript } from './prepare-script.ts';
import { resetPacket } from './reset.ts';
import type { Failure, JournalEntry, RunResult } from './result.ts';
import { SocketsUnderTest } from './socket-under-test.ts';
import { LimitReached, Stage, toInstant } from './stage.ts';
import { type Due, dueTime, isInTime, type PastEvent, seconds, toleranceOf } from './time.ts';

/** How a script is run. */
export interface RunOptions {
  /** The options of the command line; they win over the script's. */
  readonly commandLine?: readonly GivenOption[];
  /** Names the system that the stack is to be, where it can be several. */
  readonly profile?: string;
  readonly seed?: number;
  /** Whether the result is to have all packets. */
  readonly keepsCapture?: boolean;
  /** Told of everything that happens, when it happens. */
  readonly onEntry?: (entry: JournalEntry) => void;
  /** Told of each event but expected packets when its time has come, before what it does. */
  readonly onEvent?: (event: ScriptEvent, at: Instant) => void;
}

const DEFAULT_SEED = 1;
/** Room for any option's value. */
const OPTION_LENGTH = 1024;
/** What the script's commands see of the process that runs them. */
const PROCESS_ID = '4242';
const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
  ['PACKETDRILL_PID', PROCESS_ID],
  ['PPID', PROCESS_ID],
]);

/**
 * Runs the script on a fresh stack. What the stack says with a RangeError against its setup, an
 * address or the profile, is a failure, too.
 */
export function runScript(
  script: Script,
  makeStack: StackFactory,
  options: RunOptions = {},
): RunResult {
  const configuration = configure(script.options, options.commandLine ?? []);
  if (configuration instanceof ScriptError) return refused(configuration, undefined);
  const calls = prepareScript(script, configuration);
  if (calls instanceof ScriptError) return refused(calls, script);
  if (configuration.isDryRun) return emptyResult(undefined);
  const { profile, seed = DEFAULT_SEED, keepsCapture = false, onEntry, onEvent } = options;
  const journal = new Journal(keepsCapture, onEntry);
  let stack: StackUnderTest;
  try {
    stack = makeStack({ ...configuration, profile, seed, trace: journal });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(new ScriptError(NOWHERE, error.message), undefined);
  }
  return new ScriptRun(script, configuration, calls, stack, journal, onEvent).run();
}

function emptyResult(failure: Failure | undefined): RunResult {
  return { failure, warnings: [], journal: [], capture: [], duration: 0 };
}

function refused(error: ScriptError, script: Script | undefined): RunResult {
  const index = script === undefined ? undefined : eventAt(script, error.place);
  return emptyResult(failureOf(scriptError(error), index, 0));
}

class ScriptRun {
  readonly #script: Script;
  readonly #configuration: Configuration;
  readonly #journal: Journal;
  readonly #stage: Stage;
  readonly #sockets: SocketsUnderTest;
  readonly #packets: PacketEvents;
  readonly #calls: CallEvents;
  readonly #code = new CodeProgram();
  readonly #onEvent: RunOptions['onEvent'];
  readonly #warnings: Failure[] = [];
  #eventIndex: number | undefined = undefined;

  constructor(
    script: Script,
    configuration: Configuration,
    calls: ReadonlyMap<SystemCallSpec, PreparedCall>,
    stack: StackUnderTest,
    journal: Journal,
    onEvent: RunOptions['onEvent'],
  ) {
    this.#script = script;
    this.#configuration = configuration;
    this.#journal = journal;
    this.#onEvent = onEvent;
    this.#stage = new Stage(stack, journal);
    this.#sockets = new SocketsUnderTest(configuration);
    const warn = (finding: Finding): void => void this.#warnings.push(this.#failure(finding));
    this.#packets = new PacketEvents(configuration, this.#stage, this.#sockets, warn);
    this.#calls = new CallEvents(
      configuration,
      this.#stage,
      this.#sockets,
      this.#journal,
      calls,
      warn,
    );
  }

  run(): RunResult {
    const { init, cleanup } = this.#script;
    const inInit = init === undefined ? undefined : this.#attempt(() => this.#command(init));
    if (inInit !== undefined) return this.#result(inInit);
    const inEvents = this.#attempt(() => this.#events());
    // As in the original, what no command began needs none to clean up.
    const hasCleanup = init !== undefined && cleanup !== undefined;
    const inCleanup = hasCleanup ? this.#attempt(() => this.#cleanUp(cleanup)) : undefined;
    const failure = inEvents ?? inCleanup ?? this.#attempt(() => this.#end());
    return this.#result(failure);
  }

  #result(failure: Failure | undefined): RunResult {
    return {
      failure,
      warnings: this.#warnings,
      journal: this.#journal.last,
      capture: this.#journal.capture,
      duration: this.#stage.now,
    };
  }

  /** Does a part of the run; the failure that it comes to, if any. */
  #attempt(part: () => void): Failure | undefined {
    try {
      part();
      return undefined;
    } catch (error) {
      if (error instanceof RunFailed) return this.#failure(error.finding);
      if (!(error instanceof LimitReached)) throw error;
      const event = this.#script.events[this.#eventIndex ?? 0];
      const place = event?.place ?? { line: 1, column: 1 };
      return this.#failure({ kind: 'limit', place, message: error.message });
    }
  }

  #failure(finding: Finding): Failure {
    // A call that blocks fails during another event, and code after the last one.
    const index = this.#eventIndex === undefined ? undefined : eventAt(this.#script, finding.place);
    return failureOf(finding, index, this.#stage.time);
  }

  #events(): void {
    let previous: PastEvent | undefined;
    for (const [index, event] of this.#script.events.entries()) {
      this.#eventIndex = index;
      this.#stage.eventBegins();
      const due = dueTime(event, previous, this.#stage.time);
      this.#event(event, due, previous);
      previous = { event, due };
    }
  }

  #event(event: ScriptEvent, due: Due, previous: PastEvent | undefined): void {
    const { action } = event;
    switch (action.kind) {
      case 'packet': {
        const socket = this.#packets.socketFor(action);
        if (action.direction === 'outbound') {
          this.#packets.expect(event, action, socket, due, previous);
        } else {
          this.#wait(event, due, previous);
          this.#packets.inject(action, socket);
        }
        break;
      }
      case 'system-call':
        this.#calls.awaitIdle(action);
        this.#wait(event, due, previous);
        this.#calls.run(action, due, previous);
        break;
      case 'command':
        this.#wait(event, due, previous);
        this.#command(action);
        break;
      case 'code':
        this.#wait(event, due, previous);
        this.#snapshot(action);
        break;
    }
  }

  /** Lets time pass until the event is due. */
  #wait(event: ScriptEvent, due: Due, previous: PastEvent | undefined): void {
    this.#stage.advanceTo(toInstant(due.from));
    if (previous !== undefined) this.#checkTime(event, due, previous);
    this.#onEvent?.(event, this.#stage.now);
  }

  /** A call that was waited for may have made the event late. */
  #checkTime({ place }: ScriptEvent, due: Due, previous: PastEvent): void {
    const { time } = this.#stage;
    const tolerance = toleranceOf(this.#configuration, due.from - previous.due.from);
    if (isInTime(time, due, tolerance)) return;
    const { blockedLine } = this.#calls;
    const times = `${seconds(time)} s instead of ${seconds(due.from)} s`;
    const reason = blockedLine === undefined ? '' : `: the call of line ${blockedLine} blocks`;
    throw new RunFailed({ kind: 'timing', place, message: `begins at ${times}${reason}` });
  }

  #command({ place, text }: CommandText): void {
    const stage = this.#stage;
    const at = stage.now;
    const { status, output, error } = runCommand(text, {
      stack: stage.stack,
      get now() {
        return stage.now;
      },
      variables: ENVIRONMENT,
      sleep: (duration) => stage.advanceTo(stage.now + duration),
    });
    this.#journal.add({ kind: 'command', at, place, text, result: `status ${status}` });
    if (status === 0 && error === undefined) return;
    const said = error ?? output.trim();
    throw new RunFailed({
      kind: 'command failed',
      place,
      message: said === '' ? `status ${status}` : said,
    });
  }

  #cleanUp(command: CommandText): void {
    const last = this.#eventIndex;
    this.#eventIndex = undefined;
    this.#command(command);
    this.#eventIndex = last;
  }

  /** What the code may look at, of the socket under test as it is now. */
  #snapshot(spec: CodeSpec): void {
    const fd = this.#sockets.current?.fd;
    const read = (level: string, option: string): OptionValue | undefined => {
      if (fd === undefined) return undefined;
      const { result } = this.#stage.call({
        name: 'getsockopt',
        fd,
        level,
        option,
        length: OPTION_LENGTH,
      });
      return result?.written?.kind === 'option' ? result.written.value : undefined;
    };
    this.#code.snapshot(spec, {
      tcpInfo: read('SOL_TCP', 'TCP_INFO'),
      congestionControlInfo: read('SOL_TCP', 'TCP_CC_INFO'),
      memoryInfo: read('SOL_SOCKET', 'SO_MEMINFO'),
    });
  }

  /** After the last event: the code, the call that may still block, and a clean stack. */
  #end(): void {
    const [wrong] = this.#code.finish();
    if (wrong !== undefined) {
      const { place, message } = wrong;
      throw new RunFailed({ kind: 'assertion', place, message });
    }
    this.#calls.finish();
    for (const fd of this.#calls.open) this.#stage.call({ name: 'close', fd });
    for (const socket of this.#sockets.all.toReversed()) {
      const packet = resetPacket(socket);
      if (packet !== undefined) this.#stage.inject(packet);
    }
  }
}
