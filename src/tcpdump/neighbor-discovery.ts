/**
 * Neighbor Discovery (RFC 4861) and the messages of mobile nodes that share its options (RFC 6275):
 * what is asked or told; with `-v` the rest and the options, a line each.
 */
import { Icmpv6Type } from '../wire/index.ts';
import { dissectName } from './dns-name.ts';
import { dumpUnknown } from './hex-dump.ts';
import type { Outcome } from './icmpv6.ts';
import { hex4, HEX_PAIRS, type PacketText } from './packet-text.ts';

const HOME_AGENT_REPLY = 145;
const MOBILE_PREFIX_ADVERTISEMENT = 147;

const MESSAGES: ReadonlySet<number> = new Set([
  Icmpv6Type.routerSolicitation,
  Icmpv6Type.routerAdvertisement,
  Icmpv6Type.neighborSolicitation,
  Icmpv6Type.neighborAdvertisement,
  Icmpv6Type.redirect,
  HOME_AGENT_REPLY,
  MOBILE_PREFIX_ADVERTISEMENT,
]);

/** Whether messages of the type are dissected here. */
export function isDiscovery(type: number): boolean {
  return MESSAGES.has(type);
}

/** A bit and its name. */
type Flag = readonly [bit: number, name: string];

const ROUTER_FLAGS: readonly Flag[] = [
  [0x80, 'managed'],
  [0x40, 'other stateful'],
  [0x20, 'home agent'],
  [0x02, 'ipv6 only'],
];

const NEIGHBOR_FLAGS: readonly Flag[] = [
  [0x80, 'router'],
  [0x40, 'solicited'],
  [0x20, 'override'],
];

const PREFIX_FLAGS: readonly Flag[] = [
  [0x80, 'onlink'],
  [0x40, 'auto'],
  [0x20, 'router'],
];

function flagNames(flags: readonly Flag[], octet: number): string {
  const names = flags.filter(([bit]) => (octet & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? 'none' : names.join(', ');
}

/** RFC 4191 §2.1. */
const PREFERENCES = ['medium', 'high', 'rsv', 'low'] as const;

function preference(octet: number): string {
  return PREFERENCES[(octet >>> 3) & 3]!;
}

function lifetime(seconds: number): string {
  return seconds === 0xffffffff ? 'infinity' : `${seconds}s`;
}

/** The rest of a message of `length` octets at `at`, whose type is told. */
export function dissectDiscovery(t: PacketText, at: number, length: number, type: number): Outcome {
  const isVerbose = t.flags.verbose > 0;
  if (isVerbose) t.text += `, length ${length}`;
  t.need(at + 1, 1);
  const options = (start: number): Outcome => {
    if (!isVerbose) return 'whole';
    // Of a jumbogram the length may be negative as tcpdump counts it, in 32 bits.
    return dissectOptions(t, at + start, (length - start) | 0) ? 'whole' : 'truncated';
  };
  switch (type) {
    case Icmpv6Type.routerSolicitation:
      return options(8);
    case Icmpv6Type.routerAdvertisement:
      if (isVerbose) {
        const flags = t.u8(at + 5);
        t.text +=
          `\n\thop limit ${t.u8(at + 4)}, Flags [${flagNames(ROUTER_FLAGS, flags)}]` +
          `, pref ${preference(flags)}, router lifetime ${t.u16(at + 6)}s` +
          `, reachable time ${t.u32(at + 8)}ms, retrans timer ${t.u32(at + 12)}ms`;
      }
      return options(16);
    case Icmpv6Type.neighborSolicitation:
      t.text += `, who has ${t.ipv6(at + 8)}`;
      return options(24);
    case Icmpv6Type.neighborAdvertisement:
      t.text += `, tgt is ${t.ipv6(at + 8)}`;
      if (isVerbose) t.text += `, Flags [${flagNames(NEIGHBOR_FLAGS, t.u32(at + 4) >>> 24)}]`;
      return options(24);
    case Icmpv6Type.redirect:
      t.text += `, ${t.ipv6(at + 24)}`;
      t.text += ` to ${t.ipv6(at + 8)}`;
      return options(40);
    case HOME_AGENT_REPLY:
      if (isVerbose) {
        t.text += `, id 0x${hex4(t.u16(at + 4))}`;
        for (let p = at + 8; p < at + length; p += 16) t.text += `, ${t.ipv6(p)}`;
      }
      return 'whole';
    default: // a mobile prefix advertisement
      if (isVerbose) {
        t.text += `, id 0x${hex4(t.u16(at + 4))}`;
        const flags = t.u16(at + 6) >>> 14;
        t.text += ['', ' O', ' M', ' MO'][flags]!;
      }
      return options(8);
  }
}

const OptionType = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  advertisementInterval: 7,
  homeAgentInformation: 8,
  routeInformation: 24,
  recursiveDnsServer: 25,
  dnsSearchList: 31,
} as const;

const OPTION_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [OptionType.sourceLinkLayerAddress, 'source link-address'],
  [OptionType.targetLinkLayerAddress, 'destination link-address'],
  [OptionType.prefixInformation, 'prefix info'],
  [OptionType.redirectedHeader, 'redirected header'],
  [OptionType.mtu, 'mtu'],
  [OptionType.recursiveDnsServer, 'rdnss'],
  [OptionType.dnsSearchList, 'dnssl'],
  [OptionType.advertisementInterval, 'advertisement interval'],
  [OptionType.homeAgentInformation, 'homeagent information'],
  [OptionType.routeInformation, 'route info'],
]);

/** The options in `room` octets at `start`; false when one is malformed. */
function dissectOptions(t: PacketText, start: number, room: number): boolean {
  let at = start;
  let left = room;
  while (at < t.end) {
    if (!t.has(at + 1, 1)) return false;
    if (left <= 0) return true;
    const type = t.u8(at);
    const units = t.u8(at + 1);
    const length = units * 8;
    if (units === 0 || at + length > t.end) return false;
    t.text += `\n\t  ${OPTION_NAMES.get(type) ?? 'unknown'} option (${type}), length ${length} (${units}): `;
    if (OPTION_NAMES.has(type)) {
      if (!dissectOption(t, at, type, units, start)) return false;
    } else if (t.flags.verbose <= 1) {
      dumpUnknown(t, at + 2, length - 2, '\n\t  ');
      return true;
    }
    if (t.flags.verbose > 1) dumpUnknown(t, at + 2, length - 2, '\n\t    ');
    at += length;
    left -= length;
  }
  return true;
}

/** The option of `units` times eight octets at `at`, of a list that begins at `start`. */
function dissectOption(
  t: PacketText,
  at: number,
  type: number,
  units: number,
  start: number,
): boolean {
  switch (type) {
    case OptionType.sourceLinkLayerAddress:
    case OptionType.targetLinkLayerAddress:
      for (let i = 2; i < units * 8; i++) {
        t.text += `${i === 2 ? '' : ':'}${HEX_PAIRS[t.u8(at + i)]}`;
      }
      return true;
    case OptionType.prefixInformation:
      t.text +=
        `${t.ipv6(at + 16)}/${t.u8(at + 2)}${units === 4 ? '' : 'badlen'}` +
        `, Flags [${flagNames(PREFIX_FLAGS, t.u8(at + 3))}], valid time ${lifetime(t.u32(at + 4))}`;
      t.text += `, pref. time ${lifetime(t.u32(at + 8))}`;
      return true;
    case OptionType.redirectedHeader: // the first octets of all options, not of this one
      dumpUnknown(t, start, units * 8, '\n\t    ');
      return true;
    case OptionType.mtu:
      t.text += ` ${t.u32(at + 4)}${units === 1 ? '' : 'bad option length'}`;
      return true;
    case OptionType.recursiveDnsServer:
      t.text += ` lifetime ${t.u32(at + 4)}s,`;
      for (let i = 0; i < (units - 1) >>> 1; i++) t.text += ` addr: ${t.ipv6(at + 8 + 16 * i)}`;
      return true;
    case OptionType.dnsSearchList:
      return dissectSearchList(t, at, units, start);
    case OptionType.advertisementInterval:
      t.text += ` ${t.u32(at + 4)}ms`;
      return true;
    case OptionType.homeAgentInformation:
      t.text += ` preference ${t.u16(at + 4)}, lifetime ${t.u16(at + 6)}`;
      return true;
    default:
      return dissectRoute(t, at, units);
  }
}

/** RFC 8106 §5.2: names one after the other, and zeros. */
function dissectSearchList(t: PacketText, at: number, units: number, start: number): boolean {
  t.text += ` lifetime ${t.u32(at + 4)}s, domain(s):`;
  let p = at + 8;
  while (p < at + units * 8 && t.u8(p) !== 0) {
    t.text += ' ';
    const next = dissectName(t, p, start);
    if (next === undefined) return false;
    p = next;
  }
  return true;
}

/** RFC 4191 §2.3: as many octets of the prefix as it needs. */
function dissectRoute(t: PacketText, at: number, units: number): boolean {
  if (!t.has(at + 4, 4) || units > 3) return false;
  const prefix = new Uint8Array(16);
  prefix.set(t.bytes.subarray(at + 8, at + units * 8));
  t.text +=
    ` ${t.names.ipv6(prefix, 0)}/${t.u8(at + 2)}, pref=${preference(t.u8(at + 3))}` +
    `, lifetime=${lifetime(t.u32(at + 4))}`;
  return true;
}
