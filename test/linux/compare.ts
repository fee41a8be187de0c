/**
 * A simulated capture beside a kernel's, packet by packet: the text of `tcpdump -nn -vvv` after what
 * is free was replaced in both, and the times.
 */
import { diffArrays } from 'diff';
import { parsePrintFlags, Printer } from '../../src/tcpdump/index.ts';
import { type CaptureRecord, readCapture } from '../../src/wire/index.ts';
import { FreeNumbers } from './free-numbers.ts';

/** A packet as it is compared. */
export interface ComparedPacket {
  /** Seconds since the first packet. */
  readonly time: number;
  /** Without time stamps and the values of checksums. */
  readonly text: string;
  /** TSval and TSecr, counted from where they begin. */
  readonly timestamps: readonly number[];
}

/** What may differ by how much: in time, and so in timestamps. In seconds. */
export interface Tolerance {
  readonly time: number;
}

/** One place where the two captures differ; packets are numbered from 1. */
export interface Difference {
  /** The kernel's packet that is not so, or the one behind which ours has one more. */
  readonly packet: number;
  readonly text: string;
}

/** The packets of a capture; `snap` is how many octets of each are looked at. */
export function packetsOf(capture: Uint8Array, snap: number): readonly ComparedPacket[] {
  const { records, error } = readCapture(capture);
  if (error !== undefined) throw new Error(error.toString());
  const numbers = new FreeNumbers();
  const printer = new Printer(parsePrintFlags('-nn -vvv -t'));
  const begin = records[0] === undefined ? 0 : timeOf(records[0]);
  return records.map((record) => {
    const bytes = numbers.replace(record.linkType, record.bytes.subarray(0, snap), timeOf(record));
    const printed = printer.print({
      linkType: record.linkType,
      seconds: 0,
      nanoseconds: 0,
      originalLength: record.originalLength,
      bytes,
    });
    const timestamps: number[] = [];
    const text = printed
      .replaceAll(/TS val (\d+) ecr (\d+)/g, (_, value: string, echo: string) => {
        timestamps.push(Number(value), Number(echo));
        return `TS val ecr${echo === '0' ? ' 0' : ''}`;
      })
      // The sum itself covers timestamps; whether it is right, and how it is wrong, stays.
      .replaceAll(/cksum 0x[0-9a-f]+ \(correct\)/g, 'cksum (correct)')
      .replaceAll(/cksum (0x[0-9a-f]+) \(incorrect -> 0x[0-9a-f]+\)/g, 'cksum $1 (incorrect)');
    return { time: timeOf(record) - begin, text, timestamps };
  });
}

/** The longest packet that was captured whole, where longer ones were cut; else infinity. */
export function snapOf(capture: Uint8Array): number {
  const { records } = readCapture(capture);
  const cut = records.filter(({ bytes, originalLength }) => bytes.length < originalLength);
  return cut.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...cut.map((r) => r.bytes.length));
}

function timeOf({ seconds, nanoseconds }: CaptureRecord): number {
  return seconds + nanoseconds / 1e9;
}

/** Where ours is not as the kernel's is. */
export function compareCaptures(
  kernel: Uint8Array,
  ours: Uint8Array,
  tolerance: Tolerance,
): readonly Difference[] {
  const snap = snapOf(kernel);
  const [theirs, simulated] = [packetsOf(kernel, snap), packetsOf(ours, snap)];
  const differences: Difference[] = [];
  let i = 0;
  let j = 0;
  const numbers = new Map<string, number>(); // which are compared faster than texts
  const numberOf = ({ text }: ComparedPacket): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const parts = diffArrays(theirs.map(numberOf), simulated.map(numberOf));
  for (const { count, added, removed } of parts) {
    for (let k = 0; k < count; k++) {
      const [a, b] = [theirs[i], simulated[j]];
      if (removed) {
        differences.push({ packet: ++i, text: `- ${shown(a)}` });
      } else if (added) {
        differences.push({ packet: i, text: `+ ${shown(b)}` });
        j += 1;
      } else {
        const late = timeDifference(a!, b!, tolerance);
        if (late !== undefined)
          differences.push({ packet: i + 1, text: `~ ${shown(a)}\n  ${late}` });
        i += 1;
        j += 1;
      }
    }
  }
  return differences;
}

function shown(packet: ComparedPacket | undefined): string {
  return packet === undefined ? '' : `${packet.time.toFixed(6)} ${packet.text}`;
}

/** Time stamps count milliseconds, each by a clock of its own. */
function timeDifference(
  a: ComparedPacket,
  b: ComparedPacket,
  tolerance: Tolerance,
): string | undefined {
  if (Math.abs(a.time - b.time) > tolerance.time) {
    return `ours at ${b.time.toFixed(6)}`;
  }
  const ticks = tolerance.time * 1000 + 1;
  const off = a.timestamps.findIndex((stamp, k) => Math.abs(stamp - b.timestamps[k]!) > ticks);
  if (off < 0) return undefined;
  const [name, theirs, ours] = [off === 0 ? 'val' : 'ecr', a.timestamps[off], b.timestamps[off]];
  return `TS ${name} ${theirs}, ours ${ours}`;
}
