/**
 * `ping` and `traceroute` in a simulation, beside what the real ones printed (iputils 20221126,
 * traceroute 2.1.2, Linux 6.18) on the same three networks: the text is theirs, times aside.
 *
 *     h1 10.1.0.2 ── r1 ══ mtu 1400, 198.51.100.0/30 ══ r2 ── 10.3.0.2 h2
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Process,
  ping,
  runScenario,
  scenario,
  type SimulatedHost,
  traceroute,
} from '../../src/sim/index.ts';
import { Administrator, us } from '../../src/stack/index.ts';

type Tool = typeof ping;

const TOOLS: Readonly<Record<string, Tool>> = { ping, traceroute };

function administer(host: SimulatedHost, ...commands: string[]): void {
  const administrator = new Administrator(host.stack);
  for (const each of commands) {
    expect(administrator.run(each.split(' '), '', 0), each).toMatchObject({ status: 0 });
  }
}

/** What one command after the other prints on h1. */
async function printed(commands: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const body = async (process: Process): Promise<void> => {
    for (const each of commands) {
      const [name = '', ...words] = each.split(' ');
      lines.push(`$ ${each}`);
      const status = await TOOLS[name]!(process, words, (line) => void lines.push(line));
      lines.push(`[exit ${status}]`);
    }
  };
  const networks = scenario('tools', { summary: 'three networks' }, ({ network }) => {
    const [r1, r2] = [network.router('r1'), network.router('r2')];
    const [h1, h2] = [network.host('h1'), network.host('h2')];
    const latency = us(10);
    network.link(r1, h1, { subnet: '10.1.0.0/24', latency });
    network.link(r1, r2, { subnet: '198.51.100.0/30', mtu: 1400, latency });
    network.link(r2, h2, { subnet: '10.3.0.0/24', latency });
    administer(h1, 'ip route add default via 10.1.0.1');
    for (const net of ['10.8.0.0/24', '10.9.0.0/24']) {
      administer(r1, `ip route add ${net} via 198.51.100.2`);
    }
    administer(r2, 'ip route add unreachable 10.8.0.0/24', 'ip route add prohibit 10.9.0.0/24');
    if (commands[0]?.startsWith('traceroute') === true) {
      for (const each of [r1, r2, h2]) administer(each, 'sysctl net.ipv4.icmp_ratelimit=0');
    }
    h1.run('tools', body);
  });
  await runScenario(networks);
  return `${lines.join('\n')}\n`;
}

/** Times are replaced, as in the fixtures. */
function withoutTimes(text: string): string {
  return text
    .replaceAll(/time=[\d.]+ ms/gu, 'time=T ms')
    .replaceAll(/time \d+ms/gu, 'time T')
    .replaceAll(/= [\d./]+ ms/gu, '= T ms')
    .replaceAll(/ {2}[\d.]+ ms/gu, '  T ms');
}

describe.each(['ping', 'traceroute'])('%s prints what the real one does', (tool) => {
  const expected = readFileSync(`${import.meta.dirname}/../fixtures/tools/${tool}.txt`, 'utf8');
  const blocks = expected.split(/^(?=\$ )/mu);

  test('all its lines', async () => {
    const commands = blocks.map((block) => block.slice(2, block.indexOf('\n')));
    expect(commands.length).toBeGreaterThan(5);
    expect(withoutTimes(await printed(commands))).toBe(expected);
  });
});

describe('ping', () => {
  test.each([
    ['ping', 'ping: usage error: Destination address required'],
    ['ping -z 10.0.0.1', "ping: invalid option -- 'z'"],
    ['ping -c', "ping: option requires an argument -- 'c'"],
    ['ping -c 1 -M bla 10.0.0.1', 'ping: invalid -M argument: bla'],
    ['ping -c 1 -t 300 10.0.0.1', "ping: invalid argument: '300': out of range: 1 <= value <= 255"],
    ['ping 10.0.0.1', 'ping: it ends by -c or -w; nobody interrupts it here'],
    ['ping -c 1 nobody', 'ping: not an IPv4 address: "nobody"'],
  ])('%s', async (command, line) => {
    expect(await printed([command])).toBe(`$ ${command}\n${line}\n[exit 2]\n`);
  });

  test('times: what the way takes, in microseconds; minimum, mean, maximum, deviation', async () => {
    const text = await printed(['ping -c 3 -i 0.2 10.3.0.2', 'ping -w 1 -q 10.3.0.2']);
    expect(text).toContain('icmp_seq=2 ttl=62 time=0.060 ms');
    expect(text).toContain('3 packets transmitted, 3 received, 0% packet loss, time 400ms');
    expect(text).toMatch(/rtt min\/avg\/max\/mdev = 0\.060\/0\.\d{3}\/0\.\d{3}\/0\.\d{3} ms/u);
    expect(text).toContain('1 packets transmitted, 1 received, 0% packet loss, time 0ms');
  });
});
