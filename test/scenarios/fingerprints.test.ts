/**
 * Hosts of every profile before p0f, which names systems by what it sees of them: the SYNs that they
 * send to a Linux server, and the SYN-ACKs by which they answer a Linux client.
 *
 * Its database (3.09b) is from 2016. Of a newer system it names the last one that had the same SYN,
 * or only the family, which it calls generic; and fuzzy where a flag of the header differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ms, PROFILES, scenario, type Process, type Scenario } from '../../src/index.ts';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';
import { record } from '../help/run.ts';

/** What p0f says of one packet: a name, and how sure it is. */
interface Verdict {
  readonly os: string;
  readonly params: string;
}

const UNKNOWN: Verdict = { os: '???', params: 'none' };

function sure(os: string): Verdict {
  return { os, params: 'none' };
}

/**
 * By profile: of its SYN, and of its SYN-ACK. Of what is not here there is no signature.
 *
 * Linux since 4.20 has a window of 44 segments in SYNs, which has no signature of its own, and 45 of
 * them in SYN-ACKs. Linux 4 and 3.10 have 20 segments in both, which came with 3.11, and were taken
 * into the kernel of CentOS 7; as SYN-ACKs they are unknown. CentOS 6 has ten, as 3.0 had first.
 *
 * Windows 10 has 44 segments, 11 the 65,535 octets that Windows XP had with another scale. Their
 * SYN-ACKs, and those of macOS, are known with older scales and windows alone.
 *
 * The scale of macOS was 4 and less; it leaves the identification 0, and asks for ECN. FreeBSD has
 * left it 0 since 11. OpenBSD had a scale of 3, and has 6. lwIP, with an MSS alone and a window of
 * four segments, is taken for an old Linux without options.
 */
const KNOWN: Readonly<Record<string, { readonly syn: Verdict; readonly synAck: Verdict }>> = {
  'linux-6': { syn: { os: 'Linux 2.2.x-3.x', params: 'generic' }, synAck: UNKNOWN },
  'linux-4': { syn: sure('Linux 3.11 and newer'), synAck: UNKNOWN },
  'linux-3': { syn: sure('Linux 3.11 and newer'), synAck: UNKNOWN },
  'linux-2.6': { syn: sure('Linux 3.1-3.10'), synAck: sure('Linux 3.x') },
  'windows-7': { syn: sure('Windows 7 or 8'), synAck: sure('Windows 7 or 8') },
  'windows-10': { syn: { os: 'Windows NT kernel', params: 'generic' }, synAck: UNKNOWN },
  'windows-11': { syn: { os: 'Windows NT kernel 5.x', params: 'generic' }, synAck: UNKNOWN },
  macos: { syn: { os: 'Mac OS X', params: 'generic fuzzy' }, synAck: UNKNOWN },
  freebsd: {
    syn: { os: 'FreeBSD 9.x or newer', params: 'fuzzy' },
    synAck: { os: 'FreeBSD 9.x', params: 'fuzzy' },
  },
  lwip: {
    syn: { os: 'Linux 2.2.x-3.x (barebone)', params: 'generic fuzzy' },
    synAck: { os: 'Linux 2.4-2.6', params: 'fuzzy' },
  },
};

const SERVICE = 80;

/** A host of each profile on a link of its own to a Linux host; each opens a connection. */
const meetings: Scenario = scenario(
  'test/fingerprints',
  { summary: 'hosts of every profile and a Linux host open connections to each other' },
  ({ network }) => {
    const linux = network.host('linux');
    for (const [i, profile] of [...PROFILES.values()].entries()) {
      const host = network.host(profile.name, { address: `10.0.${i}.2/24`, profile });
      const port = network.interface(linux, `eth${i}`, { address: `10.0.${i}.1/24` });
      network.link(host, port, { latency: ms(1) });
      network.capture(port);
      host.run('server', (process) => serve(process, 1));
      host.run('client', (process) => greet(process, `10.0.${i}.1`));
      linux.run('client', (process) => greet(process, `10.0.${i}.2`));
    }
    linux.run('server', (process) => serve(process, PROFILES.size));
  },
);

async function serve(process: Process, clients: number): Promise<void> {
  const listener = process.socket('stream');
  listener.bind(SERVICE);
  listener.listen(clients);
  for (let i = 0; i < clients; i++) {
    const connection = await listener.accept();
    await connection.send(await connection.recvText());
    await connection.close();
  }
  await listener.close();
}

async function greet(process: Process, address: string): Promise<void> {
  const connection = process.socket('stream');
  await connection.connect({ address, port: SERVICE });
  await connection.send('hello');
  await connection.recvText();
  await connection.close();
}

/** What p0f writes of the capture, a line for each finding: `mod=syn|cli=…|subj=cli|os=…`. */
async function findings(): Promise<Map<string, string>[]> {
  const { pcap } = await record(meetings);
  const log = inScratch((directory) => {
    const [capture, findingsFile] = ['capture.pcap', 'p0f.log'].map((name) =>
      path.join(directory, name),
    ) as [string, string];
    writeFileSync(capture, pcap);
    runTool('p0f', '-r', capture, '-o', findingsFile);
    return readFileSync(findingsFile, 'utf8');
  });
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.replace(/^\[.*?\] /, '').split('|');
      return new Map(fields.map((field) => field.split(/=(.*)/s, 2) as [string, string]));
    });
}

describe.skipIf(!hasTool('p0f'))('p0f names the system', () => {
  let found: Map<string, string>[] = [];

  beforeAll(async () => {
    found = await findings();
  });

  function verdict(kind: string, who: 'cli' | 'srv', address: string): Verdict | undefined {
    const finding = found.find(
      (each) => each.get('mod') === kind && each.get(who)?.startsWith(`${address}/`) === true,
    );
    return finding && { os: finding.get('os') ?? '', params: finding.get('params') ?? '' };
  }

  test.each([...PROFILES.keys()].map((name, i) => ({ name, address: `10.0.${i}.2` })))(
    '$name',
    ({ name, address }) => {
      const { syn, synAck } = KNOWN[name] ?? { syn: UNKNOWN, synAck: UNKNOWN };
      expect(verdict('syn', 'cli', address)).toEqual(syn);
      expect(verdict('syn+ack', 'srv', address)).toEqual(synAck);
    },
  );

  test('and that a link is Ethernet’s', () => {
    const links = new Set(
      found.filter((each) => each.get('mod') === 'mtu').map((each) => each.get('link')),
    );
    expect(links).toEqual(new Set(['Ethernet or modem']));
  });
});
