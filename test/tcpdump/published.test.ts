/**
 * Texts that people published, read back into packets: printed again, each line is the same, with
 * its addresses, names, numbers, options and checksums.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePrintFlags, Printer, type PrinterOptions } from '../../src/tcpdump/index.ts';
import {
  encodeFrame,
  encodeTcpOptions,
  LinkType,
  parseIpv4,
  pseudoSum,
  TcpFlag,
  type TcpOption,
  toSeq,
} from '../../src/wire/index.ts';

const ETHERNET = { source: 0, destination: 0 };
const FLAG_BITS: Readonly<Record<string, number>> = {
  F: TcpFlag.fin,
  S: TcpFlag.syn,
  R: TcpFlag.rst,
  P: TcpFlag.psh,
  '.': TcpFlag.ack,
};

/** `localhost.8000` or `192.168.1.178.irdmi`. */
function endpoint(text: string): { readonly address: number; readonly port: number } {
  const dot = text.lastIndexOf('.');
  const port = text.slice(dot + 1);
  return {
    address: parseIpv4(text.slice(0, dot).replace('localhost', '127.0.0.1')),
    port: port === 'irdmi' ? 8000 : Number(port),
  };
}

function option(text: string): TcpOption {
  const [name, ...rest] = text.split(' ');
  const numbers = rest.map(Number);
  switch (name) {
    case 'nop':
      return { kind: 'no-operation' };
    case 'mss':
      return { kind: 'maximum-segment-size', mss: numbers[0]! };
    case 'sackOK':
      return { kind: 'sack-permitted' };
    case 'wscale':
      return { kind: 'window-scale', shift: numbers[0]! };
    case 'TS':
      return { kind: 'timestamps', tsVal: numbers[1]!, tsEcr: numbers[3]! };
    default:
      throw new RangeError(`no option of the published texts: ${text}`);
  }
}

/** The packets that lines of one text tell of; numbers are relative once both sides have spoken. */
class Retold {
  // By `source > destination`: the first number, and the one after the last octet.
  readonly #first = new Map<string, number>();
  readonly #next = new Map<string, number>();

  /** The packet of one line, two with `-v`, without the time. */
  packet(text: string): Uint8Array {
    const [, from, to, rest] = /(\S+) > (\S+): (.*)$/.exec(text)!;
    const [source, destination] = [endpoint(from!), endpoint(to!)];
    const length = Number(/length (\d+)$/.exec(text)![1]);
    const ipv4 = {
      source: source.address,
      destination: destination.address,
      id: Number(/ id (\d+)/.exec(text)?.[1] ?? 0),
      flags: text.includes('[DF]') ? 2 : 0,
    };
    const ports = { sourcePort: source.port, destinationPort: destination.port };
    const payload = new Uint8Array(length);
    if (rest!.startsWith('UDP'))
      return encodeFrame({ ethernet: ETHERNET, ipv4, udp: ports, payload });
    const options = /options \[(.*)\]/.exec(rest!)?.[1]?.split(',').map(option) ?? [];
    const isOffloaded = rest!.includes('incorrect');
    const tcp = {
      ...ports,
      ...this.#numbers(from!, to!, rest!, length),
      window: Number(/win (\d+)/.exec(rest!)![1]),
      options: encodeTcpOptions(options),
      // What a host leaves to a device that computes checksums.
      checksum: isOffloaded
        ? pseudoSum(
            ipv4.source,
            ipv4.destination,
            6,
            20 + encodeTcpOptions(options).length + length,
          )
        : undefined,
    };
    return encodeFrame({ ethernet: ETHERNET, ipv4, tcp, payload });
  }

  #numbers(from: string, to: string, rest: string, length: number) {
    const [there, back] = [`${from} > ${to}`, `${to} > ${from}`];
    const flags = Array.from(/\[([^\]]*)\]/.exec(rest)![1]!).reduce(
      (bits, f) => bits | FLAG_BITS[f]!,
      0,
    );
    const isSyn = (flags & TcpFlag.syn) !== 0;
    const isAbsolute = isSyn || !this.#first.has(there);
    const told = /seq (\d+)/.exec(rest)?.[1];
    const base = isAbsolute ? 0 : this.#first.get(there)!;
    const seq = told === undefined ? this.#next.get(there)! : base + Number(told);
    if (isSyn) this.#first.set(there, seq);
    this.#next.set(there, seq + length + (isSyn || rest.includes('[F') ? 1 : 0));
    const acknowledged = Number(/ack (\d+)/.exec(rest)?.[1] ?? 0);
    const ack = isAbsolute ? acknowledged : this.#first.get(back)! + acknowledged;
    return { flags, seq: toSeq(seq), ack: toSeq(ack) };
  }
}

/** Prints the packets of a text again; gives pairs of what was published and what is printed. */
function reprint(text: string, flags: string, options?: PrinterOptions): [string[], string[]] {
  const printer = new Printer(parsePrintFlags(flags), options);
  const retold = new Retold();
  const published = text.match(/^\d\d:\d\d:\d\d\.\d{6} IP .*(?:\n {4}.*)?$/gm)!;
  const printed = published.map((line) => {
    const [, h, m, s, micros] = /^(\d\d):(\d\d):(\d\d)\.(\d{6})/.exec(line)!;
    const seconds = Number(h) * 3600 + Number(m) * 60 + Number(s);
    const bytes = retold.packet(line.replaceAll('\n', ' '));
    const time = { seconds, nanoseconds: Number(micros) * 1000 };
    return printer.print({
      linkType: LinkType.ethernet,
      bytes,
      originalLength: bytes.length,
      ...time,
    });
  });
  return [published, printed];
}

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/published/${name}.txt`, import.meta.url), 'utf8');

describe('published texts print again', () => {
  test.each([
    ['nc-loopback', 8],
    ['socket-calls-loopback', 13],
  ])('%s, with the name of loopback', (name, count) => {
    const [published, printed] = reprint(read(name), '');
    expect(printed).toEqual(published);
    expect(printed).toHaveLength(count);
  });

  test('windows-to-centos-lan, with the name of a port', () => {
    const services = { tcp: new Map([[8000, 'irdmi']]) };
    const [published, printed] = reprint(read('windows-to-centos-lan'), '', { services });
    expect(printed).toEqual(published);
    expect(printed).toHaveLength(8);
  });

  test('time-server-loopback, in detail, and with the checksum left to a device', () => {
    const [unverified, verified] = read('time-server-loopback').split('# checksum-offload');
    const [published, printed] = reprint(unverified!, '-nn -vvv --dont-verify-checksums');
    expect(printed).toEqual(published);
    expect(printed).toHaveLength(9);
    const [one, again] = reprint(verified!, '-nn -vvv');
    expect(again).toEqual(one);
    expect(again.join()).toContain('cksum 0xfe30 (incorrect -> 0x0427)');
  });
});
