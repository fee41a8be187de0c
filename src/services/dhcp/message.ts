/**
 * Messages of DHCP (RFC 2131 §2), which are BOOTP's (RFC 951) with options behind a cookie.
 *
 *      0               1               2               3
 *     +---------------+---------------+---------------+---------------+
 *     |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
 *     +---------------+---------------+---------------+---------------+
 *     |                            xid (4)                            |
 *     +-------------------------------+-------------------------------+
 *     |           secs (2)            |           flags (2)           |
 *     +-------------------------------+-------------------------------+
 *     |          ciaddr (4): the client's, when it has one            |
 *     |          yiaddr (4): yours, that the client gets              |
 *     |          siaddr (4): of the server to boot from               |
 *     |          giaddr (4): of the relay agent                       |
 *     +---------------------------------------------------------------+
 *     |    chaddr (16)    sname (64)    file (128)    options …       |
 *     +---------------------------------------------------------------+
 *
 * No library was found that is kept well; the format is small, and all of it is read back.
 */
import {
  concat,
  DecodeError,
  type Ipv4Address,
  type MacAddress,
  put16,
  put32,
  put48,
  u16,
  u32,
  u48,
} from '../../wire/index.ts';

/** RFC 2131 §4.1. */
export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

/** Whether a message is the client's or the server's (`op`). */
export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;

/** The flag by which a client without an address asks for answers to everybody. */
export const BROADCAST_FLAG = 0x8000;

/** Option 53 (RFC 2132 §9.6). */
export const DhcpType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** Options by their numbers (RFC 2132). */
export const DhcpOption = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  domainName: 15,
  broadcastAddress: 28,
  requestedAddress: 50,
  leaseTime: 51,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  end: 255,
} as const;

/** An option: its number and its octets, 255 at most; pads have none. */
export interface OptionField {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface DhcpMessage {
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  /** Seconds since the client began. */
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: Ipv4Address;
  readonly yiaddr: Ipv4Address;
  readonly siaddr: Ipv4Address;
  readonly giaddr: Ipv4Address;
  /** 16 octets, of which {@link hlen} are the hardware address. */
  readonly chaddr: Uint8Array;
  /** 64 and 128 octets: text, or options again (option 52, which nobody here sends). */
  readonly sname: Uint8Array;
  readonly file: Uint8Array;
  /** As they came, without the end. */
  readonly options: readonly OptionField[];
  /** What stands behind the end: zeros, in what is sent here. */
  readonly padding: Uint8Array;
}

const COOKIE_AT = 236;
const OPTIONS_AT = 240;
const COOKIE = 0x63_82_53_63; // 99.130.83.99 (RFC 2131 §3)

/** BOOTP's length, below which some do not read a message (RFC 1542 §2.1). */
const LEAST_LENGTH = 300;

/** The message, or why the bytes are none. */
export function decodeDhcp(b: Uint8Array): DhcpMessage | DecodeError {
  if (b.length < OPTIONS_AT) return new DecodeError('dhcp', 'truncated', b.length);
  if (u32(b, COOKIE_AT) !== COOKIE) return new DecodeError('dhcp', 'bad-magic', COOKIE_AT);
  if (b[2]! > 16) return new DecodeError('dhcp', 'bad-length', 2);
  const options: OptionField[] = [];
  let at = OPTIONS_AT;
  while (b[at] !== DhcpOption.end) {
    const code = b[at];
    if (code === undefined) return new DecodeError('dhcp', 'truncated', at);
    const isPad = code === DhcpOption.pad;
    const start = isPad ? at + 1 : at + 2;
    const end = isPad ? start : start + (b[at + 1] ?? 0);
    if (start > b.length || end > b.length) return new DecodeError('dhcp', 'truncated', at);
    options.push({ code, data: b.subarray(start, end) });
    at = end;
  }
  return {
    op: b[0]!,
    htype: b[1]!,
    hlen: b[2]!,
    hops: b[3]!,
    xid: u32(b, 4),
    secs: u16(b, 8),
    flags: u16(b, 10),
    ciaddr: u32(b, 12),
    yiaddr: u32(b, 16),
    siaddr: u32(b, 20),
    giaddr: u32(b, 24),
    chaddr: b.subarray(28, 44),
    sname: b.subarray(44, 108),
    file: b.subarray(108, COOKIE_AT),
    options,
    padding: b.subarray(at + 1),
  };
}

/** The message's bytes. */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const head = new Uint8Array(OPTIONS_AT);
  head.set([message.op, message.htype, message.hlen, message.hops]);
  put32(head, 4, message.xid);
  put16(head, 8, message.secs);
  put16(head, 10, message.flags);
  put32(head, 12, message.ciaddr);
  put32(head, 16, message.yiaddr);
  put32(head, 20, message.siaddr);
  put32(head, 24, message.giaddr);
  head.set(message.chaddr, 28);
  head.set(message.sname, 44);
  head.set(message.file, 108);
  put32(head, COOKIE_AT, COOKIE);
  const options = message.options.map(({ code, data }) =>
    concat(Uint8Array.from(code === DhcpOption.pad ? [code] : [code, data.length]), data),
  );
  return concat(head, ...options, Uint8Array.of(DhcpOption.end), message.padding);
}

/** What a message that is made here says; the rest is zero. */
export interface DhcpWords {
  readonly op: number;
  readonly xid: number;
  readonly mac: MacAddress;
  readonly options: readonly OptionField[];
  readonly secs?: number;
  readonly flags?: number;
  readonly ciaddr?: Ipv4Address;
  readonly yiaddr?: Ipv4Address;
  readonly giaddr?: Ipv4Address;
}

/** A message of a client on Ethernet, or to one, as long as BOOTP's are. */
export function dhcpMessage({ mac, options, ...words }: DhcpWords): DhcpMessage {
  const chaddr = new Uint8Array(16);
  put48(chaddr, 0, mac);
  let length = OPTIONS_AT + 1;
  for (const { data } of options) length += 2 + data.length;
  return {
    htype: 1,
    hlen: 6,
    hops: 0,
    secs: 0,
    flags: 0,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: 0,
    giaddr: 0,
    ...words,
    chaddr,
    sname: new Uint8Array(64),
    file: new Uint8Array(128),
    options,
    padding: new Uint8Array(Math.max(0, LEAST_LENGTH - length)),
  };
}

/** The client's hardware address; nothing where it is not one of Ethernet. */
export function hardwareAddressOf({ htype, hlen, chaddr }: DhcpMessage): MacAddress | undefined {
  return htype === 1 && hlen === 6 ? u48(chaddr, 0) : undefined;
}

export function optionData({ options }: DhcpMessage, code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.data;
}

/** DHCPDISCOVER, DHCPOFFER and so on; nothing for BOOTP. */
export function typeOf(message: DhcpMessage): number | undefined {
  const data = optionData(message, DhcpOption.messageType);
  return data?.length === 1 ? data[0] : undefined;
}

/** An option of 32 bits: an address or seconds. */
export function word32(message: DhcpMessage, code: number): number | undefined {
  const data = optionData(message, code);
  return data?.length === 4 ? u32(data, 0) : undefined;
}

/** An option that lists addresses. */
export function addressList(message: DhcpMessage, code: number): Ipv4Address[] {
  const data = optionData(message, code) ?? new Uint8Array(0);
  return Array.from({ length: Math.floor(data.length / 4) }, (_, i) => u32(data, 4 * i));
}

export function octetOption(code: number, ...octets: readonly number[]): OptionField {
  return { code, data: Uint8Array.from(octets) };
}

/** An option of words of 32 bits. */
export function wordsOption(code: number, ...words: readonly number[]): OptionField {
  const data = new Uint8Array(4 * words.length);
  for (const [i, word] of words.entries()) put32(data, 4 * i, word);
  return { code, data };
}
