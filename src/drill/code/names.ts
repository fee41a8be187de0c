/**
 * The names that a snippet finds defined: the fields of the socket's TCP_INFO, TCP_CC_INFO and
 * SO_MEMINFO at its moment, and the constants to compare them with.
 */
import type { OptionValue } from '../../stack/index.ts';
import { TCP_INFO_VALUE, TCP_STATE } from '../../stack/index.ts';
import type { SocketSnapshot } from '../run/live.ts';
import type { Value } from './tree.ts';

/**
 * The states' names in scripts for FreeBSD. They have Linux's numbers, as has the `tcpi_state` that
 * they are compared with.
 */
const FREEBSD_STATES: Readonly<Record<string, number>> = {
  TCPI_CLOSED: TCP_STATE.TCP_CLOSE,
  TCPI_LISTEN: TCP_STATE.TCP_LISTEN,
  TCPI_SYN_SENT: TCP_STATE.TCP_SYN_SENT,
  TCPI_SYN_RCVD: TCP_STATE.TCP_SYN_RECV,
  TCPI_SYN_RECEIVED: TCP_STATE.TCP_SYN_RECV,
  TCPI_ESTABLISHED: TCP_STATE.TCP_ESTABLISHED,
  TCPI_CLOSE_WAIT: TCP_STATE.TCP_CLOSE_WAIT,
  TCPI_FIN_WAIT_1: TCP_STATE.TCP_FIN_WAIT1,
  TCPI_FIN_WAIT_2: TCP_STATE.TCP_FIN_WAIT2,
  TCPI_CLOSING: TCP_STATE.TCP_CLOSING,
  TCPI_LAST_ACK: TCP_STATE.TCP_LAST_ACK,
  TCPI_TIME_WAIT: TCP_STATE.TCP_TIME_WAIT,
};

/** Names that mean the same in every snippet. */
export const CONSTANTS: ReadonlyMap<string, Value> = new Map(
  [TCP_STATE, TCP_INFO_VALUE, FREEBSD_STATES]
    .flatMap((table) => Object.entries(table))
    .map(([name, value]) => [name, BigInt(value)]),
);

/** What begins like this is a field that some stack reports. */
const FIELD = /^(?:tcpi_|tcpv_|bbr_|dctcp_|SK_MEMINFO_)/;

/** Why a name has no value. */
export function explainMissing(name: string): string {
  if (FIELD.test(name)) return `${name} is not reported by the stack under test`;
  return `${name} is not defined`;
}

/** The fields of a snapshot by their names. */
export function namesIn(snapshot: SocketSnapshot): Map<string, Value> {
  const names = new Map<string, Value>();
  for (const part of [snapshot.tcpInfo, snapshot.congestionControlInfo, snapshot.memoryInfo]) {
    for (const [name, value] of fieldsOf(part)) names.set(name, BigInt(value));
  }
  derive(names);
  return names;
}

function fieldsOf(value: OptionValue | undefined): readonly (readonly [string, number])[] {
  if (value === undefined || typeof value === 'number' || value instanceof Uint8Array) return [];
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  return fields.filter((field): field is [string, number] => Number.isInteger(field[1]));
}

/** Names that the original makes of others: BBR's bandwidth in one number, Vegas's round trips. */
function derive(names: Map<string, Value>): void {
  const [low, high] = [names.get('bbr_bw_lo'), names.get('bbr_bw_hi')];
  if (typeof low === 'bigint' && typeof high === 'bigint') {
    names.set('bbr_bw', (high << 32n) + low);
  }
  const [rtt, leastRtt] = [names.get('tcpv_rtt'), names.get('tcpv_minrtt')];
  if (rtt !== undefined) names.set('tcp_rtt', rtt);
  if (leastRtt !== undefined) names.set('tcp_minrtt', leastRtt);
}

/** What a value of a field is called, where it has a name: 3 of `tcpi_ca_state` is Recovery. */
export function meaningOf(name: string, value: Value): string | undefined {
  const prefix = PREFIXES.get(name);
  if (prefix === undefined || typeof value !== 'bigint') return undefined;
  const named = [...CONSTANTS].filter(([constant]) => prefix.test(constant));
  if (name !== 'tcpi_options') return named.find(([, number]) => number === value)?.[0];
  const flags = named.filter(([, bit]) => typeof bit === 'bigint' && (value & bit) !== 0n);
  return flags.length === 0 ? undefined : flags.map(([flag]) => flag).join('|');
}

const PREFIXES: ReadonlyMap<string, RegExp> = new Map([
  ['tcpi_state', /^TCP_(?!CA_|INFINITE)/],
  ['tcpi_ca_state', /^TCP_CA_/],
  ['tcpi_options', /^TCPI_OPT_/],
]);
