/** The two ends of a flow of packets, as a script's connection has them on the wire. */
import {
  type FrameFields,
  type IpAddress,
  isIpv6,
  parseIpv4,
  parseIpv6,
} from '../../wire/index.ts';

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

/** What a packet's IP header says beside addresses. */
export interface HeaderValues {
  readonly tos: number;
  readonly ttl: number;
  readonly flowLabel: number;
}

/** The IP header of a packet of the flow; both ends have addresses of one version. */
export function ipHeaderOf(
  { source: { address: source }, destination: { address: destination } }: Flow,
  { tos, ttl, flowLabel }: HeaderValues,
): Pick<FrameFields, 'ipv4' | 'ipv6'> {
  if (isIpv6(source) && isIpv6(destination)) {
    return { ipv6: { source, destination, trafficClass: tos, flowLabel, hopLimit: ttl } };
  }
  if (isIpv6(source) || isIpv6(destination)) throw new RangeError('ends of two versions of IP');
  return { ipv4: { source, destination, tos, ttl } };
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}

/** Whether the text is a dotted quad. */
export function isIpv4(text: string): boolean {
  return canParse(parseIpv4, text);
}

/** Whether the text is an address of IPv6. */
export function isIpv6Text(text: string): boolean {
  return canParse(parseIpv6, text);
}

function canParse(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
