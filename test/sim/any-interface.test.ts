/** Captures on `any`: cooked headers, as a Linux kernel's packet socket without a device gives them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type CaptureOptions, scenario, type ScenarioContext } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { filter } from '../../src/tcpdump/index.ts';
import { LinkType, printHex, readCapture } from '../../src/wire/index.ts';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';
import { record } from '../help/run.ts';

/** A client that sends a datagram to itself, to a neighbour and to all. */
function build({ network }: ScenarioContext, options: CaptureOptions): void {
  const [client] = network.pair();
  network.capture(client.any, options);
  const late = network.interface(client, 'eth1', { address: '10.9.0.1/24' });
  network.link(late, network.host('other', { address: '10.9.0.2/24' }));
  client.run('client', async (process) => {
    for (const address of ['127.0.0.1', '10.0.0.2', '10.9.0.2']) {
      process.socket('datagram').send('hello', { address, port: 7 });
      await process.sleep(ms(1));
    }
  });
}

const about = (options: CaptureOptions = {}): ReturnType<typeof scenario> =>
  scenario('any', { summary: 'a capture on any', print: '-nn -t' }, (context) => {
    build(context, options);
  });

test('packets say by which interface they went and which way; those of loopback once', async () => {
  const { text } = await record(about());
  const packets = text.filter((line) => !line.startsWith(' '));
  expect(packets.slice(0, 6).map((line) => line.replace(/\.\d{5}\b/, '.PORT'))).toEqual([
    'lo    In  IP 127.0.0.1.PORT > 127.0.0.1.7: UDP, length 5',
    'lo    In  IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 7 unreachable, length 41',
    'eth0  Out ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    'eth0  In  ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28',
    'eth0  Out IP 10.0.0.1.PORT > 10.0.0.2.7: UDP, length 5',
    'eth0  In  IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 udp port 7 unreachable, length 41',
  ]);
  // An interface that there was not yet when the capture began.
  expect(packets[6]).toBe('eth1  Out ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 28');
});

test('headers are those of a kernel', async () => {
  const { pcap } = await record(about());
  const { records } = readCapture(pcap);
  expect(records.map(({ linkType }) => linkType)).toEqual(records.map(() => LinkType.linuxSll2));
  expect(records.slice(0, 4).map(({ bytes }) => printHex(bytes.subarray(0, 20)))).toEqual([
    '0800000000000001030400060000000000000000',
    '0800000000000001030400060000000000000000',
    '0806000000000002000104060200000000010000',
    '0806000000000002000100060200000000020000',
  ]);
});

test('of version 1 too, where that is wanted; and filters know either', async () => {
  const only = filter('outbound and udp');
  for (const linkType of [LinkType.linuxSll, LinkType.linuxSll2] as const) {
    const { pcap } = await record(about({ linkType, only }));
    const { records } = readCapture(pcap);
    expect(records.map((each) => each.linkType)).toEqual([linkType, linkType]);
  }
});

test.skipIf(!hasTool('tcpdump'))('the real tcpdump prints it as we do', async () => {
  const { pcap, text } = await record(about());
  inScratch((directory) => {
    const file = path.join(directory, 'any.pcap');
    writeFileSync(file, pcap);
    const theirs = runTool('tcpdump', '-nn', '-t', '-r', file).split('\n');
    expect(theirs.map((line) => line.slice(6)).filter(Boolean)).toEqual(
      text.filter((line) => !line.startsWith(' ')).map((line) => line.slice(6)),
    );
  });
});
