/** What the printer is told from outside: names, the time of day; and what it says of itself. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePrintFlags, type PrinterOptions, Printer } from '../../src/tcpdump/index.ts';
import {
  encodeFrame,
  type FrameFields,
  hex,
  LinkType,
  parseIpv4,
  seqToU32,
  TcpFlag,
  toSeq,
} from '../../src/wire/index.ts';

const ETHERNET = { source: 0x020000000001, destination: 0x020000000002 };
const SECONDS = Date.UTC(2024, 1, 29, 23, 59, 58) / 1000;

function packet(sourcePort: number, destinationPort: number, more: FrameFields = {}): Uint8Array {
  return encodeFrame({
    ethernet: ETHERNET,
    ipv4: { source: parseIpv4('127.0.0.1'), destination: parseIpv4('192.168.1.178') },
    tcp: { sourcePort, destinationPort, seq: toSeq(1), flags: TcpFlag.syn, window: 1 },
    ...more,
  });
}

function print(bytes: Uint8Array, flags: string, options?: PrinterOptions): string {
  const printer = new Printer(parsePrintFlags(flags), options);
  const time = { seconds: SECONDS, nanoseconds: 123_456_789 };
  return printer.print({
    linkType: LinkType.ethernet,
    bytes,
    originalLength: bytes.length,
    ...time,
  });
}

const REST = 'Flags [S], seq 1, win 1, length 0';

describe('names', () => {
  const frame = packet(40_000, 8000);

  test('are those of Debian, and localhost', () => {
    expect(print(packet(22, 443), '-t')).toBe(`IP localhost.ssh > 192.168.1.178.https: ${REST}`);
  });

  test('of hosts and services can be given, and win', () => {
    const options = {
      hosts: new Map([[parseIpv4('192.168.1.178'), 'server.example.org']]),
      services: { tcp: new Map([[8000, 'irdmi']]) },
    };
    const text = `IP localhost.40000 > server.example.org.irdmi: ${REST}`;
    expect(print(frame, '-t', options)).toBe(text);
    expect(print(frame, '-t -N', options)).toBe(text.replace('.example.org', ''));
    expect(print(frame, '-t -n', options)).toBe(`IP 127.0.0.1.40000 > 192.168.1.178.8000: ${REST}`);
  });

  test('of hosts may be of IPv6', () => {
    const six = encodeFrame({
      ethernet: { source: 1, destination: 2 },
      ipv6: { source: 1n, destination: 2n },
      udp: { sourcePort: 1, destinationPort: 2 },
    });
    const options = { hosts: new Map([[1n, 'one.example']]) };
    expect(print(six, '-t', options)).toBe('IP6 one.example.1 > ::2.2: UDP, length 0');
    expect(print(six, '-t -N', options)).toBe('IP6 one.1 > ::2.2: UDP, length 0');
    expect(print(six, '-t -n', options)).toBe('IP6 ::1.1 > ::2.2: UDP, length 0');
  });

  test('of vendors stand beside hardware addresses', () => {
    expect(print(frame, '-t -e')).toContain('02:00:00:00:00:01 (oui Unknown) > ');
    expect(print(frame, '-t -en')).toContain('02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype');
  });
});

describe('time', () => {
  const frame = packet(1, 2);
  const before = (flags: string, options?: PrinterOptions): string =>
    print(frame, `-n ${flags}`, options).split('IP')[0]!;

  test('is UTC, in any style', () => {
    expect(before('')).toBe('23:59:58.123456 ');
    expect(before('--nano')).toBe('23:59:58.123456789 ');
    expect(before('-t')).toBe('');
    expect(before('-tt')).toBe(`${SECONDS}.123456 `);
    expect(before('-ttt')).toBe(' 00:00:00.000000 ');
    expect(before('-tttt')).toBe('2024-02-29 23:59:58.123456 ');
    expect(before('-ttttt')).toBe(' 00:00:00.000000 ');
  });

  test('is local where a clock is given', () => {
    const localTime = () => ({ year: 2024, month: 3, day: 1, hour: 1, minute: 59, second: 58 });
    expect(before('-tttt', { localTime })).toBe('2024-03-01 01:59:58.123456 ');
  });

  test('agrees with the calendar on every day from 1970 to 2038', () => {
    const printer = new Printer(parsePrintFlags('-tttt -n'));
    const wrong: string[] = [];
    for (let seconds = 86_399; seconds < 2 ** 31; seconds += 86_400) {
      const record = { linkType: LinkType.ethernet, bytes: frame, originalLength: frame.length };
      const text = printer.print({ ...record, seconds, nanoseconds: 0 }).slice(0, 19);
      const right = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
      if (text !== right) wrong.push(`${text} is ${right}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('sequence numbers', () => {
  const ack = (
    from: number,
    seq: number,
    acknowledged: number,
    flags: number = TcpFlag.ack,
  ): Uint8Array =>
    encodeFrame({
      ethernet: ETHERNET,
      ipv4: { source: from, destination: 3 - from },
      tcp: {
        sourcePort: from === 1 ? 2000 : 80,
        destinationPort: from === 1 ? 80 : 2000,
        seq: toSeq(seq),
        ack: toSeq(acknowledged),
        flags,
        window: 1,
      },
    });
  const numbers = (frames: readonly Uint8Array[], flags = '-t -n -vv -K'): string[] => {
    const printer = new Printer(parsePrintFlags(flags));
    return frames.map((bytes) => {
      const record = { linkType: LinkType.ethernet, bytes, originalLength: bytes.length };
      const text = printer.print({ ...record, seconds: 0, nanoseconds: 0 });
      return /seq .*?, ack \d+/.exec(text)![0];
    });
  };

  test('of a connection begun before the capture count from its first segment', () => {
    const frames = [ack(1, 1000, 5000), ack(2, 5000, 1010), ack(1, 1010, 5007)];
    expect(numbers(frames)).toEqual(['seq 1000, ack 5000', 'seq 1, ack 10', 'seq 10, ack 8']);
    expect(numbers(frames, '-S -t -n -vv')).toEqual([
      'seq 1000, ack 5000',
      'seq 5000, ack 1010',
      'seq 1010, ack 5007',
    ]);
  });

  test('count anew from a SYN, across 2³²', () => {
    const last = seqToU32(toSeq(-1));
    const frames = [
      ack(1, 7, 7),
      ack(2, last, 101, TcpFlag.syn | TcpFlag.ack),
      ack(1, 101, 0),
      ack(2, 0, 151),
    ];
    expect(numbers(frames)).toEqual([
      'seq 7, ack 7',
      `seq ${last}, ack 101`,
      'seq 1, ack 1',
      'seq 1, ack 51',
    ]);
  });
});

test('a protocol that is not decoded is named', () => {
  const ipv4 = { source: 1, destination: 2, protocol: 2 };
  const printer = new Printer(parsePrintFlags('-n -t'));
  const printOf = (frame: FrameFields): string => {
    const bytes = encodeFrame({ ethernet: ETHERNET, ...frame });
    const record = { linkType: LinkType.ethernet, bytes, originalLength: bytes.length };
    return printer.print({ ...record, seconds: 0, nanoseconds: 0 });
  };
  expect(printOf({ ipv4, payload: new Uint8Array(8) })).toBe('IP 0.0.0.1 > 0.0.0.2:  ip-proto-2 8');
  expect(printer.gap).toBe('IGMP');
  printOf({ ipv4: { source: 1, destination: 2 }, udp: { sourcePort: 1, destinationPort: 123 } });
  expect(printer.gap).toBe('NTP');
  printOf({ ipv4: { source: 1, destination: 2 }, udp: { sourcePort: 1, destinationPort: 9 } });
  expect(printer.gap).toBeUndefined();
});

test('options of a jumbogram of more than 2³¹ octets are not printed, as by tcpdump', () => {
  const bytes = hex(`
    6000 0000 0000 00fd 0000 0000 0000 0000 0000 ffff 0a00 0001 0000 0000 0000 0000 0000 0000
    0000 2e00 3a01 c204 9405 3aca 0502 aea6 0102 0000 9301 ab31 aa9c b71b 0201 05d5 d0af 7d43
    8421 4a30 e7de ef74`);
  const printer = new Printer(parsePrintFlags('-n -v -t'));
  const record = { linkType: LinkType.ipv6, bytes, originalLength: 80 };
  const text = printer.print({ ...record, seconds: 0, nanoseconds: 0 });
  expect(text).toMatch(/mobile router advertisement, length 2483370682, id 0xaa9c M$/);
});

test('any octets of any link type have a text', () => {
  const flagSets = ['', '-nvvveS -X', '-qq -v -ttt', '-vv -K -AA -N'].map((f) =>
    parsePrintFlags(f),
  );
  const linkTypes = [...Object.values(LinkType), 12, 147];
  fc.assert(
    fc.property(
      fc.constantFrom(...flagSets),
      fc.constantFrom(...linkTypes),
      fc.uint8Array({ maxLength: 300, size: 'max' }),
      fc.nat(400),
      (flags, linkType, bytes, originalLength) => {
        const printer = new Printer(flags);
        const text = printer.print({ linkType, bytes, originalLength, seconds: 0, nanoseconds: 0 });
        expect(text.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 5000 },
  );
});
