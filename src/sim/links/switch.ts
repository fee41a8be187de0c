/**
 * A learning Ethernet switch (IEEE 802.1D-2004 §7: a transparent bridge without spanning tree).
 *
 * It remembers at which port each source address was last seen. A frame to an address it knows goes
 * out at that port only; one to a group, or to an address unknown, at every port but that of its
 * arrival, in the order in which the ports were connected. Frames are stored and forwarded whole,
 * at the instant they arrive: what a switch adds in time is its links' to say.
 */
import type { Cause, Duration, Instant, Medium, Receiver } from '../../stack/index.ts';
import { cause, seconds } from '../../stack/index.ts';
import { ETHERNET_HEADER_LENGTH, type MacAddress, u48, u8 } from '../../wire/index.ts';
import type { DropObserver } from '../observers.ts';

/** A frame without a whole Ethernet header. */
export const RUNT: Cause = cause('runt', 'shorter than an Ethernet header', 'IEEE 802.3 clause 3');
/** A frame whose destination is at the port that it came from. */
export const SAME_PORT: Cause = cause(
  'same-port',
  'the destination is at the port of arrival',
  'IEEE 802.1D-2004 §7.7',
);
/** A frame to one of the addresses that bridges keep on their link, 01:80:c2:00:00:00 to 0f. */
export const RESERVED_GROUP: Cause = cause(
  'reserved-group',
  'a group address that bridges do not forward to',
  'IEEE 802.1D-2004 §7.12.6',
);

/** How long an address is remembered after it was last seen (IEEE 802.1D-2004 table 7-5). */
export const AGEING_TIME: Duration = seconds(300);

const FIRST_RESERVED: MacAddress = 0x0180_c200_0000;
const LAST_RESERVED: MacAddress = 0x0180_c200_000f;

/** What a port is connected to: a link's end. */
export interface Pluggable extends Medium {
  attach(receiver: Receiver): void;
}

/** Where an address was last seen, and when. */
interface Station {
  port: Medium;
  seen: Instant;
}

/** A switch without ports; {@link Switch.connect} adds them. */
export class Switch {
  readonly #ports: Medium[] = [];
  readonly #stations: Map<MacAddress, Station> = new Map();
  readonly #dropObservers: DropObserver[] = [];
  readonly #ageingTime: Duration;

  constructor(ageingTime: Duration = AGEING_TIME) {
    this.#ageingTime = ageingTime;
  }

  /** Plugs the end of a link into a new port. */
  connect(end: Pluggable): void {
    this.#ports.push(end);
    end.attach({ receive: (frame, cause, now) => this.#forward(end, frame, cause, now) });
  }

  /** Has `observer` see each frame that the switch does not forward. */
  observeDrops(observer: DropObserver): void {
    this.#dropObservers.push(observer);
  }

  #forward(from: Medium, frame: Uint8Array, cause: Cause, now: Instant): void {
    if (frame.length < ETHERNET_HEADER_LENGTH) {
      this.#drop(frame, RUNT, now);
      return;
    }
    this.#learn(from, frame, now);
    if (isToGroup(frame)) this.#forwardToGroup(from, frame, cause, now);
    else this.#forwardToStation(from, frame, cause, now);
  }

  /** A group that claims to be a source is learned to no effect: frames to groups are flooded. */
  #learn(from: Medium, frame: Uint8Array, now: Instant): void {
    const source = u48(frame, 6);
    const station = this.#stations.get(source);
    if (station === undefined) {
      this.#stations.set(source, { port: from, seen: now });
    } else {
      station.port = from;
      station.seen = now;
    }
  }

  #forwardToStation(from: Medium, frame: Uint8Array, cause: Cause, now: Instant): void {
    const destination = u48(frame, 0);
    const station = this.#stations.get(destination);
    if (station === undefined) {
      this.#flood(from, frame, cause, now);
    } else if (now - station.seen >= this.#ageingTime) {
      this.#stations.delete(destination);
      this.#flood(from, frame, cause, now);
    } else if (station.port === from) {
      this.#drop(frame, SAME_PORT, now);
    } else {
      station.port.transmit(frame, cause, now);
    }
  }

  #forwardToGroup(from: Medium, frame: Uint8Array, cause: Cause, now: Instant): void {
    const group = u48(frame, 0);
    if (group >= FIRST_RESERVED && group <= LAST_RESERVED) this.#drop(frame, RESERVED_GROUP, now);
    else this.#flood(from, frame, cause, now);
  }

  #flood(from: Medium, frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const port of this.#ports) if (port !== from) port.transmit(frame, cause, now);
  }

  #drop(frame: Uint8Array, cause: Cause, now: Instant): void {
    for (const observer of this.#dropObservers) observer.dropped(frame, cause, now);
  }
}

/** Whether the destination is a group: the first bit on the wire is the I/G bit. */
function isToGroup(frame: Uint8Array): boolean {
  return (u8(frame, 0) & 1) === 1;
}
