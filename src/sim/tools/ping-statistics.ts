/**
 * What `ping` counts, and how it prints it: times in whole microseconds, mean and deviation by
 * integers alone, as iputils computes them.
 */
import type { Duration } from '../../stack/index.ts';
import { printMilliseconds } from './print-time.ts';

export class PingStatistics {
  transmitted = 0;
  received = 0;
  duplicates = 0;
  errors = 0;
  longest = 0;
  /** Of a flood: the time from the first request to the last, of which its pace is made. */
  pace: Duration | undefined = undefined;
  #shortest = Number.MAX_SAFE_INTEGER;
  #sum = 0;
  #sumOfSquares = 0n;
  /** Eight times the round trip, smoothed as RFC 6298 does. */
  #smoothed = 0;
  /** The most that were under way when an answer came, itself included. */
  #pipe = 0;

  /** An answer to the request of that number has come, of any kind. */
  answered(sequence: number): void {
    this.#pipe = Math.max(this.#pipe, ((this.transmitted - sequence) & 0xffff) + 1);
  }

  /** A round trip took so many microseconds. */
  took(microseconds: number): void {
    this.#sum += microseconds;
    this.#sumOfSquares += BigInt(microseconds) ** 2n;
    this.#shortest = Math.min(this.#shortest, microseconds);
    this.longest = Math.max(this.longest, microseconds);
    if (this.#smoothed === 0) this.#smoothed = 8 * microseconds;
    else this.#smoothed += microseconds - Math.floor(this.#smoothed / 8);
  }

  /** The last lines; `time` is from the beginning to the last request, `isTimed` says of what. */
  lines(time: Duration, isTimed: boolean): [counts: string, times: string] {
    const { transmitted, received, duplicates, errors } = this;
    const milliseconds = Math.floor((time + 500_000) / 1_000_000);
    const counts = [
      `${transmitted} packets transmitted`,
      `${received} received`,
      ...(duplicates > 0 ? [`+${duplicates} duplicates`] : []),
      ...(errors > 0 ? [`+${errors} errors`] : []),
      ...(transmitted > 0 ? [`${this.#loss}% packet loss`, `time ${milliseconds}ms`] : []),
    ];
    const times = [
      ...(received > 0 && isTimed ? [`rtt min/avg/max/mdev = ${this.#times} ms`] : []),
      ...(this.#pipe > 1 ? [`pipe ${this.#pipe}`] : []),
      ...(received > 0 && this.pace !== undefined && transmitted > 1
        ? [`ipg/ewma ${this.#paceText(this.pace)} ms`]
        : []),
    ];
    return [counts.join(', '), times.join(', ')];
  }

  /** In percent with six digits, as printf's %g has it. */
  get #loss(): string {
    const { transmitted, received } = this;
    return String(Number((((transmitted - received) * 100) / transmitted).toPrecision(6)));
  }

  /** The gap between two packets, and the smoothed round trip. */
  #paceText(pace: Duration): string {
    const gap = Math.floor(Math.floor(pace / 1000) / (this.transmitted - 1));
    return [gap, Math.floor(this.#smoothed / 8)].map(printMilliseconds).join('/');
  }

  get #times(): string {
    const total = this.received + this.duplicates;
    const mean = Math.floor(this.#sum / total);
    const sum = BigInt(this.#sum);
    const count = BigInt(total);
    const variance =
      this.#sum < 0x7fff_ffff
        ? (this.#sumOfSquares - (sum * sum) / count) / count
        : this.#sumOfSquares / count - BigInt(mean) ** 2n;
    return [this.#shortest, mean, this.longest, Number(root(variance))]
      .map(printMilliseconds)
      .join('/');
  }
}

/** The square root by Newton's steps, until they go up: ping's own, which may be one too much. */
function root(square: bigint): bigint {
  if (square <= 0n) return square;
  let before: bigint;
  let next = square;
  do {
    before = next;
    next = (before + square / before) / 2n;
  } while (next < before);
  return next;
}

/** A round trip behind `time=`: fewer digits the longer it is. */
export function printRoundTrip(microseconds: number): string {
  const decimals = (digits: number, half: number): string => {
    const rounded = microseconds + half;
    const fraction = String(rounded % 1000).padStart(3, '0');
    return `${Math.floor(rounded / 1000)}${digits === 0 ? '' : `.${fraction.slice(0, digits)}`}`;
  };
  if (microseconds >= 100_000 - 50) return decimals(0, 500);
  if (microseconds >= 10_000 - 5) return decimals(1, 50);
  if (microseconds >= 1000) return decimals(2, 5);
  return decimals(3, 0);
}
