/** Addresses and ports as programs write them. */
import { addressShown, needsLink, type SocketFamily } from '../../stack/index.ts';
import { type IpAddress, IPV4_ANY, isIpv6, parseIp, printIp } from '../../wire/index.ts';

/** An address and port. */
export interface SocketAddress {
  /**
   * Of either version: `192.0.2.1` or `2001:db8::1`, and `fe80::1%eth0` where it is valid on one
   * link only; for what asks a resolver a name, too.
   */
  readonly address: string;
  readonly port: number;
}

/** An address, and the name of the interface whose link it means (RFC 4007 §11). */
export interface ZonedAddress {
  readonly address: IpAddress;
  readonly zone: string | undefined;
}

/** The address that text spells; empty text is any. @throws RangeError for text that is none */
export function parseAddress(text: string): ZonedAddress {
  if (text === '') return { address: IPV4_ANY, zone: undefined };
  const at = text.indexOf('%');
  if (at < 0) return { address: parseIp(text), zone: undefined };
  return { address: parseIp(text.slice(0, at)), zone: text.slice(at + 1) };
}

/** The family of a socket for that address. */
export function familyOf(address: IpAddress): SocketFamily {
  return isIpv6(address) ? 'AF_INET6' : 'AF_INET';
}

/** An end of a socket as its program reads it (getsockname, getpeername). */
export function endOf(
  family: SocketFamily,
  address: IpAddress,
  port: number,
  link?: string,
): SocketAddress {
  const zone = link !== undefined && needsLink(address) ? `%${link}` : '';
  return { address: `${printIp(addressShown(family, address))}${zone}`, port };
}

/** Whether the text is a name, not an address: it has a letter and no colon (RFC 1123 §2.1). */
export function isHostName(text: string): boolean {
  return /[a-z]/i.test(text) && !text.includes(':');
}

/** A port that fits 16 bits. @throws RangeError for any other number */
export function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw new RangeError(`not a port: ${port}`);
  }
  return port;
}
