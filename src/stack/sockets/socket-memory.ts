/**
 * SO_SNDBUF and SO_RCVBUF: what a program asks for, what the system makes of it, and how much of
 * that is room for payload. Linux keeps twice what was asked for, because half of a buffer goes to
 * bookkeeping (socket(7)), and offers the other half (tcp_adv_win_scale = 1).
 */

import { SMALL_BLOCK } from '../interfaces/packet-buffers.ts';

/** How a system counts the memory of a socket's buffers, in octets. */
export interface SocketMemoryProfile {
  /** What a buffer takes for each octet of payload that was asked for. */
  readonly factor: 1 | 2;
  /** The least that a buffer is, doubling included. */
  readonly receiveLeast: number;
  readonly sendLeast: number;
  /** The most that may be asked for; more is taken as this. */
  readonly receiveMost: number;
  readonly sendMost: number;
  /** The block of memory that a short packet takes, as it counts. */
  readonly smallBlock: number;
}

/** Linux on 64 bits. */
export const LINUX_SOCKET_MEMORY: SocketMemoryProfile = {
  factor: 2,
  receiveLeast: 2304, // SOCK_MIN_RCVBUF: 2048 and a struct sk_buff
  sendLeast: 4608, // SOCK_MIN_SNDBUF: two of those
  receiveMost: 4_194_304, // net.core.rmem_max, as measured on 6.18
  sendMost: 4_194_304, // net.core.wmem_max, likewise
  smallBlock: SMALL_BLOCK,
};

/** The receive buffer when `asked` is asked for: what getsockopt then says. */
export function receiveMemory(profile: SocketMemoryProfile, asked: number): number {
  return Math.max(profile.factor * bounded(asked, profile.receiveMost), profile.receiveLeast);
}

/** The same for the send buffer. */
export function sendMemory(profile: SocketMemoryProfile, asked: number): number {
  return Math.max(profile.factor * bounded(asked, profile.sendMost), profile.sendLeast);
}

/** How much payload fits into a buffer of `memory` octets. */
export function payloadSpace(profile: SocketMemoryProfile, memory: number): number {
  return Math.max(1, Math.floor(memory / profile.factor));
}

/** The kernel takes the number as unsigned, so that a negative one asks for the most. */
function bounded(asked: number, most: number): number {
  return asked < 0 ? most : Math.min(asked, most);
}
