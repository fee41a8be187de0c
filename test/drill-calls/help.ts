/** System calls of scripts from their text, and a run for them to be made in. */
import type { CallResult, SystemCall, Written } from '../../src/stack/index.ts';
import { prepareCall } from '../../src/drill/calls/index.ts';
import { parseScript } from '../../src/drill/syntax/parse-script.ts';
import type { CallContext, Live, Mismatch, PreparedCall } from '../../src/drill/run/live.ts';
import { ScriptError } from '../../src/drill/run/live.ts';
import type { SystemCallSpec } from '../../src/drill/syntax/script.ts';

export const LOCAL = { address: 0xc0a80001, port: 8080 };
export const REMOTE = { address: 0xc0000201, port: 8080 };

export const CONTEXT: CallContext = {
  domain: 'AF_INET',
  bindAddress: LOCAL,
  connectAddress: REMOTE,
  toleranceOf: (step) => Math.max(4000, step / 8),
};

/** The script's file N is the stack's 100 + N; time stamps count from 1,000 s before the script. */
export const LIVE: Live = {
  fdOf: (scriptFd) => (scriptFd >= 0 && scriptFd < 90 ? 100 + scriptFd : undefined),
  now: 2_000_000,
  previousEvent: 1_990_000,
  scriptTimeOf: (seconds, nanoseconds) =>
    (seconds - 1000) * 1_000_000 + Math.floor(nanoseconds / 1000),
};

/** The one call of a script, its time left out. */
export function specOf(text: string): SystemCallSpec {
  const script = parseScript(`0 ${text}\n`);
  if (script instanceof ScriptError) throw new Error(script.toString());
  const action = script.events[0]?.action;
  if (action?.kind !== 'system-call') throw new Error(`no system call: ${text}`);
  return action;
}

export function prepared(text: string): PreparedCall {
  const call = prepareCall(specOf(text), CONTEXT);
  if (call instanceof ScriptError) throw new Error(call.toString());
  return call;
}

export function systemCall(text: string): SystemCall | ScriptError {
  return prepared(text).toSystemCall(LIVE);
}

/** Why a call is refused before time 0. */
export function refusal(text: string): string {
  const call = prepareCall(specOf(text), CONTEXT);
  if (!(call instanceof ScriptError)) throw new Error(`not refused: ${text}`);
  return call.toString();
}

export function returns(returned: number, written?: Written): CallResult {
  return { returned, errno: undefined, written };
}

export function fails(errno: CallResult['errno']): CallResult {
  return { returned: -1, errno, written: undefined };
}

export function differences(text: string, result: CallResult): readonly Mismatch[] {
  return prepared(text).compare(result, LIVE);
}
