/**
 * Writes docs/profiles.md, what differs between the systems: `npm run docs`. Packets are those that
 * hosts of the profiles send in a simulation; the rest is read off the profiles.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Duration,
  type HostProfile,
  linux6,
  ms,
  PROFILES,
  runScenario,
  scenario,
  seconds,
} from '../src/index.ts';
import { parsePrintFlags, Printer } from '../src/tcpdump/index.ts';
import { decodeFrame, LinkType, parseIp, TcpFlag } from '../src/wire/index.ts';

/** A frame as it was sent. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly at: Duration;
}

const SERVICE = 80;
const NOBODY = '10.0.0.3';
/** How long a program waits for nobody: some systems would for ever. */
const PATIENCE = seconds(150);

/** The TCP packets of two hosts, of which the first opens a connection to `address`. */
async function opening(from: HostProfile, to: HostProfile, address: string): Promise<Sent[]> {
  const sent: Sent[] = [];
  const what = scenario('docs/opening', { summary: 'one connection' }, ({ network }) => {
    const client = network.host('client', { profile: from });
    const eth0 = network.interface(client, 'eth0', { address: '10.0.0.1/24' });
    const server = network.host('server', { profile: to, address: '10.0.0.2/24' });
    network.link(client, server, { latency: ms(1) });
    client.stack.addNeighbor(eth0.stack, parseIp(NOBODY), 3, 0);
    network.capture(eth0);
    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(SERVICE);
      listener.listen(1);
      if (address === NOBODY) return;
      await (await listener.accept()).close();
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream');
      const connected = connection.connect({ address, port: SERVICE }).catch(() => undefined);
      await (address === NOBODY ? process.sleep(PATIENCE) : connected);
      await connection.close();
    });
  });
  await runScenario(what, {
    observer: {
      captureOpened: () => undefined,
      frame: (_capture, bytes, _cause, at) => {
        if (decodeFrame(LinkType.ethernet, bytes).tcp) sent.push({ bytes: bytes.slice(), at });
      },
      dropped: () => undefined,
      stateEntered: () => undefined,
      reported: () => undefined,
    },
  });
  return sent;
}

/** Flags, window and options as tcpdump prints them, without the values of timestamps. */
function described({ bytes }: Sent): string {
  const printer = new Printer(parsePrintFlags('-nn -t'), {});
  const record = { bytes, originalLength: bytes.length, linkType: LinkType.ethernet };
  const text = printer.print({ ...record, seconds: 0, nanoseconds: 0 });
  const [, flags, window, options] =
    /Flags \[(.*?)\].* win (\d+), options \[(.*)\]/.exec(text) ?? [];
  return `${flags} win ${window} <${options?.replace(/TS val \d+ ecr \d+/, 'TS')}>`;
}

function isSyn({ bytes }: Sent): boolean {
  const { tcp } = decodeFrame(LinkType.ethernet, bytes);
  return tcp !== undefined && (tcp.flags & TcpFlag.syn) !== 0;
}

/** What a table says of each profile, below its heads. */
interface Table {
  /** Nothing where it goes on with the subject of the one before. */
  readonly title: string | undefined;
  readonly heads: readonly string[];
  readonly cells: (profile: HostProfile) => readonly string[] | Promise<readonly string[]>;
}

function inSeconds(duration: Duration): string {
  return duration === Number.POSITIVE_INFINITY ? 'none' : `${duration / seconds(1)} s`;
}

function inMilliseconds(duration: Duration): string {
  return `${duration / ms(1)} ms`;
}

function identificationOf({ identification }: HostProfile): string {
  const { rule, ofSockets, zeroIfWhole } = identification;
  const counted = rule === 'random' ? 'random' : `by ${rule.replaceAll('-', ' ')}`;
  const ofWhole = ofSockets ? 'by socket, or 0' : '0';
  return zeroIfWhole ? `${ofWhole} with DF; ${counted}` : counted;
}

function timestampsOf({ tcp }: HostProfile): string {
  const { timestamps, requestsTimestamps, timestampClock, synOptions } = tcp;
  if (timestamps === 0 || !synOptions.includes('timestamps')) return 'none';
  const { tick, offset } = timestampClock;
  const hidden = offset === 'none' ? 'from boot' : `offset by ${offset}`;
  return `${inMilliseconds(tick)}, ${hidden}${requestsTimestamps ? '' : ', if asked'}`;
}

function initialNumbersOf({ tcp: { initialNumbers } }: HostProfile): string {
  return initialNumbers.rule === 'hash' ? `hash, ${initialNumbers.step} ns` : initialNumbers.rule;
}

function resetOf({ tcp: { resetAnswer, abortWindow } }: HostProfile): string {
  const { dontFragment, reflectsTos, repeatsAck } = resetAnswer;
  const words = [
    dontFragment === 'repeated' ? 'DF as answered' : dontFragment ? 'DF' : 'no DF',
    ...(reflectsTos ? ['ToS as answered'] : []),
    ...(repeatsAck ? ['ACK field set'] : []),
    `${abortWindow} window`,
  ];
  return words.join(', ');
}

const TABLES: readonly Table[] = [
  {
    title: 'The SYN, and the answer to one of Linux 6',
    heads: ['SYN'],
    cells: async (profile) => {
      const [syn] = await opening(profile, linux6, '10.0.0.2');
      return [syn === undefined ? '' : described(syn)];
    },
  },
  {
    title: undefined,
    heads: ['SYN-ACK'],
    cells: async (profile) => {
      const [, synAck] = await opening(linux6, profile, '10.0.0.2');
      return [synAck === undefined ? '' : described(synAck)];
    },
  },
  {
    title: 'When SYNs go that nobody answers, in seconds, as long as a program waits',
    heads: ['SYN'],
    cells: async (profile) => {
      const sent = await opening(profile, linux6, NOBODY);
      return [
        sent
          .filter(isSyn)
          .map(({ at }) => String(at / seconds(1)))
          .join(' '),
      ];
    },
  },
  {
    title: 'The Internet layer',
    heads: ['TTL', 'identification', 'DF of UDP'],
    cells: (profile) => [
      String(profile.ttl),
      identificationOf(profile),
      profile.pathMtu.ofDatagrams ? 'yes' : 'no',
    ],
  },
  {
    title: 'Ephemeral ports',
    heads: ['from', 'to', 'of TCP', 'of UDP'],
    cells: ({ ephemeralPorts, portChoice }) => [
      ...ephemeralPorts.map(String),
      portChoice.streams,
      portChoice.datagrams,
    ],
  },
  {
    title: 'Numbers, and the RST that refuses or aborts',
    heads: ['ISN', 'timestamps', 'RST'],
    cells: (profile) => [initialNumbersOf(profile), timestampsOf(profile), resetOf(profile)],
  },
  {
    title: 'Timers',
    heads: ['first RTO', 'least RTO', 'delayed ACK', 'TIME-WAIT', 'FIN-WAIT-2', 'keep-alive'],
    cells: ({ tcp: { retransmission, delayedAck, timeWait, finWait2, keepAlive } }) => [
      inSeconds(retransmission.initialRto),
      inMilliseconds(retransmission.minimumRto),
      inMilliseconds(delayedAck.minimum),
      inSeconds(timeWait),
      inSeconds(finWait2),
      `${inSeconds(keepAlive.idle)}, ${keepAlive.probes} by ${inSeconds(keepAlive.interval)}`,
    ],
  },
  {
    title: 'Sending and receiving',
    heads: ['congestion control', 'first window', 'receive buffer', 'send buffer', 'grows'],
    cells: ({ tcp: { congestion, receiveBuffer, sendBuffer, receiveTuning, receiveGrowth } }) => [
      congestion.algorithm,
      String(congestion.initialWindow),
      String(receiveBuffer.default),
      String(sendBuffer.default),
      receiveTuning === undefined && receiveGrowth === undefined ? 'no' : 'yes',
    ],
  },
];

/** Where the numbers come from; each stands with its name in the profile's file. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ['linux', 'the kernel’s source and documentation; for Linux 6 captures of 6.18 beside it'],
  ['windows', 'Microsoft’s documents, nmap’s and p0f’s fingerprints, captures'],
  ['macos', 'the source of XNU 11417 (macOS 15), nmap’s fingerprints, captures'],
  ['freebsd', 'sysctls and constants of FreeBSD 14’s source'],
  ['openbsd', 'OpenBSD’s source'],
  ['lwip', 'lwIP’s source, with the options of its opt.h'],
  ['smoltcp', 'smoltcp’s source'],
  ['rfc', 'the RFCs, by section'],
]);

function sourceOf(name: string): string {
  const [, source = ''] = [...SOURCES].find(([beginning]) => name.startsWith(beginning)) ?? [];
  return source;
}

async function section({ title, heads, cells }: Table): Promise<string[]> {
  const rows = [['', ...heads]];
  for (const profile of PROFILES.values()) rows.push([profile.name, ...(await cells(profile))]);
  const widths = ['', ...heads].map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...(title === undefined ? [] : ['', `## ${title}`]), '', '```text', ...lines, '```'];
}

/** The document. */
export async function profilesDocument(): Promise<string> {
  const sections: string[] = [];
  for (const table of TABLES) sections.push(...(await section(table)));
  return [
    '# Host profiles',
    '',
    'What makes one system look different from another is data: a host is given a profile',
    '(`network.host(name, { profile: windows10 })`, `tcpetri drill --profile windows-10`), and protocol',
    'code asks no more which system it is. Each number stands with its source in a file of',
    '`src/stack/profiles`; here is what can be seen from outside. Written by `npm run docs`.',
    '',
    ...[...PROFILES.keys()].map((name) => `- \`${name}\`: ${sourceOf(name)}`),
    ...sections,
    '',
    'p0f reads captures of every profile in `test/scenarios/fingerprints.test.ts`, which has a table of',
    'what it makes of them.',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const document = await profilesDocument();
  writeFileSync(new URL('../docs/profiles.md', import.meta.url), document);
}
