/**
 * What a host is free to decide about ARP: whom it answers, by which address it asks, and whom it
 * believes unasked (Linux arp_ignore(), arp_filter(), arp_solicit(), arp_accept()).
 */
import {
  ArpOperation,
  type Ipv4Address,
  type Ipv4OverEthernet,
  isInPrefix,
  isLoopbackIpv4,
  isMulticastIpv4,
} from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { Ipv4 } from '../ip/ipv4.ts';

/** What decisions go by. */
export interface ArpWorld {
  readonly ip: Ipv4;
}

/**
 * What a request draws: an answer, or one for a host that is behind this one; `ignored` or
 * `filtered` where arp_ignore or arp_filter forbid it; nothing where it is about others.
 */
export type Duty = 'answer' | 'proxy' | 'ignored' | 'filtered' | undefined;

/** What a request that came by `from` draws (Linux arp_process()). */
export function dutyOf(
  { senderAddress, targetAddress }: Ipv4OverEthernet,
  from: NetworkInterface,
  { ip }: ArpWorld,
): Duty {
  const { arp, forwarding } = from.settings;
  if (isMulticastIpv4(targetAddress) || isLoopbackIpv4(targetAddress)) return undefined;
  const isProbe = senderAddress === 0;
  if (!isProbe && !isPossibleSender(senderAddress, from, ip)) return undefined;
  if (ip.isLocal(targetAddress)) {
    if (isIgnored(senderAddress, targetAddress, from)) return 'ignored';
    const isFiltered = arp.filters && !isProbe && !leavesBy(senderAddress, from, ip);
    return isFiltered ? 'filtered' : 'answer';
  }
  if (isProbe || !forwarding.isOn || !arp.isProxy) return undefined;
  const by = ip.routes.lookUp(targetAddress)?.port.interface;
  return by !== undefined && by !== from && isProxyBetween(from, by) ? 'proxy' : undefined;
}

/** A packet of this host's own address, or of many, comes from nobody (fib_validate_source()). */
function isPossibleSender(address: Ipv4Address, { settings }: NetworkInterface, ip: Ipv4): boolean {
  if (ip.isLocal(address)) return settings.forwarding.acceptsOwnSource;
  return !ip.isBroadcastOrMulticast(address);
}

/** Whether hosts behind one interface are answered for on another (Linux arp_fwd_proxy()). */
function isProxyBetween({ settings }: NetworkInterface, behind: NetworkInterface): boolean {
  const { medium } = settings.arp;
  if (medium === 0) return true;
  const other = behind.settings.arp.medium;
  return medium !== -1 && other !== medium && other !== -1;
}

/** Whether packets to an address leave by the interface. */
function leavesBy(address: Ipv4Address, by: NetworkInterface, ip: Ipv4): boolean {
  return ip.routes.lookUp(address)?.port.interface === by;
}

/** arp_ignore. Every address that is no loopback's has a scope beyond the host. */
function isIgnored(
  sender: Ipv4Address,
  target: Ipv4Address,
  { ipv4Addresses, settings }: NetworkInterface,
): boolean {
  const { ignore } = settings.arp;
  const own = ipv4Addresses.filter(({ address }) => address === target);
  if (ignore === 1) return own.length === 0;
  if (ignore === 2) return !own.some((prefix) => isInPrefix(sender, prefix));
  return ignore === 8;
}

/**
 * The address that a request for `target` carries.
 *
 * @param wanted the source of the packet that waits, 0 for none
 */
export function askingAddress(
  target: Ipv4Address,
  wanted: Ipv4Address,
  { ipv4Addresses, settings }: NetworkInterface,
  { ip }: ArpWorld,
): Ipv4Address {
  const { announce } = settings.arp;
  const areInOne = ipv4Addresses.some(
    (prefix) => isInPrefix(target, prefix) && isInPrefix(wanted, prefix),
  );
  const isFit = announce === 1 ? areInOne : announce !== 2;
  if (wanted !== 0 && isFit && ip.isLocal(wanted)) return wanted;
  const inNetwork = ipv4Addresses.find((prefix) => isInPrefix(target, prefix));
  return (inNetwork ?? ipv4Addresses[0])?.address ?? 0;
}

/** Whether a packet tells of its sender to everybody, unasked (Linux arp_is_garp()). */
export function isGratuitous(arp: Ipv4OverEthernet): boolean {
  const { operation, senderAddress, targetAddress, senderMac, targetMac } = arp;
  if (senderAddress !== targetAddress) return false;
  return operation !== ArpOperation.reply || targetMac === senderMac;
}

/** Whether a stranger is to be known for what it tells of itself (arp_accept). */
export function acceptsStranger(
  arp: Ipv4OverEthernet,
  by: NetworkInterface,
  { ip }: ArpWorld,
): boolean {
  const { ipv4Addresses } = by;
  const { accept } = by.settings.arp;
  const { senderAddress } = arp;
  if (accept === 0 || !isPossibleSender(senderAddress, by, ip)) return false;
  const tells = isGratuitous(arp) || arp.operation === ArpOperation.reply;
  return tells && (accept !== 2 || ipv4Addresses.some((net) => isInPrefix(senderAddress, net)));
}
