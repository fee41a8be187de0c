/**
 * What all tools tell of an interface alike: above all, how many packets and octets have passed. Of
 * errors and drops there are none: what a simulated device takes, it carries.
 */
import { ETHERNET_HEADER_LENGTH } from '../../wire/index.ts';
import type { NetworkInterface } from '../interface.ts';

/** Packets and octets, each way. */
export interface LinkTraffic {
  readonly receivedPackets: number;
  readonly receivedOctets: number;
  readonly sentPackets: number;
  readonly sentOctets: number;
}

/** On loopback no Ethernet header counts (Linux loopback_xmit()). */
export function trafficOf({ counts, loopback }: NetworkInterface): LinkTraffic {
  const header = loopback ? ETHERNET_HEADER_LENGTH : 0;
  const { receivedPackets, receivedOctets, sentPackets, sentOctets } = counts;
  return {
    receivedPackets,
    receivedOctets: receivedOctets - header * receivedPackets,
    sentPackets,
    sentOctets: sentOctets - header * sentPackets,
  };
}

/** How many packets may wait for the device (txqueuelen), of Ethernet and of loopback. */
export const QUEUE_LENGTH = 1000;

/** As net-tools list them: by name (/proc/net/dev is sorted when it is read). */
export function byName(interfaces: readonly NetworkInterface[]): NetworkInterface[] {
  return interfaces.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** `netstat -i`, `ifconfig -s`: a line each. */
export function interfaceLine(one: NetworkInterface): string {
  const { receivedPackets, sentPackets } = trafficOf(one);
  const flags = one.loopback ? 'LRU' : 'BMRU';
  return (
    one.name.padEnd(16) +
    String(one.mtu).padStart(5) +
    ` ${String(receivedPackets).padStart(8)}      0      0 0     ` +
    ` ${String(sentPackets).padStart(8)}      0      0      0 ${flags}\n`
  );
}
