/** The two ends of a flow of packets, as a script's connection has them on the wire. */
import { type Ipv4Address, parseIpv4 } from '../../wire/index.ts';

/** An address with a port; the port is 0 where the protocol has none. */
export interface Endpoint {
  readonly address: Ipv4Address;
  readonly port: number;
}

/** Where a packet comes from and where it goes. */
export interface Flow {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}

/** Whether the text is a dotted quad. */
export function isIpv4(text: string): boolean {
  try {
    parseIpv4(text);
    return true;
  } catch {
    return false;
  }
}
