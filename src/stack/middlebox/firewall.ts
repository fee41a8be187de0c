/**
 * A firewall that knows connections: rules as data, in the words of iptables, and the first that
 * fits decides. Rules are for both families, unless they name addresses or ICMP of one. Who fits
 * none passes; so the last rule of most chains is `{ verdict: 'drop' }`. The cause of what is
 * stopped names the chain and the rule.
 */
import {
  DecodeError,
  decodeTcp,
  type IpPrefix,
  IpProtocol,
  Ipv4Packet,
  isInIpPrefix,
  parseIpPrefix,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Host } from '../host.ts';
import { ICMP_ERRORS } from '../icmp/icmp-error-rules.ts';
import { ICMPV6_ERRORS } from '../icmp/icmpv6-errors.ts';
import { answerWithReset } from '../tcp/segment-arrives/reset.ts';
import type { Instant } from '../time.ts';
import type { Middlebox } from './middlebox.ts';
import { HookPriority } from './packet-hooks.ts';
import type { PassingPacket, SeenPacket, TrackedState } from './passing-packet.ts';
import { readTuple } from './tuple.ts';

const STOPPED = cause('firewall', 'a rule of the firewall stops it', 'RFC 2979 §3');

/** What becomes of a packet; `reject` is answered by ICMP, `reset` by a RST where it is TCP. */
export type Verdict = 'accept' | 'drop' | 'reject' | 'reset';

/** Whatever a rule does not say fits every packet. */
export interface FirewallRule {
  /** What causes call it; its number otherwise. */
  readonly name?: string;
  /** The interfaces that the packet came by and goes by. */
  readonly in?: string;
  readonly out?: string;
  readonly protocol?: 'icmp' | 'icmpv6' | 'tcp' | 'udp';
  /** Prefixes: `192.168.1.0/24`, `2001:db8::/32`. */
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** What the packet is to the connections that are known. */
  readonly states?: readonly TrackedState[];
  readonly verdict: Verdict;
}

/** The rules for packets to this host, through it and from it. */
export interface FirewallChains {
  readonly input?: readonly FirewallRule[];
  readonly forward?: readonly FirewallRule[];
  readonly output?: readonly FirewallRule[];
}

/** A rule as it is asked. */
interface ReadRule extends Omit<FirewallRule, 'source' | 'destination'> {
  readonly source: IpPrefix | undefined;
  readonly destination: IpPrefix | undefined;
  readonly cause: Cause;
}

/** @throws RangeError for a prefix that is none */
export function firewall(chains: FirewallChains): Middlebox {
  const read = (['input', 'forward', 'output'] as const).map((name) => {
    const rules = chains[name] ?? [];
    return { name, rules: rules.map((rule, i) => readRule(rule, name, i + 1)) };
  });
  return {
    install(host): void {
      const { hooks } = host.tracker;
      for (const { name, rules } of read) {
        if (rules.length === 0) continue;
        hooks.add(name, HookPriority.filter, (passing, now) => judge(host, rules, passing, now));
      }
    },
  };
}

/** What inside begins may go on, and nothing else comes in: the firewall of most homes. */
export function insideOnly(inside: string): Middlebox {
  return firewall({
    forward: [
      { states: ['established', 'related'], verdict: 'accept' },
      { name: 'from-inside', in: inside, states: ['new'], verdict: 'accept' },
      { name: 'the-rest', verdict: 'drop' },
    ],
  });
}

function readRule(rule: FirewallRule, chain: string, number: number): ReadRule {
  const { source, destination, verdict, name = String(number) } = rule;
  const text = `rule ${name} of the ${chain} chain says ${verdict}`;
  return {
    ...rule,
    source: source === undefined ? undefined : parseIpPrefix(source),
    destination: destination === undefined ? undefined : parseIpPrefix(destination),
    cause: { ...STOPPED, text },
  };
}

function judge(
  host: Host,
  rules: readonly ReadRule[],
  passing: PassingPacket,
  now: Instant,
): Cause | undefined {
  const rule = rules.find((each) => fits(each, passing));
  if (rule === undefined || rule.verdict === 'accept') return undefined;
  if (rule.verdict === 'drop') return rule.cause;
  const { packet } = passing;
  if (rule.verdict === 'reset' && packet.protocol === IpProtocol.tcp) {
    const segment = decodeTcp(packet.bytes, packet.payloadAt, packet.end);
    if (!(segment instanceof DecodeError)) {
      answerWithReset(host.tcp, packet, segment, rule.cause, now);
    }
  } else if (packet instanceof Ipv4Packet) {
    host.icmp.sendError(packet, ICMP_ERRORS.noPort, 0, now);
  } else host.icmpv6.sendError(packet, ICMPV6_ERRORS.noPort, 0, now);
  return rule.cause;
}

function fits(rule: ReadRule, { packet, from, to, state }: PassingPacket): boolean {
  if (rule.in !== undefined && rule.in !== from?.name) return false;
  if (rule.out !== undefined && rule.out !== to?.name) return false;
  if (rule.states?.includes(state) === false) return false;
  if (rule.protocol !== undefined && IpProtocol[rule.protocol] !== packet.protocol) return false;
  if (rule.source !== undefined && !isInIpPrefix(packet.source, rule.source)) return false;
  const { destination } = rule;
  if (destination !== undefined && !isInIpPrefix(packet.destination, destination)) return false;
  return fitsPorts(rule, packet);
}

function fitsPorts({ sourcePort, destinationPort }: ReadRule, packet: SeenPacket): boolean {
  if (sourcePort === undefined && destinationPort === undefined) return true;
  const tuple = readTuple(packet.bytes, packet.start, packet.end);
  if (tuple === undefined) return false;
  if (sourcePort !== undefined && sourcePort !== tuple.sourcePort) return false;
  return destinationPort === undefined || destinationPort === tuple.destinationPort;
}
