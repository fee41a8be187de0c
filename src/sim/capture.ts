/**
 * Where a scenario captures: what `tcpdump -i eth0` on a host would see, or all that crosses a
 * link.
 */
import type { Cause, Instant } from '../stack/index.ts';
import { decodeFrame, type Frame, type UdpFields } from '../wire/index.ts';
import type { CookedLinkType } from './any-interface.ts';
import type { FrameObserver } from './observers.ts';

/** What a capture takes and how it is shown. */
export interface CaptureOptions {
  /** What the capture file calls the interface; by default its own name. */
  readonly name?: string;
  /** Takes only frames for which this is true; see {@link port}. */
  readonly only?: (frame: Frame) => boolean;
  /** Stops after so many frames, as `tcpdump -c`. */
  readonly count?: number;
  /** How its packets are printed unless the user says otherwise: tcpdump's flags, `-nn -vvv`. */
  readonly print?: string;
  /** Of captures on `any`: which cooked header packets have, `LinkType.linuxSll2` by default. */
  readonly linkType?: CookedLinkType;
}

/** Where a capture is made. */
export interface CapturePlace {
  /** The host that captures. */
  readonly host: string;
  /** The name of the interface. */
  readonly name: string;
  readonly linkType: number;
  /** The names of interfaces by index, where packets say by which they went. */
  readonly interfaceNames: ReadonlyMap<number, string>;
}

/** Takes the frames that captures let through. */
export interface CaptureListener {
  frame(capture: Capture, bytes: Uint8Array, cause: Cause, now: Instant): void;
}

/** One place at which a scenario captures, made by `network.capture`. */
export class Capture implements FrameObserver {
  /** Counts from 0 in the order in which a scenario makes captures. */
  readonly id: number;
  /** The host that captures. */
  readonly host: string;
  readonly name: string;
  readonly linkType: number;
  /** See {@link CapturePlace.interfaceNames}. */
  readonly interfaceNames: ReadonlyMap<number, string>;
  readonly print: string | undefined;
  readonly #listener: CaptureListener;
  readonly #only: ((frame: Frame) => boolean) | undefined;
  #left: number;

  /** @throws RangeError for a count that is none */
  constructor(id: number, place: CapturePlace, options: CaptureOptions, listener: CaptureListener) {
    const { count = Number.POSITIVE_INFINITY } = options;
    if (!(count === Number.POSITIVE_INFINITY || (Number.isInteger(count) && count >= 0))) {
      throw new RangeError(`a count is a whole number, 0 or more, not ${count}`);
    }
    this.id = id;
    this.host = place.host;
    this.name = options.name ?? place.name;
    this.print = options.print;
    this.linkType = place.linkType;
    this.interfaceNames = place.interfaceNames;
    this.#only = options.only;
    this.#left = count;
    this.#listener = listener;
  }

  frame(bytes: Uint8Array, cause: Cause, now: Instant): void {
    if (this.#left === 0) return;
    if (this.#only !== undefined && !this.#only(decodeFrame(this.linkType, bytes))) return;
    this.#left -= 1;
    this.#listener.frame(this, bytes, cause, now);
  }
}

/** For {@link CaptureOptions.only}: TCP and UDP from or to a port, as the filter `port 80`. */
export function port(wanted: number): (frame: Frame) => boolean {
  return ({ tcp, udp }) => isOnPort(tcp ?? udp, wanted);
}

/** TCP only, from or to a port: `tcp port 80`. */
export function tcpPort(wanted: number): (frame: Frame) => boolean {
  return ({ tcp }) => isOnPort(tcp, wanted);
}

function isOnPort(
  ends: Pick<UdpFields, 'sourcePort' | 'destinationPort'> | undefined,
  wanted: number,
): boolean {
  return ends?.sourcePort === wanted || ends?.destinationPort === wanted;
}
