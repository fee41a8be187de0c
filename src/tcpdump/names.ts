/**
 * Names in place of numbers: of hosts, ports and the vendors of hardware addresses. There is no
 * name service behind them: a table of hosts and a table of services are all there is.
 */
import {
  type IpAddress,
  type Ipv4Address,
  IPV4_LOOPBACK,
  MAC_BROADCAST,
  printIpv4,
  printIpv6,
  printMac,
  readIpv6,
  u48,
} from '../wire/index.ts';
import type { PrintFlags } from './flags.ts';
import { VENDOR_NAMES } from './numbers.ts';
import { DEBIAN_SERVICES, type ServiceTable } from './services.ts';

/** Where names come from. Every table adds to what is built in, and wins over it. */
export interface NameSources {
  /** Names of addresses of both families; built in is `localhost`, of IPv4. */
  readonly hosts?: ReadonlyMap<IpAddress, string>;
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
    return name === undefined ? printIpv4(address) : this.#shown(name);
  }

  /** The address of 16 octets at `at`, in the form of RFC 5952. */
  ipv6(b: Uint8Array, at: number): string {
    const address = readIpv6(b, at);
    const name = this.#flags.numeric > 0 ? undefined : this.#sources.hosts?.get(address);
    return name === undefined ? printIpv6(address) : this.#shown(name);
  }

  #shown(name: string): string {
    return this.#flags.shortNames ? name.replace(/\..*/s, '') : name;
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
