/** Addresses and ports as programs write them. */
import { IPV4_ANY, type Ipv4Address, parseIpv4 } from '../wire/index.ts';

/** An address and port. */
export interface SocketAddress {
  /** Dotted decimal; for what asks a resolver a name, too. */
  readonly address: string;
  readonly port: number;
}

/** An address in dotted decimal, or any. @throws RangeError for any other text */
export function parseAddress(text: string): Ipv4Address {
  return text === '' ? IPV4_ANY : parseIpv4(text);
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
