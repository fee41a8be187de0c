/**
 * The time before each packet, in the six styles of `-t`.
 *
 * There is no clock here: the time is the packet's own, and what the local time of day is, the
 * caller says; without a caller's word it is UTC.
 */
import { type LocalTime, utc } from '../wire/index.ts';
import type { PrintFlags } from './flags.ts';

/** What clocks show at a number of seconds since 1970. */
export type LocalClock = (epochSeconds: number) => LocalTime;

/** Prints times; remembers the one that `-ttt` and `-ttttt` count from. */
export class TimePrinter {
  readonly #flags: PrintFlags;
  readonly #localTime: LocalClock;
  // What differences are to: the packet before, or the first; not set while both are zero.
  #referenceSeconds = 0;
  #referenceFraction = 0;

  constructor(flags: PrintFlags, localTime: LocalClock = utc) {
    this.#flags = flags;
    this.#localTime = localTime;
  }

  /** The time with a blank after it, or nothing. */
  print(seconds: number, nanoseconds: number): string {
    const { time, nanoseconds: nano } = this.#flags;
    const fraction = nano ? nanoseconds : Math.floor(nanoseconds / 1000);
    switch (time) {
      case 0:
        return isPrintable(seconds) ? `${this.#timeOfDay(seconds, fraction)} ` : UNPRINTABLE;
      case 1:
        return '';
      case 2:
        return isPrintable(seconds) ? `${seconds}${this.#fraction(fraction)} ` : UNPRINTABLE;
      case 3:
      case 5:
        return this.#difference(seconds, fraction);
      case 4: {
        if (!isPrintable(seconds)) return UNPRINTABLE;
        const { year, month, day } = this.#localTime(seconds);
        return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)} ${this.#timeOfDay(seconds, fraction)} `;
      }
    }
  }

  #timeOfDay(seconds: number, fraction: number, clock: LocalClock = this.#localTime): string {
    const { hour, minute, second } = clock(seconds);
    return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${this.#fraction(fraction)}`;
  }

  #fraction(fraction: number): string {
    return `.${pad(fraction, this.#flags.nanoseconds ? 9 : 6)}`;
  }

  /** Seconds of a pcap file are signed to tcpdump: from 2038 on they count from 1901. */
  #difference(unsigned: number, fraction: number): string {
    const seconds = unsigned < 0x1_0000_0000 ? unsigned | 0 : unsigned;
    if (this.#referenceSeconds === 0 && this.#referenceFraction === 0) {
      this.#referenceSeconds = seconds;
      this.#referenceFraction = fraction;
    }
    let apart = seconds - this.#referenceSeconds;
    let fractionApart = fraction - this.#referenceFraction;
    const isEarlier = apart < 0 || (apart === 0 && fractionApart < 0);
    if (isEarlier) {
      apart = -apart;
      fractionApart = -fractionApart;
    }
    if (fractionApart < 0) {
      apart--;
      fractionApart += this.#flags.nanoseconds ? 1e9 : 1e6;
    }
    if (this.#flags.time === 3) {
      this.#referenceSeconds = seconds;
      this.#referenceFraction = fraction;
    }
    const text = isPrintable(apart)
      ? this.#timeOfDay(apart, fractionApart, utc)
      : UNPRINTABLE.trim();
    return `${isEarlier ? '-' : ' '}${text} `;
  }
}

const UNPRINTABLE = '[Error converting time] ';

/** tcpdump takes seconds from 2³¹ on, in 2038, for an error. */
function isPrintable(seconds: number): boolean {
  return (seconds & 0x8000_0000) === 0;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
