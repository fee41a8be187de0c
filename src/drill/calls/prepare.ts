/**
 * Prepares a system call of a script: finds what its family says of it, reads its arguments and
 * the result it should have, so that all that is wrong with it is known before time 0.
 */
import type { CallResult } from '../../stack/index.ts';
import type { CallContext, Live, Mismatch, OpenedDescriptor, PreparedCall } from '../run/live.ts';
import { ScriptError } from '../run/live.ts';
import type { SystemCallSpec } from '../syntax/script.ts';
import { ArgumentReader } from './arguments.ts';
import { FILE_CALLS } from './files.ts';
import { MESSAGE_CALLS } from './messages.ts';
import { OPTION_CALLS } from './options.ts';
import type { CallDescription, CallPlan } from './plan.ts';
import { POLLING_CALLS } from './polling.ts';
import { PRIVILEGE_CALLS } from './privileges.ts';
import { SOCKET_CALLS } from './sockets.ts';
import { errnoName } from './symbols.ts';
import { TRANSFER_CALLS } from './transfer.ts';

const CALLS: ReadonlyMap<string, CallDescription> = new Map(
  [
    SOCKET_CALLS,
    TRANSFER_CALLS,
    MESSAGE_CALLS,
    OPTION_CALLS,
    FILE_CALLS,
    POLLING_CALLS,
    PRIVILEGE_CALLS,
  ].flatMap((family) => Object.entries(family)),
);

/** PSP is an encryption of TCP's payload that needs a network card's help. */
const WITHOUT_PSP = 'cannot be made: the stack has no PSP';

/** Calls of the language that no stack can be asked for, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['psp_rx_assoc', WITHOUT_PSP],
  ['psp_tx_assoc', WITHOUT_PSP],
]);

/** The names of all calls that a script can make. */
export const SYSTEM_CALL_NAMES: readonly string[] = [...CALLS.keys()];

/** The call of a script, understood; or the first thing that is wrong with it. */
export function prepareCall(
  spec: SystemCallSpec,
  context: CallContext,
): PreparedCall | ScriptError {
  const description = CALLS.get(spec.name);
  if (description === undefined) {
    const why = REFUSED.get(spec.name) ?? 'is no system call that is known here';
    return new ScriptError(spec.place, `${spec.name} ${why}`);
  }
  const { fewest, most, plan } = description;
  const count = spec.arguments.length;
  if (count < fewest || count > most) {
    const range = fewest === most ? `${most}` : `${fewest} to ${most}`;
    const noun = most === 1 ? 'argument' : 'arguments';
    return new ScriptError(spec.place, `${spec.name} takes ${range} ${noun}, not ${count}`);
  }
  const args = new ArgumentReader(spec);
  const planned = plan(args, context);
  const result = readResult(args);
  return args.error ?? new ExpectedCall(spec, args, planned, result);
}

/** What the script expects to be returned; `...` is not compared. */
interface ExpectedResult {
  readonly returned: number | undefined;
  readonly isHex: boolean;
  readonly errno: string | undefined;
}

function readResult(args: ArgumentReader): ExpectedResult {
  const { result, errno, name, place } = args.spec;
  if (errno !== undefined && !/^E[A-Z0-9]+$/.test(errno)) {
    args.fail(place, `${errno} after the result of ${name} is no name of an error`);
  }
  return {
    returned:
      result.kind === 'ellipsis' ? undefined : args.integerOf(result, `the result of ${name}`),
    isHex: result.kind === 'integer' && result.isHex,
    errno: errno === undefined ? undefined : errnoName(errno),
  };
}

class ExpectedCall implements PreparedCall {
  readonly #spec: SystemCallSpec;
  readonly #args: ArgumentReader;
  readonly #plan: CallPlan;
  readonly #expected: ExpectedResult;

  constructor(
    spec: SystemCallSpec,
    args: ArgumentReader,
    plan: CallPlan,
    expected: ExpectedResult,
  ) {
    this.#spec = spec;
    this.#args = args;
    this.#plan = plan;
    this.#expected = expected;
  }

  /** A descriptor that the script does not have is an error, unless EBADF is what it expects. */
  toSystemCall(live: Live): ReturnType<PreparedCall['toSystemCall']> {
    if (this.#expected.errno !== 'EBADF') {
      for (const { scriptFd, place, what } of this.#args.descriptors) {
        if (live.fdOf(scriptFd) === undefined) {
          return new ScriptError(place, `${what}: the script has no open file ${scriptFd}`);
        }
      }
    }
    return this.#plan.call((scriptFd) => live.fdOf(scriptFd) ?? -1);
  }

  compare(result: CallResult, live: Live): readonly Mismatch[] {
    const { returned, errno } = this.#expected;
    const isReturned =
      returned === undefined ||
      result.returned === returned ||
      (this.#makesDescriptor && result.returned >= 0);
    if (!isReturned) {
      return [{ field: 'result', expected: this.#printExpected(), actual: this.print(result) }];
    }
    if (errno !== undefined && result.errno !== errno) {
      return [{ field: 'errno', expected: errno, actual: result.errno ?? 'no error' }];
    }
    if (result.returned < 0) return [];
    return this.#plan.compareWritten(result, live);
  }

  opened(result: CallResult): readonly OpenedDescriptor[] {
    if (result.returned < 0) return [];
    const beside = this.#plan.openedBeside(result);
    const { returned } = this.#expected;
    if (!this.#makesDescriptor || returned === undefined) return beside;
    return [...beside, { scriptFd: returned, fd: result.returned }];
  }

  print(result: CallResult): string {
    const { returned, errno } = result;
    const isHex = this.#expected.isHex && returned >= 0;
    const number = isHex ? `0x${returned.toString(16)}` : String(returned);
    return errno === undefined ? number : `${number} ${errno}`;
  }

  /** A call that should make one, and whose result is not expected to be an error. */
  get #makesDescriptor(): boolean {
    const { returned } = this.#expected;
    return this.#plan.returns === 'descriptor' && (returned === undefined || returned >= 0);
  }

  #printExpected(): string {
    const { returned = 0, isHex } = this.#expected;
    const number = isHex ? `0x${returned.toString(16)}` : String(returned);
    return this.#spec.errno === undefined ? number : `${number} ${this.#spec.errno}`;
  }
}
