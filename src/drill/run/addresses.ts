/** The two ends of a flow of packets, as a script's connection has them on the wire. */
import { assert } from '../../stack/index.ts';
import { type IpAddress, type Ipv4Address, isIpv6, parseIpv4 } from '../../wire/index.ts';

/** An address with a port; the port is 0 where the protocol has none. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** Where a packet comes from and where it goes. */
export interface Flow {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** The address of an end of a script over IPv4. */
export function ipv4Of({ address }: Endpoint): Ipv4Address {
  assert(!isIpv6(address), 'scripts are over IPv4');
  return address;
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
