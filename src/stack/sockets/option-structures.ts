/** Values of socket options that are more than a number, as programs hand them over. */
import { fromUtf8, u32, utf8 } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { OptionAnswer } from '../posix/file.ts';
import type { OptionValue } from '../posix/system-call.ts';
import { type Duration, NEVER, seconds, us } from '../time.ts';

/** The lengths of an `int`, of `struct linger`, of `struct timeval`. */
export const INT_LENGTH = 4;
export const LINGER_LENGTH = 8;
export const TIME_LENGTH = 16;

/** SO_LINGER, off or with a time. */
export interface Linger {
  /** Off: `close` returns at once and delivery goes on behind. */
  readonly on: boolean;
  /** On with zero: abort, by RST. On with more: `close` waits so long for delivery. */
  readonly time: Duration;
}

/** @throws SocketError EINVAL when it is too short for an `int` */
export function intOf(value: OptionValue, length: number, call: string): number {
  if (length < INT_LENGTH) throw new SocketError('EINVAL', call);
  if (typeof value === 'number') return value;
  if (!(value instanceof Uint8Array) || value.length < INT_LENGTH) {
    throw new SocketError('EINVAL', call);
  }
  return littleEndian(value, 0) | 0;
}

/** As {@link intOf}; options of IP may also be given as one octet (Linux do_ip_setsockopt()). */
export function intOrOctetOf(value: OptionValue, length: number, call: string): number {
  if (length < 1 || length >= INT_LENGTH) return intOf(value, length, call);
  if (typeof value === 'number') return value & 0xff;
  if (!(value instanceof Uint8Array) || value.length === 0) throw new SocketError('EINVAL', call);
  return value[0]!;
}

/** `struct linger`. @throws SocketError EINVAL */
export function lingerOf(value: OptionValue, length: number): Linger {
  const call = 'setsockopt SO_LINGER';
  if (length < LINGER_LENGTH || typeof value === 'number') throw new SocketError('EINVAL', call);
  const { onoff, linger } =
    value instanceof Uint8Array
      ? { onoff: wordAt(value, 0, call), linger: wordAt(value, 4, call) }
      : value;
  if (onoff === undefined || linger === undefined) throw new SocketError('EINVAL', call);
  // Linux keeps it as unsigned: a negative time is as good as endless.
  return { on: onoff !== 0, time: onoff === 0 ? 0 : seconds(linger >>> 0) };
}

/** `struct timeval` as a time; 0 means for ever. @throws SocketError EINVAL, EDOM */
export function timeoutOf(value: OptionValue, length: number, call: string): Duration {
  if (length < TIME_LENGTH || typeof value === 'number') throw new SocketError('EINVAL', call);
  const time =
    value instanceof Uint8Array
      ? { tv_sec: wordAt(value, 0, call), tv_usec: wordAt(value, 8, call) }
      : (value as Readonly<Record<string, number>>);
  const { tv_sec: whole, tv_usec: micros } = time;
  if (whole === undefined || micros === undefined) throw new SocketError('EINVAL', call);
  if (micros < 0 || micros >= 1_000_000) throw new SocketError('EDOM', call);
  if (whole < 0) return 0; // Linux sock_set_timeout(): does not wait at all
  const timeout = seconds(whole) + us(micros);
  return timeout === 0 ? NEVER : timeout;
}

/** The other way. */
export function timeValue(timeout: Duration): Readonly<Record<string, number>> {
  if (timeout === NEVER) return { tv_sec: 0, tv_usec: 0 };
  const whole = Math.floor(timeout / seconds(1));
  return { tv_sec: whole, tv_usec: Math.floor((timeout - seconds(whole)) / us(1)) };
}

/** The longest name of an algorithm, its NUL included (TCP_CA_NAME_MAX). */
const NAME_LENGTH = 16;

/** A string, up to a NUL. @throws SocketError EINVAL */
export function nameOf(value: OptionValue, length: number, call: string): string {
  if (length < 1 || !(value instanceof Uint8Array)) throw new SocketError('EINVAL', call);
  const given = value.subarray(0, Math.min(length, NAME_LENGTH - 1));
  const end = given.indexOf(0);
  return fromUtf8(end < 0 ? given : given.subarray(0, end));
}

/** A string as getsockopt gives it: sixteen octets, NULs behind it. */
export function nameAnswer(name: string, length: number): OptionAnswer {
  const padded = new Uint8Array(NAME_LENGTH);
  padded.set(utf8(name).subarray(0, NAME_LENGTH));
  return bytesAnswer(padded, length);
}

export function intAnswer(value: number, length: number): OptionAnswer {
  return { value, length: Math.min(length, INT_LENGTH) };
}

export function bytesAnswer(bytes: Uint8Array, length: number): OptionAnswer {
  const given = bytes.subarray(0, length);
  return { value: given, length: given.length };
}

/** A word of a structure in the machine's order of octets, little-endian as Linux's most are. */
export function wordAt(bytes: Uint8Array, at: number, call: string): number {
  if (at + 4 > bytes.length) throw new SocketError('EINVAL', call);
  return littleEndian(bytes, at) | 0;
}

function littleEndian(bytes: Uint8Array, at: number): number {
  const b = u32(bytes, at);
  return ((b >>> 24) | ((b >>> 8) & 0xff00) | ((b << 8) & 0xff_0000) | (b << 24)) >>> 0;
}
