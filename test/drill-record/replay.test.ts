/** A script recorded from our own host parses, and passes on such a host. */
import { describe, expect, test } from 'vitest';
import {
  type LocalEnd,
  parseScript,
  printScript,
  recordScript,
  runScript,
  ScriptError,
  simulatedStack,
} from '../../src/drill/index.ts';
import { connectionsOf } from './connections.ts';

interface Recorded {
  readonly scenario: string;
  readonly host: string;
  readonly connection: number;
  readonly local: LocalEnd;
  readonly profile: string;
}

/** Both ends of what the scenarios show, by the system that is there. */
const RECORDED: readonly Recorded[] = [
  ['handshake', 'server', 0, 'acceptor', 'linux-6'],
  ['handshake', 'client', 0, 'opener', 'linux-6'],
  ['published/nc-loopback', 'wsl', 0, 'acceptor', 'linux-6'],
  ['published/nc-loopback', 'wsl', 0, 'opener', 'linux-6'],
  ['published/time-server-loopback', 'host', 1, 'acceptor', 'linux-3'],
  ['published/time-server-loopback', 'host', 1, 'opener', 'linux-3'],
  ['published/windows-to-centos-lan', 'centos', 0, 'acceptor', 'linux-2.6'],
  ['published/windows-to-centos-lan', 'windows', 0, 'opener', 'windows-7'],
  ['published/socket-calls-loopback', 'host', 0, 'acceptor', 'linux-6'],
  ['published/socket-calls-loopback', 'host', 1, 'opener', 'linux-6'],
  ['linux/ipv6/lan', 'server', 0, 'acceptor', 'linux-6'],
  ['linux/ipv6/lan', 'client', 0, 'opener', 'linux-6'],
].map(([scenario, host, connection, local, profile]) => ({
  scenario: scenario as string,
  host: host as string,
  connection: connection as number,
  local: local as LocalEnd,
  profile: profile as string,
}));

describe.each(RECORDED)('$scenario, the $local', (recorded) => {
  async function record(): Promise<string> {
    const connections = await connectionsOf(recorded.scenario, recorded.host);
    return printScript(recordScript(connections[recorded.connection]!, recorded.local).script);
  }

  test('its text parses, and prints as it was', async () => {
    const text = await record();
    const script = parseScript(text);
    if (script instanceof ScriptError) throw new Error(`${script.toString()}\n${text}`);
    expect(printScript(script)).toBe(text);
  });

  test('it passes', async () => {
    const text = await record();
    const script = parseScript(text);
    if (script instanceof ScriptError) throw new Error(script.toString());
    const { failure } = runScript(script, simulatedStack, { profile: recorded.profile });
    expect(failure).toBeUndefined();
  });
});
