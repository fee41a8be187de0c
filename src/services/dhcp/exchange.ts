/**
 * What a DHCP client says and hears (RFC 2131 §4.4): one transaction after the other over its
 * socket.
 */
import type { DatagramSocket, Process } from '../../sim/index.ts';
import { type Duration, type Instant, seconds, SocketError } from '../../stack/index.ts';
import {
  DecodeError,
  IPV4_BROADCAST,
  type Ipv4Address,
  printIpv4,
  put48,
  utf8,
} from '../../wire/index.ts';
import { type Lease, leaseOf } from './lease.ts';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_FLAG,
  decodeDhcp,
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
  wordsOption,
} from './message.ts';

/** How far a wait is off at most (§4.1). */
const WAIT_SPREAD = seconds(1);

const PARAMETERS: readonly number[] = [
  DhcpOption.subnetMask,
  DhcpOption.router,
  DhcpOption.domainNameServer,
  DhcpOption.hostName,
  DhcpOption.domainName,
  DhcpOption.broadcastAddress,
];

export class Exchange {
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

  /** What an ACK of this transaction lends. */
  leaseOf(message: DhcpMessage): Lease | undefined {
    return leaseOf(message, this.#began);
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
    const options = [
      wordsOption(DhcpOption.requestedAddress, address),
      wordsOption(DhcpOption.serverIdentifier, server),
    ];
    this.#tell(DhcpType.decline, 0, options, IPV4_BROADCAST);
  }

  /** The address is given back (§4.4.6): the server is told, and does not answer. */
  release({ address, server }: Lease): void {
    const options = [wordsOption(DhcpOption.serverIdentifier, server)];
    this.#tell(DhcpType.release, address, options, server);
  }

  #tell(type: number, ciaddr: Ipv4Address, options: readonly OptionField[], to: Ipv4Address): void {
    const message = dhcpMessage({
      op: BOOTREQUEST,
      xid: this.#process.random(),
      mac: this.#mac,
      ciaddr,
      options: [
        octetOption(DhcpOption.messageType, type),
        ...identification(this.#mac),
        ...options,
      ],
    });
    this.#transmit(message, to);
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
}

/** The client identifier: the kind of hardware address, and the address (RFC 2132 §9.14). */
function identification(mac: number): OptionField[] {
  const data = new Uint8Array(7);
  data[0] = 1;
  put48(data, 1, mac);
  return [{ code: DhcpOption.clientIdentifier, data }];
}
