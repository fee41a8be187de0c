/**
 * Accurate ECN (RFC 9768): where ECE tells once a round trip that something was marked, AccECN
 * tells how much. The receiver counts; the three bits AE, CWR and ECE together are its count of
 * marked packets (ACE), modulo eight; an option has counts of octets for when that is not enough.
 *
 *     SYN   AE CWR ECE          the offer; in the SYN,ACK, how the SYN's own ECN field arrived
 *     then  ACE = 5 + packets received with CE, in every segment; and each is ECT
 *
 * Here is what a connection remembers, in both roles. The handshake is `opening.ts` and
 * `reflection.ts`, counting what arrives `accurate-receiver.ts`, reading what the peer counts
 * `accurate-sender.ts`, and the option `accurate-option.ts`. `docs/rfc9768.md` goes through what
 * the RFC asks.
 */
import type { Seq } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { EcnField } from './ecn-field.ts';

/** Both sides' count of marked packets begins here, so that cleared bits are noticed (§3.2.1). */
export const FIRST_COUNT = 5;
export const ACE_MASK = 7;
/** The three bits as they lie in the flags: AE is the highest. */
const ACE_SHIFT = 6;

/** AE, CWR and ECE as one number. */
export function aceOf(flags: number): number {
  return (flags >>> ACE_SHIFT) & ACE_MASK;
}

/** A number of three bits as AE, CWR and ECE. */
export function aceFlags(ace: number): number {
  return (ace & ACE_MASK) << ACE_SHIFT;
}

/** ACE of the handshake by the ECN field that it answers: Not-ECT, ECT(1), ECT(0), CE (table 2). */
const REFLECTED: readonly number[] = [0b010, 0b011, 0b100, 0b110];

export function reflectionOf(field: EcnField): number {
  return REFLECTED[field]!;
}

/** The ECN field that an ACE of the handshake reflects; nothing for one that reflects none. */
export function reflectedField(ace: number): EcnField | undefined {
  const field = REFLECTED.indexOf(ace);
  return field < 0 ? undefined : (field as EcnField);
}

/** Octets by the ECN field of the packet that they came in; those of Not-ECT are not counted. */
export type OctetsByField = Record<EcnField, number>;

/** What does not work on this path, by bits of `tcpi_accecn_fail_mode`. */
export const AccurateFailure = {
  /** We had to send a SYN,ACK without AccECN: whether the peer knows of it is not certain. */
  aceSent: 1,
  /** The peer sent ACE as no AccECN host does, or reflects an ECN field that we did not send. */
  aceReceived: 2,
  /** Acknowledgments with our option seem to be lost. */
  optionSent: 4,
  /** The peer's option was cleared on its way, or came too late to be of use. */
  optionReceived: 8,
} as const;

/** What has been seen of the peer's option, by the values of `tcpi_accecn_opt_seen`. */
export const OptionSeen = { not: 0, empty: 1, counters: 2, failed: 3 } as const;
export type OptionSeen = (typeof OptionSeen)[keyof typeof OptionSeen];

export class AccurateEcn {
  // The handshake.
  /** The ECN field of our SYN or SYN,ACK, and that of the peer's latest. */
  synField: EcnField = EcnField.notEct;
  peerSynField: EcnField = EcnField.notEct;
  /** The next bare ACK tells of that field, not of the count (§3.2.2.1). */
  owesReflection = false;
  /** A SYN,ACK with CE has been counted; a second one is not (§3.2.2.2). */
  isSynAckCounted = false;
  /** How many SYN,ACKs have been sent: only the first has the option (§3.2.3.2.2). */
  synAcks = 0;

  // As the receiver of data: what has arrived.
  /** Packets with CE, and those of them that no ACE has told of yet. */
  received = 0;
  unreported = 0;
  readonly octets: OctetsByField = { 0: 0, 1: 0, 2: 0, 3: 0 };
  /** The field of the last packet, and whether it changed since data was last acknowledged. */
  lastField: EcnField = EcnField.notEct;
  hasChanged = false;
  /** Segments that are to carry the option, and how many of its counters have changed. */
  demand = 1;
  changedCounters = 0;
  optionSentAt: Instant = Number.NEGATIVE_INFINITY;
  /** How many counters the segment has that is being written; −1 for no option. */
  plannedCounters = -1;
  /** Where the duplicate begins that the last segment told of beside the option. */
  duplicateTold: Seq | undefined = undefined;

  // As the sender of data: what the peer counts.
  readonly delivered: OctetsByField = { 0: 0, 1: 0, 2: 0, 3: 0 };
  /** How many packets were marked when the last option came that counts marked octets. */
  markedAtOption = 0;
  /** The average number of segments in an acknowledgment, in 64ths; 0 before the first. */
  averageDelivered = 0;
  /** The ACK of our SYN,ACK is still to come, where both have opened: its ACE is no count. */
  awaitsReflection = false;
  /** Of the segment that is being read: whether its ACE is a count, and its timestamp newer. */
  isAceCount = false;
  isLater = false;
  optionSeen: OptionSeen = OptionSeen.not;
  /** What the peer says of marks means nothing, and is not heeded (§3.2.2.1, note 1). */
  ignoresFeedback = false;

  /** Bits of {@link AccurateFailure}. */
  failures = 0;

  has(failure: number): boolean {
    return (this.failures & failure) !== 0;
  }

  /** ACE of a segment without SYN, which tells of all that has arrived (§3.2.2.2). */
  count(): number {
    this.unreported = 0;
    return this.received + FIRST_COUNT;
  }
}
