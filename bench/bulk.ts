/** One connection that carries much: over a long fast link, captured, and over no distance at all. */
import { type FrameObserver, type LinkEnd, type LinkOptions, Random } from '../src/sim/index.ts';
import type { Cause, Instant } from '../src/stack/index.ts';
import { LinkType, PcapWriter } from '../src/wire/index.ts';
import { mustHold, part, type Workload } from './figure.ts';
import { GIGABIT, Lab } from './lab.ts';
import { sendStream, StreamReader } from './stream.ts';
import { measureRuns } from './timing.ts';

const BULK_LENGTH = 100_000_000;
/** A little more than the bandwidth-delay product, 1.25 MB. */
const BULK_BUFFERS = 1_500_000;
const ZERO_DELAY_LENGTH = 200_000_000;
const ZERO_DELAY_BUFFERS = 65_536;
const PAYLOAD = 1448;

/** A capture at one end of a link, whose bytes go nowhere. */
class Capture implements FrameObserver {
  frames = 0;
  length = 0;
  readonly #writer = new PcapWriter({ linkType: LinkType.ethernet });

  constructor(end: LinkEnd) {
    end.observe(this);
  }

  frame(bytes: Uint8Array, _cause: Cause, now: Instant): void {
    const seconds = Math.floor(now / 1e9);
    this.#writer.packet({ seconds, nanoseconds: now - seconds * 1e9, bytes });
    this.frames += 1;
    if (this.frames % 512 === 0) this.flush();
  }

  flush(): void {
    this.#writer.drain((chunk) => (this.length += chunk.length));
  }
}

/** Sends a stream of `length` octets from one host to the other; gives the lab as it is afterwards. */
export function transfer(
  length: number,
  link: LinkOptions,
  buffers: number,
  write: number,
  prepare: (lab: Lab) => void = () => undefined,
): Lab {
  const lab = new Lab(link);
  prepare(lab);
  const { loop } = lab;
  let reader: StreamReader | undefined;
  lab.serve((socket) => (reader = new StreamReader(socket, loop)), buffers);
  sendStream(lab.connect(buffers), length, write, loop);
  lab.runToTheEnd();
  mustHold(reader?.ended === true, 'the stream has not ended');
  mustHold(reader.received === length, `${reader.received} of ${length} octets have arrived`);
  return lab;
}

const bulk: Workload = {
  name: 'bulk',
  what: '100 MB over 1 Gbit/s and 10 ms, real octets, checksums made and verified',
  measure: async (size) => {
    const length = part(BULK_LENGTH, size);
    return measureRuns(
      bulk.name,
      () => ({ packets: transfer(length, GIGABIT, BULK_BUFFERS, 65_520).packets }),
      size,
    );
  },
};

const bulkPcap: Workload = {
  name: 'bulk-pcap',
  what: 'bulk, captured at both ends as pcap into memory',
  measure: async (size) => {
    const length = part(BULK_LENGTH, size);
    const run = (): { packets: number } => {
      const captures: Capture[] = [];
      const lab = transfer(length, GIGABIT, BULK_BUFFERS, 65_520, ({ link }) =>
        captures.push(new Capture(link.a), new Capture(link.b)),
      );
      for (const capture of captures) {
        capture.flush();
        mustHold(capture.frames === lab.packets, 'frames are missing in the capture');
        mustHold(capture.length > length, 'octets are missing in the capture');
      }
      return { packets: lab.packets };
    };
    return measureRuns(bulkPcap.name, run, size);
  },
};

/** One data packet in a hundred is lost, by chance; what comes back is not. */
const LOSSY: LinkOptions = {
  ...GIGABIT,
  random: new Random(1),
  aToB: { ...GIGABIT, netem: 'loss 1%' },
};

const lossy: Workload = {
  name: 'loss',
  what: '100 MB as bulk, with 1 % of the data packets lost',
  measure: async (size) => {
    const length = part(BULK_LENGTH, size);
    return measureRuns(
      lossy.name,
      () => ({ packets: transfer(length, LOSSY, BULK_BUFFERS, 65_520).packets }),
      size,
    );
  },
};

const zeroDelay: Workload = {
  name: 'zero-delay',
  what: '200 MB over a link without rate or latency, MTU 1,500',
  measure: async (size) => {
    const length = part(ZERO_DELAY_LENGTH, size);
    const run = (): Record<'Gbit' | 'segments', number> => {
      transfer(length, {}, ZERO_DELAY_BUFFERS, 16_384);
      return { Gbit: (8 * length) / 1e9, segments: Math.ceil(length / PAYLOAD) };
    };
    return measureRuns(zeroDelay.name, run, size);
  },
};

export const bulkWorkloads: readonly Workload[] = [bulk, bulkPcap, lossy, zeroDelay];
