/**
 * A DHCP server (RFC 2131 §4.3): it lends the addresses of a pool, each client the one that it had
 * if that is free, and tells of routers and servers of names.
 */
import type { DatagramSocket, Process } from '../../sim/index.ts';
import { type Duration, type Instant, seconds, SocketError } from '../../stack/index.ts';
import {
  broadcastOf,
  DecodeError,
  IPV4_BROADCAST,
  type Ipv4Address,
  type Ipv4Prefix,
  isIpv6,
  maskIpv4,
  parseIpv4,
  printIpv4,
  printHex,
  utf8,
} from '../../wire/index.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeDhcp,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  dhcpMessage,
  type DhcpMessage,
  DhcpOption,
  DhcpType,
  encodeDhcp,
  hardwareAddressOf,
  octetOption,
  optionData,
  type OptionField,
  typeOf,
  wordsOption,
  word32,
} from './message.ts';

/** What a server lends and tells. */
export interface DhcpServerOptions {
  /** The first and the last address that it lends. */
  readonly pool: readonly [first: string, last: string];
  /** The interface that it serves; `eth0` by default. */
  readonly interface?: string;
  readonly routers?: readonly string[];
  readonly nameservers?: readonly string[];
  readonly domainName?: string;
  /** An hour by default, as dnsmasq's. */
  readonly leaseTime?: Duration;
}

/** An address that a client has, or was offered. */
interface Binding {
  /** Its client identifier, or its hardware address (RFC 2131 §4.2). */
  readonly client: string;
  readonly until: Instant;
}

const POOL_MAXIMUM = 65_536;
const LEASE_TIME = seconds(3600);
/** How long an address is kept for who was offered it. */
const OFFER_TIME = seconds(60);
/** How long an address rests that somebody else is using (DHCPDECLINE; dnsmasq's time). */
const DECLINED_TIME = seconds(600);
const NOBODY = 'nobody';

/** Serves for as long as its process lives: run it in a daemon. @throws SocketError, RangeError */
export async function serveDhcp(process: Process, options: DhcpServerOptions): Promise<void> {
  const name = options.interface ?? 'eth0';
  const own = process.addressesOf(name).find(({ address }) => !isIpv6(address));
  if (own === undefined || isIpv6(own.address)) throw new RangeError(`${name} has no address`);
  const socket = process.socket('datagram');
  socket.setsockopt('SO_BROADCAST', 1);
  socket.setsockopt('SO_BINDTODEVICE', name);
  socket.bind(DHCP_SERVER_PORT);
  const server = new DhcpServer({ address: own.address, length: own.length }, options);
  for (;;) {
    const { payload } = await socket.recv();
    const message = decodeDhcp(payload);
    if (message instanceof DecodeError || message.op !== BOOTREQUEST) continue;
    const reply = server.answer(message, process.now);
    if (reply !== undefined) send(socket, reply);
  }
}

/** RFC 2131 §4.1: to the relay, to the client's address, or to everybody. */
function send(socket: DatagramSocket, reply: DhcpMessage): void {
  const { giaddr, ciaddr } = reply;
  let to = { address: printIpv4(IPV4_BROADCAST), port: DHCP_CLIENT_PORT };
  if (giaddr !== 0) to = { address: printIpv4(giaddr), port: DHCP_SERVER_PORT };
  else if (ciaddr !== 0 && typeOf(reply) !== DhcpType.nak) to.address = printIpv4(ciaddr);
  try {
    socket.send(encodeDhcp(reply), to);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error; // there is no way back to the client
  }
}

class DhcpServer {
  readonly #own: Ipv4Prefix;
  readonly #first: Ipv4Address;
  readonly #last: Ipv4Address;
  readonly #leaseTime: Duration;
  readonly #parameters: readonly OptionField[];
  readonly #bindings = new Map<Ipv4Address, Binding>();

  constructor(own: Ipv4Prefix, options: DhcpServerOptions) {
    const [first, last] = options.pool.map(parseIpv4);
    if (first === undefined || last === undefined || last < first || last - first >= POOL_MAXIMUM) {
      throw new RangeError(`a pool is 1 to ${POOL_MAXIMUM} addresses: ${options.pool.join('–')}`);
    }
    this.#own = own;
    this.#first = first;
    this.#last = last;
    this.#leaseTime = options.leaseTime ?? LEASE_TIME;
    const parameters = [wordsOption(DhcpOption.subnetMask, maskIpv4(own.length) >>> 0)];
    const { routers = [], nameservers = [], domainName } = options;
    if (routers.length > 0) {
      parameters.push(wordsOption(DhcpOption.router, ...routers.map(parseIpv4)));
    }
    if (nameservers.length > 0) {
      parameters.push(wordsOption(DhcpOption.domainNameServer, ...nameservers.map(parseIpv4)));
    }
    if (domainName !== undefined) {
      parameters.push({ code: DhcpOption.domainName, data: utf8(domainName) });
    }
    parameters.push(wordsOption(DhcpOption.broadcastAddress, broadcastOf(own)));
    this.#parameters = parameters;
  }

  /** The reply to a client's message, if it has one. */
  answer(message: DhcpMessage, now: Instant): DhcpMessage | undefined {
    switch (typeOf(message)) {
      case DhcpType.discover:
        return this.#offer(message, now);
      case DhcpType.request:
        return this.#request(message, now);
      case DhcpType.release:
        this.#free(message.ciaddr, message);
        return undefined;
      case DhcpType.decline:
        this.#decline(message, now);
        return undefined;
      case DhcpType.inform:
        return this.#reply(message, DhcpType.ack, 0, []);
      default:
        return undefined;
    }
  }

  /** §4.3.1: what the client has, what it wants, or the first that is free. */
  #offer(message: DhcpMessage, now: Instant): DhcpMessage | undefined {
    const client = clientOf(message);
    const address =
      this.#addressOf(client) ?? this.#wanted(message, client, now) ?? this.#firstFree(client, now);
    if (address === undefined) return undefined; // none is left: another server may have one
    const known = this.#bindings.get(address);
    const until = Math.max(now + OFFER_TIME, known?.client === client ? known.until : 0);
    this.#bindings.set(address, { client, until });
    return this.#reply(message, DhcpType.offer, address, this.#times());
  }

  /** §4.3.2: the client takes an offer, is back after a restart, or wants to keep its address. */
  #request(message: DhcpMessage, now: Instant): DhcpMessage | undefined {
    const client = clientOf(message);
    const server = word32(message, DhcpOption.serverIdentifier);
    if (server !== undefined && server !== this.#own.address) {
      const offered = this.#addressOf(client); // another server's offer is taken
      if (offered !== undefined) this.#free(offered, message);
      return undefined;
    }
    const wanted = word32(message, DhcpOption.requestedAddress) ?? message.ciaddr;
    const address = this.#addressOf(client);
    const isOnLink = this.#isOnLink(wanted);
    if (address === undefined && isOnLink && server === undefined) return undefined;
    if (address !== wanted || !isOnLink) return this.#refuse(message);
    this.#bindings.set(address, { client, until: now + this.#leaseTime });
    return this.#reply(message, DhcpType.ack, address, this.#times());
  }

  #decline(message: DhcpMessage, now: Instant): void {
    const address = word32(message, DhcpOption.requestedAddress);
    if (address === undefined || this.#addressOf(clientOf(message)) !== address) return;
    this.#bindings.set(address, { client: NOBODY, until: now + DECLINED_TIME });
  }

  #free(address: Ipv4Address, message: DhcpMessage): void {
    if (this.#bindings.get(address)?.client === clientOf(message)) this.#bindings.delete(address);
  }

  #addressOf(client: string): Ipv4Address | undefined {
    for (const [address, binding] of this.#bindings) if (binding.client === client) return address;
    return undefined;
  }

  #wanted(message: DhcpMessage, client: string, now: Instant): Ipv4Address | undefined {
    const wanted = word32(message, DhcpOption.requestedAddress);
    return wanted !== undefined && this.#isFree(wanted, client, now) ? wanted : undefined;
  }

  #firstFree(client: string, now: Instant): Ipv4Address | undefined {
    for (let address = this.#first; address <= this.#last; address++) {
      if (this.#isFree(address, client, now)) return address;
    }
    return undefined;
  }

  #isFree(address: Ipv4Address, client: string, now: Instant): boolean {
    if (address < this.#first || address > this.#last || address === this.#own.address) {
      return false;
    }
    const binding = this.#bindings.get(address);
    return binding === undefined || binding.client === client || binding.until <= now;
  }

  #isOnLink(address: Ipv4Address): boolean {
    return ((address ^ this.#own.address) & maskIpv4(this.#own.length)) === 0;
  }

  #times(): OptionField[] {
    const lease = Math.floor(this.#leaseTime / seconds(1));
    return [
      wordsOption(DhcpOption.leaseTime, lease),
      wordsOption(DhcpOption.renewalTime, Math.floor(lease / 2)),
      wordsOption(DhcpOption.rebindingTime, Math.floor((lease * 7) / 8)),
    ];
  }

  #refuse(message: DhcpMessage): DhcpMessage | undefined {
    const text = { code: DhcpOption.message, data: utf8('wrong address') };
    return this.#build(message, DhcpType.nak, 0, [text]);
  }

  #reply(
    message: DhcpMessage,
    type: number,
    yiaddr: Ipv4Address,
    times: readonly OptionField[],
  ): DhcpMessage | undefined {
    return this.#build(message, type, yiaddr, [...times, ...this.#parameters]);
  }

  #build(
    message: DhcpMessage,
    type: number,
    yiaddr: Ipv4Address,
    options: readonly OptionField[],
  ): DhcpMessage | undefined {
    const mac = hardwareAddressOf(message);
    if (mac === undefined) return undefined;
    const isNak = type === DhcpType.nak;
    return dhcpMessage({
      op: BOOTREPLY,
      xid: message.xid,
      mac,
      // A relay must broadcast what refuses: the client has no address that it may use (§4.3.2).
      flags: isNak && message.giaddr !== 0 ? BROADCAST_FLAG : message.flags,
      ciaddr: isNak ? 0 : message.ciaddr,
      yiaddr,
      giaddr: message.giaddr,
      options: [
        octetOption(DhcpOption.messageType, type),
        wordsOption(DhcpOption.serverIdentifier, this.#own.address),
        ...options,
      ],
    });
  }
}

function clientOf(message: DhcpMessage): string {
  const identifier = optionData(message, DhcpOption.clientIdentifier);
  return printHex(identifier ?? message.chaddr.subarray(0, message.hlen));
}
