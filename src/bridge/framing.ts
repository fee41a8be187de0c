/**
 * Frames in a stream of octets: where one ends and the next begins.
 *
 * - `ethernet`: each frame behind its length in four octets, big-endian, as QEMU has it on the
 *   sockets of `-netdev stream` and `-netdev socket` (net/stream.c, net/socket.c).
 * - `ip`: packets of IPv4 or IPv6 one after the other; each says itself how long it is.
 *
 * A stream that has lost its place does not find it again, so the first mistake is the last: it is
 * an error that says where. What is kept of an unfinished frame is bounded by the longest frame.
 */
import {
  ByteQueue,
  DecodeError,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  put32,
  u16,
  u32,
  u8,
} from '../wire/index.ts';

/** What the other side exchanges: Ethernet frames, or IP packets bare. */
export type Framing = 'ethernet' | 'ip';

/** The octets of QEMU's length. */
export const LENGTH_OCTETS = 4;

/** The longest frame, as QEMU's `NET_BUFSIZE`: 64 KiB and room for headers. */
export const LONGEST_FRAME: number = 4096 + 65_536;

/** How long the frame at the front is: with what precedes it, and alone. */
interface Extent {
  readonly prefix: number;
  readonly length: number;
}

/** Takes octets as they come and gives frames. */
export class FrameDecoder {
  readonly #queue = new ByteQueue();
  readonly #extentOf: (queue: ByteQueue) => Extent | DecodeError | undefined;
  #error: DecodeError | undefined = undefined;

  constructor(framing: Framing) {
    this.#extentOf = framing === 'ethernet' ? ethernetExtent : ipExtent;
  }

  /**
   * The frames that these octets complete: views of them where one frame lies in one chunk. The
   * chunk is the decoder's from then on.
   *
   * @returns the error instead once there is one, and at each call after it.
   */
  push(chunk: Uint8Array, take: (frame: Uint8Array) => void): DecodeError | undefined {
    if (this.#error !== undefined) return this.#error;
    const queue = this.#queue;
    queue.push(chunk);
    for (;;) {
      const extent = this.#extentOf(queue);
      if (extent instanceof DecodeError) this.#error = extent;
      if (extent === undefined || extent instanceof DecodeError) return this.#error;
      const { prefix, length } = extent;
      if (!queue.has(prefix + length)) return undefined;
      const at = queue.at + prefix;
      take(queue.bytes.subarray(at, at + length));
      queue.skip(prefix + length);
    }
  }

  /** The stream ends: an error when it does so within a frame. */
  end(): DecodeError | undefined {
    const { length, offset } = this.#queue;
    if (this.#error !== undefined || length === 0) return this.#error;
    return new DecodeError('bridge', 'truncated', offset + length, 'within a frame');
  }
}

function ethernetExtent(queue: ByteQueue): Extent | DecodeError | undefined {
  if (!queue.has(LENGTH_OCTETS)) return undefined;
  const length = u32(queue.bytes, queue.at);
  if (length === 0 || length > LONGEST_FRAME) {
    const detail = `a frame of ${length} octets`;
    return new DecodeError(
      'bridge',
      length === 0 ? 'bad-length' : 'too-large',
      queue.offset,
      detail,
    );
  }
  return { prefix: LENGTH_OCTETS, length };
}

/** Where IPv4 has its total length, and IPv6 that of its payload, there are six octets before. */
const IP_LENGTH_KNOWN = 6;

function ipExtent(queue: ByteQueue): Extent | DecodeError | undefined {
  if (!queue.has(IP_LENGTH_KNOWN)) return undefined;
  const { bytes, at, offset } = queue;
  const version = u8(bytes, at) >>> 4;
  if (version === 6) return { prefix: 0, length: IPV6_HEADER_LENGTH + u16(bytes, at + 4) };
  if (version !== 4) {
    return new DecodeError('bridge', 'bad-version', offset, `IP version ${version}`);
  }
  const length = u16(bytes, at + 2);
  if (length < IPV4_HEADER_LENGTH) {
    return new DecodeError(
      'bridge',
      'bad-length',
      offset + 2,
      `an IPv4 packet of ${length} octets`,
    );
  }
  return { prefix: 0, length };
}

/** How long a packet of IP says it is; 0 for octets that are none, or not all of one. */
export function packetLength(octets: Uint8Array): number {
  if (octets.length < IPV4_HEADER_LENGTH) return 0;
  const version = u8(octets, 0) >>> 4;
  const length = version === 4 ? u16(octets, 2) : IPV6_HEADER_LENGTH + u16(octets, 4);
  const isWhole = length >= IPV4_HEADER_LENGTH && length <= octets.length;
  return isWhole && (version === 4 || version === 6) ? length : 0;
}

/** A frame as it goes into the stream: what precedes it and itself. */
export function encodeFraming(framing: Framing, frame: Uint8Array): readonly Uint8Array[] {
  if (framing === 'ip') return [frame];
  const length = new Uint8Array(LENGTH_OCTETS);
  put32(length, 0, frame.length);
  return [length, frame];
}
