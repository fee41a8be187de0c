/**
 * A DHCP client (RFC 2131 §4.4): it gets an address for an interface that has none, with routes and
 * servers of names, renews it at T1, asks any server at T2, and gives it up when it lapses.
 *
 *     INIT ── DISCOVER ──► SELECTING ── REQUEST ──► REQUESTING ── ACK ──► BOUND
 *       ▲                                               │ NAK      ▲        │ T1
 *       ├───────────────────────────────────────────────┘          │        ▼
 *       ├──────────────────── NAK, or the lease lapses ────────────┼─── RENEWING
 *       │ NAK                                                      │    REBINDING (T2)
 *       └─────────────── REBOOTING ◄── REQUEST ── INIT-REBOOT      │
 *                            └───── ACK, or nobody answers ────────┘
 *
 * An address is asked for on the link before it is used; one that another host has is declined, and
 * the client begins anew (§3.1, 5).
 *
 * Its options are those of BusyBox's udhcpc with `-a -B`: it reads answers by a socket of UDP,
 * which an address that is not yet the host's does not reach, so it asks for broadcasts (§4.1).
 */
import type { DatagramSocket, Process, SimulatedHost } from '../../sim/index.ts';
import { type Duration, type Instant, seconds, SocketError } from '../../stack/index.ts';
import {
  DecodeError,
  IPV4_BROADCAST,
  type Ipv4Address,
  printIpv4,
  put48,
  utf8,
} from '../../wire/index.ts';
import { StubResolver } from '../dns/resolver.ts';
import { isInUse } from './address-probe.ts';
import {
  addressList,
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
  type OptionField,
  typeOf,
  word32,
  wordsOption,
} from './message.ts';

export type DhcpState =
  | 'INIT'
  | 'SELECTING'
  | 'REQUESTING'
  | 'INIT-REBOOT'
  | 'REBOOTING'
  | 'BOUND'
  | 'RENEWING'
  | 'REBINDING'
  | 'RELEASED';

/** What a server lent. */
export interface Lease {
  readonly address: Ipv4Address;
  readonly prefixLength: number;
  readonly routers: readonly Ipv4Address[];
  readonly nameservers: readonly Ipv4Address[];
  readonly server: Ipv4Address;
  /** When to ask the server again (T1), when any (T2), and when it lapses. */
  readonly renewAt: Instant;
  readonly rebindAt: Instant;
  readonly endsAt: Instant;
}

/** §4.1: the first waits, doubled up to the last, each off by up to a second. */
const FIRST_WAIT = seconds(4);
const LAST_WAIT = seconds(64);
const WAIT_SPREAD = seconds(1);

/** How often an offer is asked for, before the client begins anew. */
const REQUESTS_MAXIMUM = 4;

/** After an address was declined (udhcpc's `-A`; RFC 2131 §3.1, 5: ten seconds at least). */
const DECLINED_WAIT = seconds(20);

/** §4.4.5: while renewing the client waits half of what is left, and no less than this. */
const RENEWAL_WAIT_LEAST = seconds(60);

/** A lease that never lapses (RFC 2131 §3.3). */
const INFINITE = 0xffff_ffff;

/** The longest time that is kept exactly: what is longer counts as this, 50 days. */
const LEASE_MAXIMUM = 50 * 86_400;

const PARAMETERS: readonly number[] = [
  DhcpOption.subnetMask,
  DhcpOption.router,
  DhcpOption.domainNameServer,
  DhcpOption.hostName,
  DhcpOption.domainName,
  DhcpOption.broadcastAddress,
];

export class DhcpClient {
  readonly #host: SimulatedHost;
  readonly #interface: string;
  #state: DhcpState = 'INIT';
  #lease: Lease | undefined = undefined;
  /** What it had before the host was started again. */
  #remembered: Lease | undefined;
  #waiters: { readonly process: Process; readonly resolve: () => void }[] = [];

  /**
   * @param interfaceName which must be there, and begins without an address
   * @param remembered a lease of before, which the client asks to have again
   */
  constructor(host: SimulatedHost, interfaceName = 'eth0', remembered?: Lease) {
    this.#host = host;
    this.#interface = interfaceName;
    this.#remembered = remembered;
    if (remembered !== undefined) this.#state = 'INIT-REBOOT';
  }

  get state(): DhcpState {
    return this.#state;
  }

  /** What the client has now. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Keeps the interface's address for as long as its process lives: run it in a daemon. */
  async run(process: Process): Promise<void> {
    const exchange = this.#open(process);
    const { stack } = this.#host.interface(this.#interface);
    while (this.#state !== 'RELEASED') {
      const lent = await this.#next(exchange);
      if (lent === undefined) continue;
      if (await isInUse(process, stack, lent.address)) {
        exchange.decline(lent);
        await process.sleep(DECLINED_WAIT);
        continue;
      }
      this.#configure(lent);
      await this.#keep(exchange, process);
      this.#deconfigure();
    }
  }

  /** The lease of before, once, and then a new one. */
  #next(exchange: Exchange): Promise<Lease | undefined> {
    const remembered = this.#remembered;
    this.#remembered = undefined;
    if (remembered !== undefined) return this.#reboot(exchange, remembered);
    this.#state = 'INIT';
    return this.#obtain(exchange);
  }

  /** §3.2: any server may say whether the lease holds; where none does, it holds for its time. */
  async #reboot(exchange: Exchange, before: Lease): Promise<Lease | undefined> {
    exchange.begin();
    this.#state = 'REBOOTING';
    const options = [wordsOption(DhcpOption.requestedAddress, before.address)];
    const answer = await this.#request(exchange, options);
    if (answer !== undefined) return exchange.leaseOf(answer);
    return exchange.now < before.endsAt ? before : undefined;
  }

  /** Asks again and again, ever more rarely, for what an offer or the past has promised. */
  async #request(
    exchange: Exchange,
    options: readonly OptionField[],
  ): Promise<DhcpMessage | undefined> {
    let wait = FIRST_WAIT;
    for (let requests = 0; requests < REQUESTS_MAXIMUM; requests++) {
      exchange.send(DhcpType.request, 0, options);
      const answer = await exchange.answer(VERDICTS, exchange.spread(wait));
      if (answer !== undefined) return answer;
      wait = Math.min(2 * wait, LAST_WAIT);
    }
    return undefined;
  }

  /** Waits until there is a lease. */
  async bound(process: Process): Promise<Lease> {
    while (this.#lease === undefined) {
      await process.wait('DHCP', (resolve) => this.#waiters.push({ process, resolve }));
    }
    return this.#lease;
  }

  /** Gives the address back (§4.4.6): the server is told, by a message that nobody answers. */
  release(process: Process): void {
    if (this.#lease === undefined) return;
    const { address, server } = this.#lease;
    const socket = process.socket('datagram');
    const message = dhcpMessage({
      op: BOOTREQUEST,
      xid: process.random(),
      mac: this.#host.interface(this.#interface).stack.mac,
      ciaddr: address,
      options: [
        octetOption(DhcpOption.messageType, DhcpType.release),
        wordsOption(DhcpOption.serverIdentifier, server),
        ...identification(this.#host.interface(this.#interface).stack.mac),
      ],
    });
    socket.send(encodeDhcp(message), { address: printIpv4(server), port: DHCP_SERVER_PORT });
    socket.close();
    this.#deconfigure();
    this.#state = 'RELEASED';
  }

  #open(process: Process): Exchange {
    const socket = process.socket('datagram');
    socket.setsockopt('SO_BROADCAST', 1);
    socket.setsockopt('SO_BINDTODEVICE', this.#interface);
    socket.bind(DHCP_CLIENT_PORT);
    return new Exchange(process, socket, this.#host.interface(this.#interface).stack.mac);
  }

  /** INIT, SELECTING, REQUESTING: the lease, or nothing when it was refused. */
  async #obtain(exchange: Exchange): Promise<Lease | undefined> {
    exchange.begin();
    this.#state = 'SELECTING';
    let offer: DhcpMessage | undefined;
    for (let wait = FIRST_WAIT; offer === undefined; wait = Math.min(2 * wait, LAST_WAIT)) {
      exchange.send(DhcpType.discover, 0, []);
      offer = await exchange.answer([DhcpType.offer], exchange.spread(wait));
    }
    this.#state = 'REQUESTING';
    const server = word32(offer, DhcpOption.serverIdentifier);
    if (server === undefined || offer.yiaddr === 0) return undefined;
    const options = [
      wordsOption(DhcpOption.requestedAddress, offer.yiaddr),
      wordsOption(DhcpOption.serverIdentifier, server),
    ];
    const answer = await this.#request(exchange, options);
    return answer && exchange.leaseOf(answer);
  }

  /** BOUND, RENEWING and REBINDING by turns, until the lease is lost or given back. */
  async #keep(exchange: Exchange, process: Process): Promise<void> {
    while (this.#lease !== undefined) {
      const lease: Lease = this.#lease;
      this.#state = 'BOUND';
      await process.sleepUntil(lease.renewAt);
      if (this.#lease !== lease) return; // given back meanwhile
      exchange.begin();
      this.#state = 'RENEWING';
      let answer = await this.#renew(exchange, lease, lease.server, lease.rebindAt);
      if (answer === undefined && this.#lease === lease) {
        this.#state = 'REBINDING';
        answer = await this.#renew(exchange, lease, IPV4_BROADCAST, lease.endsAt);
      }
      const renewed = answer && exchange.leaseOf(answer);
      if (renewed === undefined || this.#lease !== lease) return;
      if (renewed.address !== lease.address) return;
      this.#lease = renewed;
    }
  }

  /** §4.4.5: asks, and waits half of the time that is left, until there is an answer. */
  async #renew(
    exchange: Exchange,
    lease: Lease,
    to: Ipv4Address,
    until: Instant,
  ): Promise<DhcpMessage | undefined> {
    while (exchange.now < until) {
      const left = until - exchange.now;
      exchange.send(DhcpType.request, lease.address, [], to);
      const wait = Math.min(left, Math.max(Math.floor(left / 2), RENEWAL_WAIT_LEAST));
      const answer = await exchange.answer(VERDICTS, wait);
      if (answer !== undefined || this.#lease !== lease) return answer;
    }
    return undefined;
  }

  /** The interface gets the address, the host routes and a resolver. */
  #configure(lease: Lease): void {
    const { address, prefixLength, routers, nameservers } = lease;
    const { stack } = this.#host;
    stack.addAddress(this.#interface, { address, length: prefixLength });
    const [router] = routers;
    if (router !== undefined && stack.ip.routes.lookUp(router) !== undefined) {
      stack.addDefaultRoute(router);
    }
    if (nameservers.length > 0) {
      this.#host.resolver = new StubResolver({ nameservers: nameservers.map(printIpv4) });
    }
    this.#lease = lease;
    for (const { process, resolve } of this.#waiters.splice(0)) process.wake(resolve);
  }

  /** All of it goes again, routes with the address. */
  #deconfigure(): void {
    if (this.#lease === undefined) return;
    const { address, prefixLength } = this.#lease;
    this.#host.stack.removeAddress(this.#interface, { address, length: prefixLength });
    this.#host.resolver = undefined;
    this.#lease = undefined;
  }
}

/** Answers to a request. */
const VERDICTS: readonly number[] = [DhcpType.ack, DhcpType.nak];

/** One transaction after the other over the client's socket. */
class Exchange {
  readonly #process: Process;
  readonly #socket: DatagramSocket;
  readonly #mac: number;
  #xid = 0;
  #began: Instant = 0;

  constructor(process: Process, socket: DatagramSocket, mac: number) {
    this.#process = process;
    this.#socket = socket;
    this.#mac = mac;
  }

  get now(): Instant {
    return this.#process.now;
  }

  /** The next transaction has an identification of its own. */
  begin(): void {
    this.#xid = this.#process.random();
    this.#began = this.#process.now;
  }

  /** A wait off by up to a second either way, so that clients do not keep step (§4.1). */
  spread(wait: Duration): Duration {
    return wait - WAIT_SPREAD + (this.#process.random() % (2 * WAIT_SPREAD));
  }

  /** Sends a message; one that cannot be sent is lost, as others are. */
  send(
    type: number,
    ciaddr: Ipv4Address,
    options: readonly OptionField[],
    to: Ipv4Address = IPV4_BROADCAST,
  ): void {
    const waited = Math.floor((this.#process.now - this.#began) / seconds(1));
    const message = dhcpMessage({
      op: BOOTREQUEST,
      xid: this.#xid,
      mac: this.#mac,
      secs: Math.min(waited, 0xffff),
      flags: ciaddr === 0 ? BROADCAST_FLAG : 0,
      ciaddr,
      options: [
        octetOption(DhcpOption.messageType, type),
        ...identification(this.#mac),
        ...options,
        { code: DhcpOption.maximumMessageSize, data: Uint8Array.of(0x02, 0x40) }, // 576
        octetOption(DhcpOption.parameterRequestList, ...PARAMETERS),
        { code: DhcpOption.vendorClass, data: utf8('udhcp 1.35.0') },
      ],
    });
    this.#transmit(message, to);
  }

  /** The address is another host's (§4.4.4): the server is told, and does not answer. */
  decline({ address, server }: Lease): void {
    const message = dhcpMessage({
      op: BOOTREQUEST,
      xid: this.#process.random(),
      mac: this.#mac,
      options: [
        octetOption(DhcpOption.messageType, DhcpType.decline),
        ...identification(this.#mac),
        wordsOption(DhcpOption.requestedAddress, address),
        wordsOption(DhcpOption.serverIdentifier, server),
      ],
    });
    this.#transmit(message, IPV4_BROADCAST);
  }

  #transmit(message: DhcpMessage, to: Ipv4Address): void {
    try {
      this.#socket.send(encodeDhcp(message), { address: printIpv4(to), port: DHCP_SERVER_PORT });
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
    }
  }

  /** The first answer of one of these types; nothing when there is none in time. */
  async answer(types: readonly number[], wait: Duration): Promise<DhcpMessage | undefined> {
    const over = this.#process.now + wait;
    for (;;) {
      try {
        const { payload } = await this.#socket.recv(Math.max(0, over - this.#process.now));
        const message = decodeDhcp(payload);
        if (!(message instanceof DecodeError) && this.#isOurs(message)) {
          if (types.includes(typeOf(message) ?? 0)) return message;
        }
      } catch (error) {
        if (!(error instanceof SocketError)) throw error;
        if (error.code === 'EAGAIN') return undefined; // others tell of what was sent before
        if (error.code === 'EBADF') throw error;
      }
    }
  }

  #isOurs(message: DhcpMessage): boolean {
    const isReply = message.op === BOOTREPLY && message.xid === this.#xid;
    return isReply && hardwareAddressOf(message) === this.#mac;
  }

  /** What an ACK lends; nothing for a NAK, or for one that does not say enough. */
  leaseOf(message: DhcpMessage): Lease | undefined {
    const length = prefixLengthOf(word32(message, DhcpOption.subnetMask));
    const server = word32(message, DhcpOption.serverIdentifier);
    const lease = word32(message, DhcpOption.leaseTime) ?? 0;
    const isAck = typeOf(message) === DhcpType.ack && message.yiaddr !== 0;
    if (!isAck || length === undefined || server === undefined || lease === 0) return undefined;
    const time = lease === INFINITE ? LEASE_MAXIMUM : Math.min(lease, LEASE_MAXIMUM);
    // §4.4.5: T1 and T2 unless the server says otherwise, in order and before the end.
    const second = Math.min(word32(message, DhcpOption.rebindingTime) ?? (time * 7) / 8, time);
    const first = Math.min(word32(message, DhcpOption.renewalTime) ?? time / 2, second);
    return {
      address: message.yiaddr,
      prefixLength: length,
      routers: addressList(message, DhcpOption.router),
      nameservers: addressList(message, DhcpOption.domainNameServer),
      server,
      renewAt: this.#began + seconds(first),
      rebindAt: this.#began + seconds(second),
      endsAt: this.#began + seconds(time),
    };
  }
}

/** The client identifier: the kind of hardware address, and the address (RFC 2132 §9.14). */
function identification(mac: number): OptionField[] {
  const data = new Uint8Array(7);
  data[0] = 1;
  put48(data, 1, mac);
  return [{ code: DhcpOption.clientIdentifier, data }];
}

/** How many ones a mask begins with; nothing for a mask with holes, or none. */
function prefixLengthOf(mask: number | undefined): number | undefined {
  if (mask === undefined || mask === 0) return undefined;
  const length = Math.clz32(~mask);
  return length === 32 || mask << length === 0 ? length : undefined;
}
