/**
 * The options of pcapng blocks and the records of name resolution blocks
 * (draft-ietf-opsawg-pcapng §3.5, §4.5): lists of code(2) length(2) value, padded to four octets,
 * up to an entry of code 0.
 *
 * Blocks keep these regions as raw octets, so that they encode back whatever they hold;
 * {@link listPcapngOptions} reads one as far as it is well formed.
 */
import { concat, EMPTY, u32 } from '../bytes.ts';
import { type ByteOrder, get16, get32, padded4, set16, set32, set64 } from '../endian.ts';
import { encodeIp, type IpAddress, isIpv6 } from '../ip-address.ts';
import { IPV6_ADDRESS_LENGTH, readIpv6 } from '../ipv6-address.ts';
import { fromUtf8, utf8 } from '../text.ts';

/** Option codes. Above 1 they mean something else in each kind of block. */
export const PcapngOptionCode = {
  endOfOptions: 0,
  comment: 1,
  sectionHardware: 2,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceTimestampResolution: 9,
  interfaceOs: 12,
  interfaceTimestampOffset: 14,
  interfaceHardware: 15,
  packetFlags: 2,
  statisticsStart: 2,
  statisticsEnd: 3,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const;

/** The most octets that an option's 16-bit length can express. */
export const PCAPNG_OPTION_MAXIMUM = 65_535;

/** One option. Numbers in a value have the section's byte order. */
export interface PcapngOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The options before the end mark, or before the first that does not fit into the octets. */
export function listPcapngOptions(b: Uint8Array, order: ByteOrder): PcapngOption[] {
  const options: PcapngOption[] = [];
  readOptions(b, order, options);
  return options;
}

/** Where the first option stands that does not fit into the octets; −1 when all do. */
export function misfitPcapngOption(b: Uint8Array, order: ByteOrder): number {
  return readOptions(b, order, []);
}

function readOptions(b: Uint8Array, order: ByteOrder, options: PcapngOption[]): number {
  let at = 0;
  while (at + 4 <= b.length) {
    const code = get16(b, at, order);
    const valueEnd = at + 4 + get16(b, at + 2, order);
    if (code === PcapngOptionCode.endOfOptions) return -1;
    if (valueEnd > b.length) return at;
    options.push({ code, value: b.subarray(at + 4, valueEnd) });
    at = padded4(valueEnd);
  }
  return -1;
}

/** The octets of the options and an end mark; none for no options. */
export function encodePcapngOptions(
  options: readonly PcapngOption[],
  order: ByteOrder,
): Uint8Array {
  if (options.length === 0) return EMPTY;
  let length = 4;
  for (const { value } of options) length += 4 + padded4(value.length);
  const b = new Uint8Array(length);
  let at = 0;
  for (const { code, value } of options) {
    if (value.length > PCAPNG_OPTION_MAXIMUM) throw new RangeError('pcapng: option too long');
    set16(b, at, code, order);
    set16(b, at + 2, value.length, order);
    b.set(value, at + 4);
    at += 4 + padded4(value.length);
  }
  return b;
}

/** The texts of the options with one code, such as all comments. */
export function textsOf(options: readonly PcapngOption[], code: number): string[] {
  const texts: string[] = [];
  for (const option of options) if (option.code === code) texts.push(fromUtf8(option.value));
  return texts;
}

/** An option that holds text, cut to 65,535 octets at a character's end. */
export function textOption(code: number, text: string): PcapngOption {
  const value = utf8(text);
  if (value.length <= PCAPNG_OPTION_MAXIMUM) return { code, value };
  let end = PCAPNG_OPTION_MAXIMUM;
  while ((value[end]! & 0xc0) === 0x80) end -= 1;
  return { code, value: value.subarray(0, end) };
}

/** An option that holds a 64-bit number. */
export function numberOption(code: number, value: number, order: ByteOrder): PcapngOption {
  const b = new Uint8Array(8);
  set64(b, 0, value, order);
  return { code, value: b };
}

/** An option that holds a timestamp: its upper half first, in either byte order. */
export function timestampOption(
  code: number,
  high: number,
  low: number,
  order: ByteOrder,
): PcapngOption {
  const b = new Uint8Array(8);
  set32(b, 0, high, order);
  set32(b, 4, low, order);
  return { code, value: b };
}

/** The names that a capture gives an address. */
export interface HostNames {
  readonly address: IpAddress;
  readonly names: readonly string[];
}

/** Records by the length of their address. */
const NAME_RECORD_IPV4 = 1;
const NAME_RECORD_IPV6 = 2;

/** The addresses' names in the body of a name resolution block, as far as well formed. */
export function listHostNames(body: Uint8Array, order: ByteOrder): HostNames[] {
  const hosts: HostNames[] = [];
  for (const { code, value } of listPcapngOptions(body, order)) {
    const isVersion6 = code === NAME_RECORD_IPV6;
    const length = isVersion6 ? IPV6_ADDRESS_LENGTH : 4;
    if ((code !== NAME_RECORD_IPV4 && !isVersion6) || value.length < length) continue;
    const names = fromUtf8(value.subarray(length)).split('\0');
    if (names.at(-1) === '') names.pop();
    hosts.push({ address: isVersion6 ? readIpv6(value, 0) : u32(value, 0), names });
  }
  return hosts;
}

/** The body of a name resolution block. */
export function encodeHostNames(hosts: readonly HostNames[], order: ByteOrder): Uint8Array {
  if (hosts.length === 0) return new Uint8Array(4);
  const records = hosts.map(({ address, names }) => {
    const text = utf8(names.map((name) => `${name}\0`).join(''));
    const code = isIpv6(address) ? NAME_RECORD_IPV6 : NAME_RECORD_IPV4;
    return { code, value: concat(encodeIp(address), text) };
  });
  return encodePcapngOptions(records, order);
}

/** The 64-bit signed number of seconds in an option's value, exact up to 2⁵³. */
export function readSeconds64(value: Uint8Array, order: ByteOrder): number {
  const first = get32(value, 0, order);
  const second = get32(value, 4, order);
  const high = order === 'little-endian' ? second : first;
  return (high | 0) * 0x1_0000_0000 + (order === 'little-endian' ? first : second);
}
