/** A packet as a filter looks at it: octets at offsets, and whether one was not there. */
import { u16, u32 } from '../../wire/index.ts';

/** What a filter makes of a packet. */
export type PacketTest = (packet: FilteredPacket) => boolean;

/** Set to one packet after another. */
export class FilteredPacket {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #isShort = false;

  /** @param length the octets that it had on the wire, of which `bytes` are the first */
  set(bytes: Uint8Array, length: number): void {
    this.#bytes = bytes;
    this.#length = length;
    this.#isShort = false;
  }

  /** The octets that it had on the wire. */
  get length(): number {
    return this.#length;
  }

  /**
   * Whether an octet behind those captured was read, or something divided by zero. No such packet
   * passes, whatever is made of the rest: a program of BPF ends there and rejects it.
   */
  get isRejected(): boolean {
    return this.#isShort;
  }

  reject(): number {
    this.#isShort = true;
    return 0;
  }

  /** One, two or four octets as a number; 0 where they are not there. */
  load(at: number, size: number): number {
    const b = this.#bytes;
    if (at + size > b.length) return this.reject();
    if (size === 1) return b[at]!;
    return size === 2 ? u16(b, at) : u32(b, at);
  }
}

/** The test that all of them are passed, asked in this order. */
export function all(...tests: readonly PacketTest[]): PacketTest {
  return (packet) => tests.every((test) => test(packet));
}

/** The test that one of them is passed. */
export function any(...tests: readonly PacketTest[]): PacketTest {
  return (packet) => tests.some((test) => test(packet));
}

/** The test that octets at an offset, as far as a mask leaves them, are a number. */
export function octetsAre(at: number, size: number, value: number, mask = 0xffff_ffff): PacketTest {
  return (packet) => (packet.load(at, size) & mask) >>> 0 === value;
}

export const always: PacketTest = () => true;
export const never: PacketTest = () => false;
