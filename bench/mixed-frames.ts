/**
 * A capture made up: 64 connections by turns, SYNs with all options, timestamps on every segment,
 * and 1 % of gaps that are reported by SACK and filled. 60 % carry 1,448 octets, the mean frame is
 * of 930.
 */
import { Random } from '../src/sim/index.ts';
import {
  EMPTY,
  encodeFrame,
  encodeTcpOptions,
  type FrameFields,
  type Ipv4Address,
  LinkType,
  PcapWriter,
  seqAdd,
  type Seq,
  TcpFlag,
  type TcpOption,
  toSeq,
} from '../src/wire/index.ts';
import { mustHold } from './figure.ts';

const CONNECTIONS = 64;
const PAYLOAD = 1448;
const NOP: TcpOption = { kind: 'no-operation' };

interface Side {
  readonly mac: number;
  readonly address: Ipv4Address;
  readonly port: number;
  seq: Seq;
  id: number;
}

class Connection {
  readonly client: Side;
  readonly server: Side;
  readonly #random: Random;
  #sent = 0;
  #gapAt: Seq | undefined = undefined;
  #sinceGap = 0;

  constructor(random: Random, index: number) {
    this.#random = random;
    const side = (mac: number, address: number, port: number): Side => {
      const seq = toSeq(random.u32());
      return { mac, address, port, seq, id: random.below(0x10000) };
    };
    this.client = side(0x0200_0000_0001, 0x0a00_0001 + (index % 16), 40_000 + index);
    this.server = side(0x0200_0000_0002, 0x0a00_0101 + (index % 4), 5_000 + (index % 8));
  }

  next(milliseconds: number): FrameFields {
    const { client, server } = this;
    this.#sent += 1;
    if (this.#sent === 1) return this.#syn(client, server, TcpFlag.syn, milliseconds);
    if (this.#sent === 2) return this.#syn(server, client, TcpFlag.syn | TcpFlag.ack, milliseconds);
    return this.#random.below(100) < 60 ? this.#data(milliseconds) : this.#ack(milliseconds);
  }

  #syn(from: Side, to: Side, flags: number, tsVal: number): FrameFields {
    const options: TcpOption[] = [
      { kind: 'maximum-segment-size', mss: 1460 },
      { kind: 'sack-permitted' },
      { kind: 'timestamps', tsVal, tsEcr: 0 },
      NOP,
      { kind: 'window-scale', shift: 7 },
    ];
    const { seq } = from;
    from.seq = seqAdd(seq, 1);
    return segment(from, to, seq, to.seq, flags, options, EMPTY);
  }

  #data(tsVal: number): FrameFields {
    const { client, server } = this;
    const options = timestamps(tsVal);
    const gap = this.#gapAt;
    if (gap !== undefined && this.#sinceGap > 4) {
      this.#gapAt = undefined;
      return segment(client, server, gap, server.seq, TcpFlag.ack, options, this.#payload());
    }
    if (gap === undefined && this.#random.below(100) === 0) {
      this.#gapAt = client.seq;
      this.#sinceGap = 0;
      client.seq = seqAdd(client.seq, PAYLOAD);
    }
    const { seq } = client;
    client.seq = seqAdd(seq, PAYLOAD);
    const flags = this.#random.below(8) === 0 ? TcpFlag.ack | TcpFlag.psh : TcpFlag.ack;
    return segment(client, server, seq, server.seq, flags, options, this.#payload());
  }

  #ack(tsVal: number): FrameFields {
    const { client, server } = this;
    const options = timestamps(tsVal);
    const gap = this.#gapAt;
    if (gap !== undefined) {
      this.#sinceGap += 1;
      const blocks = [{ left: seqAdd(gap, PAYLOAD), right: client.seq }];
      options.push(NOP, NOP, { kind: 'sack', blocks });
    }
    return segment(server, client, server.seq, gap ?? client.seq, TcpFlag.ack, options, EMPTY);
  }

  #payload(): Uint8Array {
    const from = this.#random.below(RANDOM_OCTETS - PAYLOAD);
    return octets.subarray(from, from + PAYLOAD);
  }
}

const RANDOM_OCTETS = 16_384;
const octets = new Random(1, 'octets').bytes(RANDOM_OCTETS);

function timestamps(tsVal: number): TcpOption[] {
  return [NOP, NOP, { kind: 'timestamps', tsVal, tsEcr: tsVal - 1 }];
}

function segment(
  from: Side,
  to: Side,
  seq: Seq,
  ack: Seq,
  flags: number,
  options: readonly TcpOption[],
  payload: Uint8Array,
): FrameFields {
  from.id = (from.id + 1) & 0xffff;
  return {
    ethernet: { source: from.mac, destination: to.mac },
    ipv4: { source: from.address, destination: to.address, id: from.id, flags: 2 },
    tcp: {
      sourcePort: from.port,
      destinationPort: to.port,
      seq,
      ack,
      flags,
      window: 501,
      options: encodeTcpOptions(options),
    },
    payload,
  };
}

/** The first `count` frames, as fields to encode. */
export function mixedFrames(count: number): FrameFields[] {
  const random = new Random(1, 'frames');
  const connections = Array.from(
    { length: CONNECTIONS },
    (_, i) => new Connection(random.fork(`connection ${i}`), i),
  );
  return Array.from({ length: count }, (_, i) => {
    const connection = connections[random.below(CONNECTIONS)];
    mustHold(connection !== undefined, 'no such connection');
    return connection.next(1 + (i >>> 7));
  });
}

/** Frames as a pcap file. */
export function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const writer = new PcapWriter({ linkType: LinkType.ethernet });
  for (const [i, bytes] of frames.entries()) {
    writer.packet({ seconds: 1_700_000_000, nanoseconds: i * 8_000, bytes });
  }
  return Buffer.concat(writer.take());
}

/** The same frames, encoded. */
export function mixedBytes(count: number): Uint8Array[] {
  return mixedFrames(count).map((frame) => encodeFrame(frame));
}
