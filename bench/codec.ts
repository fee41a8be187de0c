/** Bytes to values and back, without a host: checksums, frames, captures. */
import {
  CaptureReader,
  CaptureRecord,
  decodeFrame,
  encodeFrame,
  type Frame,
  LinkType,
  onesSum,
  verifyFrame,
} from '../src/wire/index.ts';
import { mustHold, part, type Workload } from './figure.ts';
import { mixedBytes, mixedFrames, pcapOf } from './mixed-frames.ts';
import { measureCall, measureRuns } from './timing.ts';

/** Frames decoded in one call. They fit into the cache of the second level, as frames under way do. */
const FRAMES = 200;
const PCAP_PACKETS = 100_000;

const checksum1460: Workload = {
  name: 'checksum-1460',
  what: 'the Internet checksum of 1,460 octets, aligned as payloads are',
  measure: async (size) => {
    const octets = Uint8Array.from({ length: 1460 }, (_, i) => i);
    let sum = 0;
    const seconds = await measureCall(() => (sum = onesSum(octets)), size);
    mustHold(
      sum === octets.reduce((s, o, i) => (s + (i % 2 === 0 ? o << 8 : o)) % 65_535, 0),
      'sum',
    );
    return [
      { name: 'checksum-1460', value: seconds * 1e9, unit: 'ns' },
      { name: 'checksum-1460', value: 1460 / seconds / 1e9, unit: 'GB/s' },
    ];
  },
};

/** A workload that does something with each of the mixed frames, in one call of a few of them. */
function perFrame<T>(
  name: string,
  what: string,
  make: (count: number) => readonly T[],
  act: (frame: T) => boolean,
): Workload {
  return {
    name,
    what,
    measure: async (size) => {
      const frames = make(FRAMES);
      let done = 0;
      const call = (): number => {
        done = 0;
        for (const frame of frames) if (act(frame)) done += 1;
        return done;
      };
      const seconds = await measureCall(call, size);
      mustHold(done === FRAMES, `${done} of ${FRAMES} frames`);
      return [{ name, value: FRAMES / seconds, unit: 'frames/s' }];
    },
  };
}

let kept: Frame | undefined; // so that no frame is optimised away

const decode = perFrame(
  'decode',
  'frames to objects, 60 % of 1,514 octets and the rest ACKs',
  mixedBytes,
  (bytes) => {
    kept = decodeFrame(LinkType.ethernet, bytes);
    return kept.tcp !== undefined;
  },
);

const decodeVerified = perFrame(
  'decode-verified',
  'the same, and IPv4 and TCP checksums verified',
  mixedBytes,
  (bytes) => {
    kept = decodeFrame(LinkType.ethernet, bytes);
    const { ipv4, transport } = verifyFrame(kept);
    return ipv4 === 'ok' && transport === 'ok';
  },
);

const encode = perFrame(
  'encode',
  'objects to frames, checksums made',
  mixedFrames,
  (frame) => encodeFrame(frame).length > 14,
);

const pcapRead: Workload = {
  name: 'pcap-read',
  what: 'records out of a pcap file in memory, not decoded',
  measure: async (size) => {
    const count = part(PCAP_PACKETS, size);
    const file = pcapOf(mixedBytes(count));
    const run = (): { packets: number } => {
      const reader = new CaptureReader();
      reader.push(file);
      let packets = 0;
      let octets = 0;
      for (let r = reader.next(); r instanceof CaptureRecord; r = reader.next()) {
        packets += 1;
        octets += r.bytes.length;
      }
      mustHold(reader.end() === undefined && packets === count, `${packets} of ${count} packets`);
      mustHold(octets === file.length - 24 - 16 * count, `${octets} octets`);
      return { packets };
    };
    return measureRuns(pcapRead.name, run, size);
  },
};

export const codecWorkloads: readonly Workload[] = [
  checksum1460,
  decode,
  decodeVerified,
  encode,
  pcapRead,
];
