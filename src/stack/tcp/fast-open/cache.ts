/**
 * What a host remembers of servers for the next Fast Open to them (RFC 7413 §4.1.3): the cookie,
 * the MSS, in which form the option was asked for, and whether a SYN with data was lost on the way.
 * Also whether Fast Open is paused everywhere, because something on the way seems to swallow it
 * (§4.1.3.1; Linux tcp_fastopen_active_disable()).
 */
import { EMPTY, type IpAddress } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';
import type { FastOpenOption } from './option.ts';

/** What is known of the way from one address of ours to one server. */
export interface FastOpenMemory {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The server's MSS as it announced it; 0 while that is unknown. */
  mss: number;
  /** No octets: none is known. */
  cookie: Uint8Array;
  /** Whether the cookie came in the experimental form. */
  isExperimental: boolean;
  /**
   * Requests without an answer: after one by kind 34 the experimental form is tried (1), and after
   * that kind 34 again, for ever (2).
   */
  attempts: number;
  /** SYNs with data in a row that seem to have been lost. */
  synLosses: number;
  /** When the memory was last written. */
  writtenAt: Instant;
}

/** What the answer to a Fast Open has told. */
export interface FastOpenNews {
  readonly mss: number;
  readonly option: FastOpenOption | undefined;
  readonly isSynLost: boolean;
  /** See {@link FastOpenMemory.attempts}; 0 when a cookie was not asked for in vain. */
  readonly attempts: number;
}

/** A pause is doubled by each further one, this often. */
const LONGEST_PAUSE = 6;

export class FastOpenCache {
  readonly #memories = new Map<string, FastOpenMemory>();
  #pausedAt: Instant = 0;
  /** How often Fast Open was paused since it last worked. */
  #pauses = 0;

  /** What is known of the way of a connection. */
  find(connection: FourTuple): FastOpenMemory | undefined {
    return this.#memories.get(keyOf(connection));
  }

  /** Every way that something is known of, oldest first. */
  entries(): FastOpenMemory[] {
    return [...this.#memories.values()];
  }

  /** Forgets everything: `ip tcp_metrics flush`. */
  clear(): void {
    this.#memories.clear();
  }

  /** Takes in what a SYN-ACK has told (Linux tcp_fastopen_cache_set()). */
  learn(connection: FourTuple, news: FastOpenNews, now: Instant): void {
    const key = keyOf(connection);
    let memory = this.#memories.get(key);
    if (memory === undefined) {
      memory = emptyMemory(connection, now);
      this.#memories.set(key, memory);
    }
    memory.writtenAt = now;
    if (news.mss > 0) memory.mss = news.mss;
    if (news.option !== undefined && news.option.cookie.length > 0) {
      memory.cookie = news.option.cookie.slice();
      memory.isExperimental = news.option.isExperimental;
    } else if (memory.cookie.length === 0) {
      memory.attempts = Math.max(memory.attempts, news.attempts);
    }
    memory.synLosses = news.isSynLost ? memory.synLosses + 1 : 0;
  }

  /** Something swallows Fast Open: no connection uses it for a while, longer each time. */
  pause(now: Instant): void {
    this.#pausedAt = now;
    this.#pauses += 1;
  }

  /** Whether it is paused still; `first` is how long the first pause lasts, 0 for none at all. */
  isPaused(first: Duration, now: Instant): boolean {
    if (first === 0 || this.#pauses === 0) return false;
    return now < this.#pausedAt + first * 2 ** Math.min(this.#pauses - 1, LONGEST_PAUSE);
  }

  /** Whether it was ever paused and has not worked since. */
  get isOnProbation(): boolean {
    return this.#pauses > 0;
  }

  /** It worked after a pause: the next pause is a first one. */
  trust(): void {
    this.#pauses = 0;
  }
}

function keyOf({ localAddress, remoteAddress }: FourTuple): string {
  return `${localAddress} ${remoteAddress}`;
}

function emptyMemory(connection: FourTuple, now: Instant): FastOpenMemory {
  return {
    source: connection.localAddress,
    destination: connection.remoteAddress,
    mss: 0,
    cookie: EMPTY,
    isExperimental: false,
    attempts: 0,
    synLosses: 0,
    writtenAt: now,
  };
}
