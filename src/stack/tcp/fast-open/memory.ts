/**
 * What a host remembers of a server for the next Fast Open to it (RFC 7413 §4.1.3): the cookie, the
 * MSS, in which form the option was asked for, and whether SYNs with data were lost on the way. It
 * is part of what is remembered of a peer (`metrics/`).
 */
import { EMPTY } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import type { FastOpenOption } from './option.ts';

export interface FastOpenMemory {
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
  /** SYNs with data in a row that seem to have been lost, and when the last was missed. */
  synLosses: number;
  synLostAt: Instant;
}

/** What the answer to a Fast Open has told. */
export interface FastOpenNews {
  readonly mss: number;
  readonly option: FastOpenOption | undefined;
  readonly isSynLost: boolean;
  /** See {@link FastOpenMemory.attempts}; 0 when a cookie was not asked for in vain. */
  readonly attempts: number;
}

/** Nothing is known yet. */
export function emptyMemory(): FastOpenMemory {
  return { mss: 0, cookie: EMPTY, isExperimental: false, attempts: 0, synLosses: 0, synLostAt: 0 };
}

/** Takes in what a SYN-ACK has told (Linux tcp_fastopen_cache_set()). */
export function learnOfFastOpen(memory: FastOpenMemory, news: FastOpenNews, now: Instant): void {
  if (news.mss > 0) memory.mss = news.mss;
  if (news.option !== undefined && news.option.cookie.length > 0) {
    memory.cookie = news.option.cookie.slice();
    memory.isExperimental = news.option.isExperimental;
  } else if (memory.cookie.length === 0) {
    memory.attempts = Math.max(memory.attempts, news.attempts);
  }
  memory.synLosses = news.isSynLost ? memory.synLosses + 1 : 0;
  if (news.isSynLost) memory.synLostAt = now;
}
