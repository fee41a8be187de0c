/**
 * Multicast Listener Discovery, version 2 (RFC 3810), of a host: it tells the link which groups it
 * listens to, so that routers and switches send their packets there. A change is reported twice,
 * the second time at random within a second; a router's query is answered within the time it gives.
 * When its link-local address is free at last, the host reports all groups again by it, as Linux
 * does (ipv6_mc_dad_complete()): reports from `::` may be ignored.
 */
import {
  decodeListenerDelay,
  encodeIpv6Options,
  GroupRecordType,
  IPV6_ALL_MLDV2_ROUTERS,
  IPV6_ALL_NODES,
  IPV6_ANY,
  type Ipv6Address,
  type MulticastListenerMessage,
  type OptionsExtension,
  RouterAlert,
} from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { type Cause, cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import { type Duration, type Instant, ms, seconds } from '../time.ts';

const CHANGED = cause('listener-report', 'tells which groups it listens to', 'RFC 3810 §6.1');
const ANSWER = cause('listener-answer', 'answers a question for listeners', 'RFC 3810 §6.2');

/** How often a change is reported: the robustness variable (RFC 3810 §9.1). */
const ROBUSTNESS = 2;
/** The longest wait before it is reported again (§9.11; mldv2_unsolicited_report_interval). */
const REPORT_INTERVAL = seconds(1);
/** Changes of one moment share a report: two ticks at HZ = 250 (Linux mld_ifc_event()). */
const GATHERING = ms(8);
/** A report goes no further than the link (§5). */
const HOP_LIMIT = 1;

/** What routers on the way look into. */
const ROUTER_ALERT: OptionsExtension = {
  kind: 'hop-by-hop',
  options: encodeIpv6Options([
    { kind: 'router-alert', value: RouterAlert.multicastListenerDiscovery },
  ]),
};

export class MulticastListener {
  readonly #link: Ipv6Link;
  readonly #icmp: Icmpv6;
  readonly #agenda: Agenda;
  readonly #random: () => number;
  /** How often the change of each group is yet to be reported. */
  readonly #changes = new Map<Ipv6Address, number>();
  #report: Appointment | undefined = undefined;
  #answer: Appointment | undefined = undefined;

  /** @param random gives whole numbers from 0 to 2³² − 1 */
  constructor(link: Ipv6Link, icmp: Icmpv6, agenda: Agenda, random: () => number) {
    this.#link = link;
    this.#icmp = icmp;
    this.#agenda = agenda;
    this.#random = random;
  }

  /** The interface listens to a group, or does no longer. */
  changed(group: Ipv6Address, now: Instant): void {
    this.#changes.set(group, ROBUSTNESS);
    this.#reportAfter(GATHERING, now);
  }

  /** Nothing more is reported. */
  stop(): void {
    this.#changes.clear();
    this.#report?.cancel();
    this.#answer?.cancel();
  }

  /** The interface has a link-local address to report by. */
  hasSource(now: Instant): void {
    for (const group of this.#link.groups.all) {
      if (group !== IPV6_ALL_NODES) this.#changes.set(group, ROBUSTNESS);
    }
    this.#report?.cancel();
    this.#reportChanges(now);
  }

  #reportAfter(delay: Duration, now: Instant): void {
    this.#report?.cancel();
    this.#report = this.#agenda.add(now + delay, (at) => this.#reportChanges(at));
  }

  #reportChanges(now: Instant): void {
    if (this.#changes.size === 0) return;
    const groups = [...this.#changes.keys()];
    for (const [group, left] of this.#changes) {
      if (left > 1) this.#changes.set(group, left - 1);
      else this.#changes.delete(group);
    }
    const { changeToExclude, changeToInclude } = GroupRecordType;
    this.#send(groups, [changeToExclude, changeToInclude], CHANGED, now);
    if (this.#changes.size > 0) this.#reportAfter(this.#within(REPORT_INTERVAL), now);
  }

  /** A router asks for listeners (§6.2); one question after another is answered once. */
  queried(message: MulticastListenerMessage, now: Instant): void {
    if (message.kind === 'listener-report-2') return;
    const isVersion2 = message.kind === 'listener-query-2';
    if (!isVersion2 && message.kind !== 'listener-query') return;
    if (this.#answer?.isPending === true) return;
    const { group } = message;
    const delay = isVersion2 ? decodeListenerDelay(message.maximumDelayCode) : message.maximumDelay;
    this.#answer = this.#agenda.add(now + this.#within(ms(delay)), (at) => {
      const groups = [...this.#link.groups.all].filter(
        (own) => own !== IPV6_ALL_NODES && (group === IPV6_ANY || own === group),
      );
      const { modeIsExclude, modeIsInclude } = GroupRecordType;
      if (groups.length > 0) this.#send(groups, [modeIsExclude, modeIsInclude], ANSWER, at);
    });
  }

  /**
   * Whom a host listens to of a group is everybody (EXCLUDE none), or nobody (INCLUDE none). The
   * group that was joined last comes first, as in Linux's list.
   */
  #send(
    groups: readonly Ipv6Address[],
    [everybody, nobody]: readonly [number, number],
    why: Cause,
    now: Instant,
  ): void {
    const records = groups.toReversed().map((group) => ({
      type: this.#link.groups.has(group) ? everybody : nobody,
      group,
      sources: [],
    }));
    const message = {
      content: { kind: 'listener-report-2', records },
      source: this.#link.linkLocal ?? IPV6_ANY,
      destination: IPV6_ALL_MLDV2_ROUTERS,
      hopLimit: HOP_LIMIT,
      extension: ROUTER_ALERT,
      cause: why,
    } as const;
    this.#icmp.sendOnLink(this.#link, message, now);
  }

  #within(most: Duration): Duration {
    return Math.floor((this.#random() / 0x1_0000_0000) * most);
  }
}
