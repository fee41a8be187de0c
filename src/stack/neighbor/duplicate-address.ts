/**
 * Duplicate address detection (RFC 4862 §5.4): before an address is used, the link is asked for it,
 * by a host that has none yet. Silence means that it is free. A solicitation of the same kind from
 * another host that asks for the same address, or an advertisement of its owner, means that it is
 * not. Each solicitation has a nonce, so that one's own that comes back says nothing (RFC 7527).
 */
import {
  concat,
  DISCOVERY_HOP_LIMIT,
  IPV6_ANY,
  type NeighborAdvertisement,
  type NeighborOption,
  type NeighborSolicitation,
  put16,
  put32,
  sameBytes,
  solicitedNode,
} from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { ipv6Of } from '../ip/ipv6.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { Ipv6Profile } from '../ip/ipv6-profile.ts';
import { type Instant, seconds } from '../time.ts';

const PROBE = cause('duplicate-probe', 'asks whether an address is free', 'RFC 4862 §5.4.2');

/** RetransTimer: how long an answer may take. */
const WAIT = seconds(1);
/** The option of RFC 3971 §5.3.2, as RFC 7527 §4.1 uses it. */
const NONCE_OPTION = 14;

/** What an address that is asked for is waiting for. */
interface Probing {
  readonly nonces: Uint8Array[];
  appointment: Appointment;
}

export class DuplicateAddressDetection {
  readonly #link: Ipv6Link;
  readonly #icmp: Icmpv6;
  readonly #agenda: Agenda;
  readonly #profile: () => Ipv6Profile;
  readonly #random: () => number;
  readonly #accepted: (address: InterfaceAddress, now: Instant) => void;
  readonly #probing = new Map<InterfaceAddress, Probing>();

  /** @param random gives whole numbers from 0 to 2³² − 1 */
  constructor(
    link: Ipv6Link,
    icmp: Icmpv6,
    agenda: Agenda,
    profile: () => Ipv6Profile,
    random: () => number,
    accepted: (address: InterfaceAddress, now: Instant) => void,
  ) {
    this.#link = link;
    this.#icmp = icmp;
    this.#agenda = agenda;
    this.#profile = profile;
    this.#random = random;
    this.#accepted = accepted;
  }

  /** Asks for a tentative address, after a while that differs between hosts (§5.4.2). */
  begin(address: InterfaceAddress, now: Instant): void {
    const { detectsDuplicates, duplicateProbes, solicitationDelay } = this.#profile();
    if (!detectsDuplicates) {
      this.#accepted(address, now);
      return;
    }
    const delay = Math.floor((this.#random() / 0x1_0000_0000) * solicitationDelay);
    const appointment = this.#agenda.add(now + delay, (at) =>
      this.#goOn(address, duplicateProbes, at),
    );
    this.#probing.set(address, { nonces: [], appointment });
  }

  /** Ends the asking for one address. */
  end(address: InterfaceAddress): void {
    this.#probing.get(address)?.appointment.cancel();
    this.#probing.delete(address);
  }

  /** Ends all asking. */
  stop(): void {
    for (const { appointment } of this.#probing.values()) appointment.cancel();
    this.#probing.clear();
  }

  #goOn(address: InterfaceAddress, left: number, now: Instant): void {
    const probing = this.#probing.get(address);
    if (probing === undefined) return;
    if (left === 0) {
      this.#probing.delete(address);
      this.#accepted(address, now);
      return;
    }
    const nonce = this.#nonce();
    probing.nonces.push(nonce);
    const target = ipv6Of(address.address);
    const message = {
      content: {
        kind: 'neighbor-solicitation',
        target,
        options: [{ kind: 'other', type: NONCE_OPTION, data: nonce }],
      },
      source: IPV6_ANY,
      destination: solicitedNode(target),
      hopLimit: DISCOVERY_HOP_LIMIT,
      cause: PROBE,
    } as const;
    this.#icmp.sendOnLink(this.#link, message, now);
    probing.appointment = this.#agenda.add(now + WAIT, (at) => this.#goOn(address, left - 1, at));
  }

  #nonce(): Uint8Array {
    const [first, last] = [new Uint8Array(4), new Uint8Array(2)];
    put32(first, 0, this.#random());
    put16(last, 0, this.#random() & 0xffff);
    return concat(first, last);
  }

  /**
   * Another host asks for the address, or says that it has it: the address is not used (§5.4.5).
   * Says why; nothing where the message was our own.
   */
  conflicted(
    address: InterfaceAddress,
    message: NeighborSolicitation | NeighborAdvertisement,
  ): Cause | undefined {
    const probing = this.#probing.get(address);
    if (probing === undefined) return CLAIMED;
    const nonce = nonceIn(message.options);
    if (nonce !== undefined && probing.nonces.some((own) => sameBytes(own, nonce)))
      return undefined;
    probing.appointment.cancel();
    this.#probing.delete(address);
    address.state = 'duplicate';
    return DUPLICATE;
  }
}

const DUPLICATE = cause(
  'duplicate-address',
  'another host has the address, so it is not used here',
  'RFC 4862 §5.4.5',
);
const CLAIMED = cause(
  'address-claimed',
  'another host claims an address in use here',
  'RFC 4862 §5.4.4',
);

function nonceIn(options: readonly NeighborOption[]): Uint8Array | undefined {
  for (const option of options) {
    if (option.kind === 'other' && option.type === NONCE_OPTION) return option.data;
  }
  return undefined;
}
