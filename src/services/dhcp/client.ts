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
import { type Instant, seconds } from '../../stack/index.ts';
import { IPV4_BROADCAST, type Ipv4Address, printIpv4 } from '../../wire/index.ts';
import { StubResolver } from '../dns/resolver.ts';
import { isInUse } from './address-probe.ts';
import { Exchange } from './exchange.ts';
import type { Lease } from './lease.ts';
import {
  DHCP_CLIENT_PORT,
  type DhcpMessage,
  DhcpOption,
  DhcpType,
  type OptionField,
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

/** §4.1: the first waits, doubled up to the last, each off by up to a second. */
const FIRST_WAIT = seconds(4);
const LAST_WAIT = seconds(64);

/** How often an offer is asked for, before the client begins anew. */
const REQUESTS_MAXIMUM = 4;

/** After an address was declined (udhcpc's `-A`; RFC 2131 §3.1, 5: ten seconds at least). */
const DECLINED_WAIT = seconds(20);

/** §4.4.5: while renewing the client waits half of what is left, and no less than this. */
const RENEWAL_WAIT_LEAST = seconds(60);

/** Answers to a request. */
const VERDICTS: readonly number[] = [DhcpType.ack, DhcpType.nak];

/** A DHCP client for one interface of a host: {@link DhcpClient.run} is its program. */
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
    const socket = process.socket('datagram');
    this.#exchange(process, socket).release(this.#lease);
    socket.close();
    this.#deconfigure();
    this.#state = 'RELEASED';
  }

  #open(process: Process): Exchange {
    const socket = process.socket('datagram');
    socket.setsockopt('SO_BROADCAST', 1);
    socket.setsockopt('SO_BINDTODEVICE', this.#interface);
    socket.bind(DHCP_CLIENT_PORT);
    return this.#exchange(process, socket);
  }

  #exchange(process: Process, socket: DatagramSocket): Exchange {
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
