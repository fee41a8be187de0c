/**
 * A script before it is filled in: what befalls a stack, and nothing of what it does about it. It
 * is kept as lines, so that it can be made smaller by leaving some of them out.
 */
import { fillScript } from '../fill/fill.ts';
import type { Mode } from '../run/configuration.ts';
import type { StackFactory } from '../stack-under-test.ts';
import { parseScript } from '../syntax/parse-script.ts';
import { ScriptError } from '../syntax/script-error.ts';
import type { Microseconds, Script } from '../syntax/script.ts';

/** A packet that comes in, a call, or a look of code at the socket. */
export interface Happening {
  readonly at: Microseconds;
  /** As a script has it behind the time. */
  readonly text: string;
  /** Whether there is no connection without it. */
  readonly isNeeded: boolean;
}

export interface Draft {
  readonly category: string;
  readonly seed: number;
  /** Settings of the host, as `sysctl` takes them. */
  readonly settings: readonly string[];
  readonly happenings: readonly Happening[];
}

/** How long the stack has, behind the last happening, to send what is to be seen of it. */
const TAIL: Microseconds = 20_000;

/** The device does not cut what TCP has put together: the script would see it whole. */
const SEES_SEGMENTS = 'ethtool -K tun0 tso off';

/** The draft as a script with absolute times. */
export function scriptOf({ settings, happenings }: Draft): Script {
  const commands = [SEES_SEGMENTS, ...settings.map((setting) => `sysctl -q ${setting}`)];
  const lines = happenings.map(({ at, text }) => `${(at / 1_000_000).toFixed(6)} ${text}`);
  const text = [`\`${commands.join('; ')}\``, ...lines].join('\n');
  const script = parseScript(text);
  if (script instanceof ScriptError) throw new TypeError(`${script.toString()} in\n${text}`);
  return script;
}

/**
 * The script of a draft, with what the stacks do filled in; or, in words, why there is none. The
 * stacks may differ in what no script can say: where ticks fall.
 */
export function fillDraft(
  draft: Draft,
  stacks: readonly [StackFactory, ...StackFactory[]],
  mode: Mode = 'ipv4',
): Script | string {
  return fillScript(scriptOf(draft), TAIL, stacks, mode);
}
