/**
 * A socket's error queue (ip(7), IP_RECVERR): what happened to things sent long ago. ICMP errors,
 * times at which octets left or were acknowledged, and how far zero-copy sends are done. Programs
 * take from it with MSG_ERRQUEUE; that something waits shows as POLLERR.
 */
import { EMPTY, type IpAddress, isIpv6 } from '../../wire/index.ts';
import { ERRNO, EXTENDED_ERROR } from '../posix/constants.ts';
import type { ExtendedError } from '../posix/system-call.ts';
import type { Errno } from '../errno.ts';
import type { Instant } from '../time.ts';

/** One entry. */
export interface QueuedError {
  readonly error: ExtendedError;
  /** SCM_TIMESTAMPING: the time it tells of, if it does. */
  readonly at: Instant | undefined;
  /** Of the packet that it is about; empty when only the entry is wanted. */
  readonly packet: Uint8Array;
  /** Where the packet was sent to, for ICMP errors. */
  readonly destination: { readonly address: IpAddress; readonly port: number } | undefined;
}

/** Entries that may wait; the kernel bounds them by the receive buffer. */
const LIMIT = 1024;

export class ErrorQueue {
  #entries: QueuedError[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** What the last entry says; nothing when there is none. */
  get last(): QueuedError | undefined {
    return this.#entries.at(-1);
  }

  /** Puts an entry at the end; it is lost when too many wait. */
  add(entry: QueuedError): void {
    if (this.#entries.length < LIMIT) this.#entries.push(entry);
  }

  /** Puts an entry in the place of the last one. */
  replaceLast(entry: QueuedError): void {
    this.#entries[this.#entries.length - 1] = entry;
  }

  /** The entry that has waited longest. */
  take(): QueuedError | undefined {
    return this.#entries.shift();
  }

  clear(): void {
    this.#entries = [];
  }
}

/** An ICMP message that came back (IP_RECVERR). */
export interface IcmpError {
  readonly errno: Errno;
  readonly type: number;
  readonly code: number;
  readonly destination: { readonly address: IpAddress; readonly port: number };
}

/** The entry for an ICMP error. */
export function icmpEntry({ errno, type, code, destination }: IcmpError): QueuedError {
  const { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 } = EXTENDED_ERROR;
  const origin = isIpv6(destination.address) ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP;
  return {
    error: { errno, origin, type, code, info: 0, data: 0 },
    at: undefined,
    packet: EMPTY,
    destination,
  };
}

/** SO_ERROR's number: 0 for none. */
export function numberOf(errno: Errno | undefined): number {
  return errno === undefined ? 0 : ERRNO[errno];
}
