/**
 * Names in place of numbers: of hosts, ports and the vendors of hardware addresses. There is no
 * name service behind them: a table of hosts and a table of services are all there is.
 */
import {
  type Ipv4Address,
  IPV4_LOOPBACK,
  MAC_BROADCAST,
  printIpv4,
  printMac,
  u16,
  u48,
} from '../wire/index.ts';
import type { PrintFlags } from './flags.ts';
import { VENDOR_NAMES } from './numbers.ts';
import { DEBIAN_SERVICES, type ServiceTable } from './services.ts';

/** Where names come from. Every table adds to what is built in, and wins over it. */
export interface NameSources {
  /** Names of IPv4 addresses; built in is `localhost`. */
  readonly hosts?: ReadonlyMap<Ipv4Address, string>;
  /** Names of ports; built in are those of Debian. */
  readonly services?: ServiceTable;
  /** Names of interfaces by index, for Linux cooked captures of version 2; built in is 1, `lo`. */
  readonly interfaces?: ReadonlyMap<number, string>;
}

const LOCALHOST: ReadonlyMap<Ipv4Address, string> = new Map([[IPV4_LOOPBACK, 'localhost']]);
const LINUX_LOOPBACK: ReadonlyMap<number, string> = new Map([[1, 'lo']]);

/** The names that one printer uses. */
export class Names {
  readonly #flags: PrintFlags;
  readonly #sources: NameSources;

  constructor(flags: PrintFlags, sources: NameSources = {}) {
    this.#flags = flags;
    this.#sources = sources;
  }

  ipv4(address: Ipv4Address): string {
    if (this.#flags.numeric > 0) return printIpv4(address);
    const name = this.#sources.hosts?.get(address) ?? LOCALHOST.get(address);
    if (name === undefined) return printIpv4(address);
    return this.#flags.shortNames ? name.replace(/\..*/s, '') : name;
  }

  /** The address of 16 octets at `at`, in the form of RFC 5952. */
  ipv6(b: Uint8Array, at: number): string {
    return printIpv6(b, at);
  }

  tcpPort(port: number): string {
    if (this.#flags.numeric > 0) return String(port);
    return this.#sources.services?.tcp?.get(port) ?? DEBIAN_SERVICES.tcp.get(port) ?? String(port);
  }

  udpPort(port: number): string {
    if (this.#flags.numeric > 0) return String(port);
    return this.#sources.services?.udp?.get(port) ?? DEBIAN_SERVICES.udp.get(port) ?? String(port);
  }

  mac(b: Uint8Array, at: number): string {
    const address = u48(b, at);
    if (this.#flags.numeric > 0) return printMac(address);
    if (address === MAC_BROADCAST) return 'Broadcast';
    const vendor = VENDOR_NAMES.get(Math.floor(address / 0x1000000)) ?? 'Unknown';
    return `${printMac(address)} (oui ${vendor})`;
  }

  interface(index: number): string {
    return this.#sources.interfaces?.get(index) ?? LINUX_LOOPBACK.get(index) ?? '?';
  }
}

/** RFC 5952: the longest run of two or more zero groups becomes `::`; IPv4 in IPv6 ends dotted. */
export function printIpv6(b: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => u16(b, at + 2 * i));
  let runAt = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > runLength) {
      runAt = i;
      runLength = j - i;
    }
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runAt) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (i !== 0 && i !== runAt + runLength) text += ':';
    const endsDotted = i === 6 && runAt === 0;
    const mapped = runLength === 6 || (runLength === 5 && groups[5] === 0xffff);
    if (endsDotted && mapped) {
      return `${text}${groups[6]! >>> 8}.${groups[6]! & 255}.${groups[7]! >>> 8}.${groups[7]! & 255}`;
    }
    text += groups[i]!.toString(16);
  }
  return text;
}
