/** What can be known of a script before time 0, and what is wrong with it. */
import { addressShown } from '../../stack/index.ts';
import { parseIp } from '../../wire/index.ts';
import { checkCode } from '../code/index.ts';
import type { Place, Script, SystemCallSpec } from '../syntax/script.ts';
import { prepareCalls } from './call-events.ts';
import { packetProblem } from './check-packet.ts';
import type { Configuration } from './configuration.ts';
import { type CallContext, type PreparedCall, ScriptError } from './live.ts';
import { toleranceOf } from './time.ts';

/** The event that a place of the text belongs to: the last one that begins there or before. */
export function eventAt({ events }: Script, { line, column }: Place): number | undefined {
  const index = events.findLastIndex(
    ({ place }) => place.line < line || (place.line === line && place.column <= column),
  );
  return index < 0 ? undefined : index;
}

/** The script's calls, understood; or the first thing that is wrong with any of its events. */
export function prepareScript(
  { events }: Script,
  configuration: Configuration,
): Map<SystemCallSpec, PreparedCall> | ScriptError {
  const calls: SystemCallSpec[] = [];
  for (const { action, place } of events) {
    if (action.kind === 'packet') {
      const problem = packetProblem(action, configuration);
      if (problem !== undefined) return new ScriptError(place, problem);
    } else if (action.kind === 'system-call') {
      calls.push(action);
    } else if (action.kind === 'code') {
      const error = checkCode(action);
      if (error !== undefined) return error;
    }
  }
  return prepareCalls(calls, callContext(configuration));
}

function callContext(configuration: Configuration): CallContext {
  const { mode, localAddress, remoteAddress, bindPort, connectPort } = configuration;
  const domain = mode === 'ipv4' ? 'AF_INET' : 'AF_INET6';
  return {
    domain,
    bindAddress: { address: addressShown(domain, parseIp(localAddress)), port: bindPort },
    connectAddress: { address: addressShown(domain, parseIp(remoteAddress)), port: connectPort },
    toleranceOf: (step) => toleranceOf(configuration, step),
  };
}
