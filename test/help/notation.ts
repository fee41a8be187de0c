/**
 * Segments as one line of text, as tcpdump prints and packetdrill writes them, with numbers
 * relative to the two initial ones:
 *
 *     S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 5 ecr 7,nop,wscale 7>
 *     P. 1:6(5) ack 1 win 502 id 1001
 *
 * In an expectation what a line leaves out is not compared: `. 1:1(0)` says nothing of ACK, window
 * and options, `<mss 1460,...>` nothing of what follows the MSS, `TS` nothing of its values.
 */
import { listTcpOptions, must, type TcpOption, TcpFlag, toSeq } from '../../src/wire/index.ts';
import {
  encodeTcpOptions,
  hex,
  printHex,
  type Seq,
  seqDiff,
  seqAdd,
} from '../../src/wire/index.ts';

/** A segment; `undefined` is what a line leaves out. Numbers are relative. */
export interface Line {
  flags: number;
  seq: number;
  length: number;
  ack: number | undefined;
  window: number | undefined;
  urgentPointer: number | undefined;
  /** Items such as `mss 1460`; a last `...` stands for any others. */
  options: string[] | undefined;
  /** Of the IPv4 header. */
  id: number | undefined;
  tos: number | undefined;
  ttl: number | undefined;
}

const LETTERS: readonly (readonly [string, number])[] = [
  ['F', TcpFlag.fin],
  ['S', TcpFlag.syn],
  ['R', TcpFlag.rst],
  ['P', TcpFlag.psh],
  ['U', TcpFlag.urg],
  ['E', TcpFlag.ece],
  ['W', TcpFlag.cwr],
  ['A', TcpFlag.ae],
  ['.', TcpFlag.ack],
];

const LINE =
  /^(?<flags>[FSRPUEWA.]+|none) (?<seq>-?\d+):(?<end>-?\d+)\((?<length>\d+)\)(?: ack (?<ack>-?\d+))?(?: win (?<win>\d+))?(?: urg (?<urg>\d+))?(?: <(?<options>[^>]*)>)?(?: id (?<id>\d+))?(?: tos (?<tos>\d+))?(?: ttl (?<ttl>\d+))?$/;

/** The segment that a line spells. @throws Error for any other text */
export function parseLine(text: string): Line {
  const g = LINE.exec(text)?.groups;
  if (g === undefined) throw new Error(`not a segment: "${text}"`);
  const number = (name: string): number | undefined =>
    g[name] === undefined ? undefined : Number(g[name]);
  const seq = Number(g['seq']);
  const length = Number(g['length']);
  if (Number(g['end']) !== seq + length) throw new Error(`the length does not fit: "${text}"`);
  return {
    flags: parseFlags(g['flags'] ?? ''),
    seq,
    length,
    ack: number('ack'),
    window: number('win'),
    urgentPointer: number('urg'),
    options: g['options'] === undefined ? undefined : splitOptions(g['options']),
    id: number('id'),
    tos: number('tos'),
    ttl: number('ttl'),
  };
}

function parseFlags(text: string): number {
  return LETTERS.reduce((flags, [letter, bit]) => (text.includes(letter) ? flags | bit : flags), 0);
}

function splitOptions(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

/** The line of a segment. */
export function printLine(line: Line): string {
  const flags = LETTERS.filter(([, bit]) => (line.flags & bit) !== 0).map(([letter]) => letter);
  let text = `${flags.join('') || 'none'} ${line.seq}:${line.seq + line.length}(${line.length})`;
  if (line.ack !== undefined) text += ` ack ${line.ack}`;
  if (line.window !== undefined) text += ` win ${line.window}`;
  if (line.urgentPointer !== undefined) text += ` urg ${line.urgentPointer}`;
  if (line.options !== undefined) text += ` <${line.options.join(',')}>`;
  if (line.id !== undefined) text += ` id ${line.id}`;
  if (line.tos !== undefined) text += ` tos ${line.tos}`;
  if (line.ttl !== undefined) text += ` ttl ${line.ttl}`;
  return text;
}

/** `line` without what `expected` leaves out, so that the two compare as texts. */
export function maskedBy(line: Line, expected: Line): Line {
  const keep = <T>(value: T, asked: unknown): T | undefined =>
    asked === undefined ? undefined : value;
  return {
    ...line,
    ack: keep(line.ack, expected.ack),
    window: keep(line.window, expected.window),
    urgentPointer: keep(line.urgentPointer, expected.urgentPointer),
    options: keep(maskOptions(line.options ?? [], expected.options ?? []), expected.options),
    id: keep(line.id, expected.id),
    tos: keep(line.tos, expected.tos),
    ttl: keep(line.ttl, expected.ttl),
  };
}

function maskOptions(options: readonly string[], expected: readonly string[]): string[] {
  const isOpen = expected.at(-1) === '...';
  const compared = isOpen ? options.slice(0, expected.length - 1) : options;
  const shown = compared.map((item, i) =>
    expected[i] === 'TS' && item.startsWith('TS ') ? 'TS' : item,
  );
  return isOpen ? [...shown, '...'] : shown;
}

/** The bytes of options; SACK blocks are relative to `origin`. */
export function encodeOptions(items: readonly string[], origin: Seq): Uint8Array {
  return encodeTcpOptions(items.map((item) => parseOption(item, origin)));
}

function parseOption(item: string, origin: Seq): TcpOption {
  const [name = '', ...words] = item.split(' ');
  const [first = '0'] = words;
  switch (name) {
    case 'mss':
      return { kind: 'maximum-segment-size', mss: Number(first) };
    case 'nop':
      return { kind: 'no-operation' };
    case 'eol':
      return { kind: 'end-of-list', padding: new Uint8Array(0) };
    case 'wscale':
      return { kind: 'window-scale', shift: Number(first) };
    case 'sackOK':
      return { kind: 'sack-permitted' };
    case 'TS':
      return { kind: 'timestamps', tsVal: Number(words[1]) >>> 0, tsEcr: Number(words[3]) >>> 0 };
    case 'sack': {
      const blocks = words.map((block) => block.split(':').map(Number));
      return {
        kind: 'sack',
        blocks: blocks.map(([left = 0, right = 0]) => ({
          left: seqAdd(origin, left),
          right: seqAdd(origin, right),
        })),
      };
    }
    case 'hex': {
      // Raw octets of one option: kind, length, data. What follows an impossible length is moot.
      const b = hex(first);
      return { kind: 'other', code: b[0] ?? 0, data: b.subarray(2) };
    }
    default:
      throw new Error(`not an option: "${item}"`);
  }
}

/** The items of a segment's option bytes; SACK blocks are relative to `origin`. */
export function printOptions(b: Uint8Array, origin: Seq): string[] {
  return must(listTcpOptions(b)).map((option) => printOption(option, origin));
}

function printOption(option: TcpOption, origin: Seq): string {
  switch (option.kind) {
    case 'maximum-segment-size':
      return `mss ${option.mss}`;
    case 'no-operation':
      return 'nop';
    case 'end-of-list':
      return 'eol';
    case 'window-scale':
      return `wscale ${option.shift}`;
    case 'sack-permitted':
      return 'sackOK';
    case 'timestamps':
      return `TS val ${option.tsVal} ecr ${option.tsEcr}`;
    case 'sack':
      return `sack ${option.blocks
        .map(({ left, right }) => `${seqDiff(left, origin)}:${seqDiff(right, origin)}`)
        .join(' ')}`;
    case 'accurate-ecn':
      return `AccECN${option.order} ${option.counters.join(' ')}`;
    case 'other':
      return `hex ${printHex(Uint8Array.of(option.code, option.data.length + 2))}${printHex(option.data)}`;
  }
}

/** The octet that stands at a position of a stream: every test checks what is carried. */
export function octetAt(position: number): number {
  return (position * 7 + (position >>> 8) * 13) & 0xff;
}

/** The octets of a stream from `position` on. */
export function stream(position: number, length: number): Uint8Array {
  const b = new Uint8Array(length);
  for (let i = 0; i < length; i++) b[i] = octetAt(position + i);
  return b;
}

/** The initial sequence numbers that tables are run with: at the sign and at the wrap. */
export const INITIAL_NUMBERS: readonly number[] = [0, 2 ** 31 - 2, 2 ** 32 - 2];

/** `initial + n`. */
export function numberAt(initial: number, n: number): Seq {
  return seqAdd(toSeq(initial), n);
}
