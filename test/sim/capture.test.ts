/** Captures: what they take, what they are called, and the files that become of them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  captureFile,
  port,
  runScenario,
  type Scenario,
  scenario,
  type ScenarioContext,
  type ScenarioOptions,
  tcpPort,
} from '../../src/sim/index.ts';
import { ms, ns } from '../../src/stack/index.ts';
import {
  type CaptureInterface,
  CaptureReader,
  type CaptureRecord,
  type CaptureSection,
  concat,
  DecodeError,
  type HostNames,
  parseIpv4,
} from '../../src/wire/index.ts';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';
import { errno, play } from './lab.ts';

interface ReadBack {
  readonly records: readonly CaptureRecord[];
  readonly interfaces: readonly CaptureInterface[];
  readonly names: readonly HostNames[];
  readonly section: CaptureSection | undefined;
}

function readBack(bytes: Uint8Array): ReadBack {
  const reader = new CaptureReader();
  reader.push(bytes);
  const records: CaptureRecord[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    if (next instanceof DecodeError) throw new Error(next.toString());
    records.push(next);
  }
  expect(reader.end()).toBeUndefined();
  return {
    records,
    interfaces: reader.interfaces,
    names: reader.names,
    section: reader.section,
  };
}

/** A client that asks ports 80 and 81 by TCP and 80 by UDP, where nobody is. */
function knocks(client: ScenarioContext['network']['hosts'][number]): void {
  client.run('client', async (process) => {
    for (const wanted of [80, 81]) {
      const to = { address: '10.0.0.2', port: wanted };
      expect(await errno(() => process.socket('stream').connect(to))).toBe('ECONNREFUSED');
    }
    const socket = process.socket('datagram');
    socket.connect({ address: '10.0.0.2', port: 80 });
    socket.send('x');
    expect(await errno(() => socket.recv())).toBe('ECONNREFUSED');
  });
}

describe('options', () => {
  test('only: what a filter says; port takes UDP too, tcpPort does not', async () => {
    const { frames } = await play(({ network }) => {
      const [client] = network.pair();
      network.capture(client, { name: 'all' });
      network.capture(client, { name: 'port', only: port(80) });
      network.capture(client, { name: 'tcp port', only: tcpPort(80) });
      network.capture(client, { name: 'arp', only: ({ arp }) => arp !== undefined });
      network.capture(client, { name: 'none', only: () => false });
      knocks(client);
    });
    const counts = new Map<string, number>();
    for (const { capture } of frames) counts.set(capture.name, (counts.get(capture.name) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      all: 4 + 2 + 2 + 2, // ARP; SYN and RST, twice; a datagram and the ICMP error
      port: 3,
      'tcp port': 2,
      arp: 4, // a question and an answer, and five seconds later those of who was not sure
    });
  });

  test('count: no more than so many, of those that the filter lets through', async () => {
    const { frames } = await play(({ network }) => {
      const [client] = network.pair();
      network.capture(client, { name: 'none', count: 0 });
      network.capture(client, { name: 'two', count: 2 });
      network.capture(client, { name: 'third', only: tcpPort(81), count: 1 });
      knocks(client);
    });
    expect(frames.map(({ capture }) => capture.name)).toEqual(['two', 'two', 'third']);
  });

  test.each([-1, 0.5, Number.NaN])('a count of %d is refused', async (count) => {
    await expect(
      play(({ network }) => network.capture(network.pair()[0], { count })),
    ).rejects.toThrow('a count is a whole number, 0 or more');
  });

  test('name and print are handed on; ids count from 0', async () => {
    const { captures } = await play(({ network }) => {
      const [client, server] = network.pair();
      network.capture(client);
      network.capture(server.interface('eth0'), { name: 'the other', print: '-nn -v' });
      network.capture(server.interface('lo'));
    });
    expect(captures).toMatchObject([
      { id: 0, name: 'eth0', print: undefined },
      { id: 1, name: 'the other', print: '-nn -v' },
      { id: 2, name: 'lo', print: undefined },
    ]);
    expect(captures.map(({ host }) => host)).toEqual(['client', 'server', 'server']);
  });

  test('at both ends: a frame is seen when it is sent and when it arrives', async () => {
    const { frames } = await play(({ network }) => {
      const [client, server] = network.pair({ latency: ms(5) });
      for (const host of [client, server]) network.capture(host, { name: host.name });
      client.run('client', async (process) => {
        process.socket('datagram').send('x', { address: '10.0.0.2', port: 9 });
      });
    });
    expect(frames.slice(0, 4).map(({ capture, at }) => [capture.name, at])).toEqual([
      ['client', 0], // who has 10.0.0.2?
      ['server', ms(5)],
      ['server', ms(5)], // I have
      ['client', ms(10)],
    ]);
  });

  test('one that begins in the middle of a run has what comes from then on', async () => {
    const { frames } = await play(({ network }) => {
      const [client] = network.pair();
      network.capture(client, { name: 'early' });
      client.run('client', async (process) => {
        const socket = process.socket('datagram');
        socket.send('1', { address: '10.0.0.2', port: 9 });
        await process.sleep(ms(1));
        network.capture(client, { name: 'late' });
        socket.send('2', { address: '10.0.0.2', port: 9 });
      });
    });
    const inCapture = (name: string): unknown[] =>
      frames.filter(({ capture, cause }) => capture.name === name && !cause.startsWith('arp'));
    expect(inCapture('late')).toHaveLength(2); // and ICMP
    expect(inCapture('early')).toHaveLength(4);
  });
});

const OPTIONS: ScenarioOptions = {
  summary: 'a test – of captures',
  start: '2026-02-28T23:59:59.999999Z',
  hosts: { '10.0.0.1': 'alice', '10.0.0.2': 'bob' },
};

function captured(options = OPTIONS): Scenario {
  return scenario('the/name', options, ({ network }) => {
    const [client, server] = network.pair({ latency: ns(1_500) });
    network.capture(client, { name: 'left' });
    network.capture(server, { name: 'right' });
    knocks(client);
  });
}

async function fileOf(format: 'pcap' | 'pcapng', what: Scenario, seed = 1): Promise<Uint8Array> {
  const file = captureFile(format, what, seed);
  await runScenario(what, {
    seed,
    observer: {
      captureOpened: (capture) => file.captureOpened(capture),
      frame: (...frame) => file.frame(...frame),
      dropped: () => {},
      stateEntered: () => {},
      reported: () => {},
    },
  });
  const bytes = concat(...file.take());
  expect(file.take()).toEqual([]);
  return bytes;
}

describe('pcapng', () => {
  let read: ReadBack | undefined = undefined;
  const readOnce = async (): Promise<ReadBack> => {
    read ??= readBack(await fileOf('pcapng', captured(), 42));
    return read;
  };

  test('every packet says why it was sent', async () => {
    const { records } = await readOnce();
    for (const { comments } of records) {
      expect(comments).toHaveLength(1);
      expect(comments[0]).toMatch(/^.+ \(RFC .+\)$/);
    }
    expect(records[0]?.comments).toEqual(['asks who has the next hop (RFC 826)']);
  });

  test('interfaces have the captures’ names and their hosts', async () => {
    const { interfaces } = await readOnce();
    expect(interfaces.map(({ name, description }) => [name, description])).toEqual([
      ['left', 'client'],
      ['right', 'server'],
    ]);
  });

  test('the section names the program, the scenario and the seed', async () => {
    const { section } = await readOnce();
    expect(section?.application).toBe('tcpetri');
    expect(section?.comments).toEqual(['scenario the/name, seed 42: a test – of captures']);
  });

  test('addresses have the scenario’s names', async () => {
    const { names } = await readOnce();
    expect(names).toEqual([
      { address: parseIpv4('10.0.0.1'), names: ['alice'] },
      { address: parseIpv4('10.0.0.2'), names: ['bob'] },
    ]);
  });

  test('times are nanoseconds on the calendar', async () => {
    const { records } = await readOnce();
    const midnight = Date.parse('2026-03-01T00:00:00Z') / 1000;
    expect(records.slice(0, 3).map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual([
      [midnight - 1, 999_999_000],
      [midnight, 500],
      [midnight, 500],
    ]);
  });

  test('without names there is no block of them', async () => {
    const { names } = readBack(await fileOf('pcapng', captured({ summary: 'nameless' })));
    expect(names).toEqual([]);
  });

  test.skipIf(!hasTool('tshark'))('tshark shows interfaces, comments and names', async () => {
    const bytes = await fileOf('pcapng', captured(), 42);
    const shown = inScratch((directory) => {
      const file = path.join(directory, 'capture.pcapng');
      writeFileSync(file, bytes);
      const fields = ['frame.interface_name', 'frame.comment', 'ip.src_host'];
      return runTool(
        'tshark',
        '-r',
        file,
        '-T',
        'fields',
        '-N',
        'n',
        ...fields.flatMap((field) => ['-e', field]),
      );
    });
    const lines = shown.trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    expect(lines[0]).toMatch(/^left\tasks who has the next hop \(RFC 826\)/);
    expect(lines[1]).toMatch(/^right\tasks who has the next hop \(RFC 826\)/);
    expect(
      lines.some((line) => line.startsWith('left\tactive open (RFC 9293 §3.10.1)\talice')),
    ).toBe(true);
  });
});

describe('pcap', () => {
  test('has the same packets in the same order, times cut to microseconds', async () => {
    const ng = readBack(await fileOf('pcapng', captured()));
    const { records, interfaces } = readBack(await fileOf('pcap', captured()));
    expect(interfaces).toHaveLength(1);
    expect(records.map(({ bytes }) => bytes)).toEqual(ng.records.map(({ bytes }) => bytes));
    expect(records.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual(
      ng.records.map(({ seconds, nanoseconds }) => [seconds, nanoseconds - (nanoseconds % 1_000)]),
    );
    expect(records.every(({ comments }) => comments.length === 0)).toBe(true);
  });
});

test('a file is given in pieces that make it up', async () => {
  const what = captured();
  const whole = await fileOf('pcapng', what);
  const file = captureFile('pcapng', what, 1);
  const pieces: Uint8Array[] = [];
  const take = (): void => void pieces.push(...file.take().map((piece) => piece.slice()));
  await runScenario(what, {
    observer: {
      captureOpened: (capture) => file.captureOpened(capture),
      frame: (...frame) => {
        file.frame(...frame);
        take();
      },
      dropped: () => {},
      stateEntered: () => {},
      reported: () => {},
    },
  });
  take();
  expect(pieces.length).toBeGreaterThan(10);
  expect(concat(...pieces)).toEqual(whole);
});
