/** `dig` and `host`: what BIND's 9.18 print of the same answers, recorded from them. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseZone, serveDns, SERVICE_PROGRAMS, StubResolver } from '../../src/services/index.ts';
import { type Network, runScenario, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';

const ZONE = parseZone(`
$ORIGIN example.com.
$TTL 3600
@         SOA   ns hostmaster 1 7200 900 1209600 300
          NS    ns
          MX    10 mail
          TXT   "hello world"
www       A     192.0.2.80
          AAAA  2001:db8::80
ftp       CNAME www
_sip._udp SRV   1 2 5060 www
80.2.0.192.in-addr.arpa. PTR www
${Array.from({ length: 40 }, (_, i) => `many A 192.0.2.${i + 1}\n`).join('')}
`);

/** Runs lines on a host that asks 10.9.0.2; 10.9.1.0/24 is on a link where nobody is. */
async function lines(all: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  const what = scenario('dig', { summary: 'a test' }, ({ network }: { network: Network }) => {
    const [client, names] = [network.host('client'), network.host('names')] as [
      SimulatedHost,
      SimulatedHost,
    ];
    network.link(client, names, { subnet: '10.9.0.0/30', latency: ms(0.01) });
    client.resolver = new StubResolver({ nameservers: ['10.9.0.2'] });
    names.run('named', (process) => serveDns(process, ZONE), { daemon: true });
    client.run('user', async () => {
      await client.sh('ip addr add 10.9.1.1/24 dev eth0');
      for (const line of all) {
        const { text, status } = await client.login().watch(line);
        told.push(status === 0 ? text : `${text}[${status}]\n`);
      }
    });
  });
  await runScenario(what, { programs: SERVICE_PROGRAMS });
  return told;
}

/** What differs between runs. */
function masked(text: string): string {
  return text
    .replaceAll(/id: \d+/g, 'id: N')
    .replaceAll(/WHEN: .*/g, 'WHEN: Thu Jan 01 12:00:00 UTC 2026');
}

const fixture = readFileSync(new URL('../fixtures/tools/dig.txt', import.meta.url), 'utf8');
const recorded = fixture.split(/^\$ /m).slice(1);

test('print what the real ones print', async () => {
  const commands = recorded.map((each) => each.slice(0, each.indexOf('\n')));
  const outputs = await lines(commands);
  for (const [i, command] of commands.entries()) {
    expect(`${command}\n${masked(outputs[i]!)}`).toBe(recorded[i]);
  }
  expect(commands.length).toBeGreaterThan(30);
});

test('what is too long for a datagram is asked for again by TCP', async () => {
  const [long, whole, taken] = await lines([
    'dig +noedns many.example.com',
    'dig +short many.example.com | wc -l',
    'dig +noedns +ignore many.example.com',
  ]);
  expect(long).toMatch(/^;; Truncated, retrying in TCP mode.\n/);
  expect(long).toMatch(/SERVER: 10.9.0.2#53\(10.9.0.2\) \(TCP\)/);
  expect(whole).toBe('40\n');
  expect(taken).toContain(';; flags: qr aa tc rd ra; QUERY: 1, ANSWER: 0');
});

test('how long nothing may be remembered is no longer than the zone says (RFC 2308 §3)', async () => {
  const [itself, nothing] = await lines([
    'dig +noall +answer example.com SOA',
    'dig +noall +authority www.example.com MX',
  ]);
  expect([itself, nothing].map((text) => /\s(\d+)\sIN\sSOA/.exec(text ?? '')?.[1])).toEqual([
    '3600',
    '300',
  ]);
});

test('without a resolver the host itself is asked', async () => {
  const what = scenario('alone', { summary: 'a test' }, ({ network }: { network: Network }) => {
    const host = network.host('host');
    host.run('user', async () => {
      const { text } = await host.login().watch('dig +short +tries=1 a.example; host a.example');
      expect(text).toMatch(/communications error to 127.0.0.1#53: connection refused/);
      expect(text).toMatch(/no servers could be reached\n$/);
    });
  });
  await runScenario(what, { programs: SERVICE_PROGRAMS });
});

test('what is no name is told', async () => {
  const long = 'a'.repeat(64);
  expect(await lines(['dig a..b', `dig ${long}`, 'host ..', 'dig . NS +short'])).toEqual([
    "dig: 'a..b' is not a legal name (empty label)\n[10]\n",
    `dig: '${long}' is not a legal name (label too long)\n[10]\n`,
    "host: '..' is not a legal name (empty label)\n[1]\n",
    '',
  ]);
});

test('law: any words have an outcome', async () => {
  // prettier-ignore
  const word = fc.constantFrom('dig', 'host', '+short', '+tcp', '+notcp', '@10.9.0.2', '@', '-x', '-t', '-p', '53', 'MX', '192.0.2.80',
    'www.example.com', '..', '+time=', '+bufsize=99999', '-4', '-6', '+nocmd', 'IN', '-q', '+', 'ff::1', 'a'.repeat(70));
  const line = fc
    .tuple(fc.constantFrom('dig', 'host'), fc.array(word, { maxLength: 6 }))
    .map(([name, words]) => [name, ...words].join(' '));
  const all = fc.sample(line, { numRuns: 60, seed: 7 });
  const outputs = await lines(all);
  expect(outputs).toHaveLength(all.length);
  expect(outputs.filter((text) => text.includes('192.0.2.80')).length).toBeGreaterThan(3);
});
