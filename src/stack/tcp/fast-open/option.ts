/**
 * The Fast Open option of a SYN or SYN-ACK (RFC 7413 §4.1.1): kind 34 with a cookie, or empty to
 * ask for one; and its older form among the experiments (kind 254, RFC 6994) with a number of its
 * own, which Linux still understands (appendix A).
 */
import {
  concat,
  EMPTY,
  listTcpOptions,
  type TcpOption,
  TCP_HEADER_LENGTH,
  type TcpSegment,
  u16,
  DecodeError,
} from '../../../wire/index.ts';
import { COOKIE_LEAST, COOKIE_MOST } from './cookie.ts';

const FAST_OPEN = 34;
const EXPERIMENT = 254;
/** The experiment's number (IANA, TCP experimental option experiment identifiers). */
const EXPERIMENT_NUMBER: Uint8Array = Uint8Array.of(0xf9, 0x89);

/** All options of a segment together (Linux MAX_TCP_OPTION_SPACE). */
export const OPTIONS_MOST = 40;

/** What the option says: a cookie, or that one is wanted. */
export interface FastOpenOption {
  /** No octets ask for a cookie. */
  readonly cookie: Uint8Array;
  /** In the older form. */
  readonly isExperimental: boolean;
}

/** Asks for a cookie. */
export function cookieRequest(isExperimental: boolean): FastOpenOption {
  return { cookie: EMPTY, isExperimental };
}

/**
 * The option of a SYN or SYN-ACK, if it has one; of several the last counts. One whose cookie
 * cannot be one, by its length, counts as none; one of odd length is not even seen (Linux
 * tcp_parse_fastopen_option()).
 */
export function readFastOpenOption(seg: TcpSegment): FastOpenOption | undefined {
  const list = listTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  if (list instanceof DecodeError) return undefined;
  let found: FastOpenOption | undefined;
  for (const option of list) {
    const read = asFastOpen(option);
    if (read === undefined || read.cookie.length % 2 !== 0) continue;
    found = isCookieLength(read.cookie.length) ? read : undefined;
  }
  return found;
}

function isCookieLength(length: number): boolean {
  return length === 0 || (length >= COOKIE_LEAST && length <= COOKIE_MOST);
}

function asFastOpen(option: TcpOption): FastOpenOption | undefined {
  if (option.kind !== 'other') return undefined;
  const { code, data } = option;
  if (code === FAST_OPEN) return { cookie: data, isExperimental: false };
  if (code !== EXPERIMENT || data.length < 2 || u16(data, 0) !== u16(EXPERIMENT_NUMBER, 0)) {
    return undefined;
  }
  return { cookie: data.subarray(2), isExperimental: true };
}

/** How long the option is when it ends at a word. */
export function paddedLength({ cookie, isExperimental }: FastOpenOption): number {
  const length = (isExperimental ? 4 : 2) + cookie.length;
  return (length + 3) & ~3;
}

/** Whether the option finds room behind `length` octets of others. */
export function fitsBehind(length: number, option: FastOpenOption): boolean {
  return length + paddedLength(option) <= OPTIONS_MOST;
}

/** The option as it is sent, with what fills its last word. */
export function fastOpenOptions(option: FastOpenOption): TcpOption[] {
  const { cookie, isExperimental } = option;
  const data = isExperimental ? concat(EXPERIMENT_NUMBER, cookie) : cookie;
  const padding = paddedLength(option) - 2 - data.length;
  return [
    { kind: 'other', code: isExperimental ? EXPERIMENT : FAST_OPEN, data },
    ...Array.from({ length: padding }, (): TcpOption => ({ kind: 'no-operation' })),
  ];
}
