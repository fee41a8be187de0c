/**
 * What all tools tell of an interface alike: above all, how many packets and octets have passed. Of
 * errors and drops there are none: what a simulated device takes, it carries.
 */
import { ETHERNET_HEADER_LENGTH } from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';

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

/** A flag of an interface as net-tools tell it: `ifconfig` its name, `netstat -i` its letter. */
interface LinkFlag {
  readonly bit: number; // IFF_…, netdevice(7)
  readonly name: string;
  readonly letter: string;
  isSet(one: NetworkInterface): boolean;
}

// prettier-ignore
const FLAGS: readonly LinkFlag[] = [
  { bit: 0x1, name: 'UP', letter: 'U', isSet: (one) => one.isUp },
  { bit: 0x2, name: 'BROADCAST', letter: 'B', isSet: (one) => !one.loopback },
  { bit: 0x8, name: 'LOOPBACK', letter: 'L', isSet: (one) => one.loopback },
  { bit: 0x40, name: 'RUNNING', letter: 'R', isSet: (one) => one.isRunning },
  { bit: 0x80, name: 'NOARP', letter: 'O', isSet: (one) => !one.usesArp },
  { bit: 0x1000, name: 'MULTICAST', letter: 'M', isSet: (one) => !one.loopback },
];

/** Those that are set, in the order of `ifconfig`. */
export function flagsOf(one: NetworkInterface): LinkFlag[] {
  return FLAGS.filter((flag) => flag.isSet(one));
}

/**
 * As net-tools list them: by name (/proc/net/dev is sorted when it is read), those that are down
 * only for -a.
 */
export function byName(
  interfaces: readonly NetworkInterface[],
  isAll: boolean,
): NetworkInterface[] {
  const shown = interfaces.filter(({ isUp }) => isAll || isUp);
  return shown.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** `netstat -i`, `ifconfig -s`: a line each. */
export function interfaceLine(one: NetworkInterface): string {
  const { receivedPackets, sentPackets } = trafficOf(one);
  const letters = flagsOf(one).map(({ letter }) => letter);
  const flags = letters.toSorted().join('');
  return (
    one.name.padEnd(16) +
    String(one.mtu).padStart(5) +
    ` ${String(receivedPackets).padStart(8)}      0      0 0     ` +
    ` ${String(sentPackets).padStart(8)}      0      0      0 ${flags}\n`
  );
}
