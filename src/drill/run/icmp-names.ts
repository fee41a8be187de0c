/** The words that scripts have for types and codes of ICMP and ICMPv6 (tcpdump's, more or less). */
import type { IcmpSpec } from '../syntax/script.ts';

/** A type's number, and its codes from 0 on where they have names. */
interface NamedType {
  readonly name: string;
  readonly type: number;
  readonly codes: readonly string[];
}

/** Destination unreachable (RFC 792, RFC 1122, RFC 1812). */
const UNREACHABLE_CODES: readonly string[] = [
  'net_unreachable',
  'host_unreachable',
  'protocol_unreachable',
  'port_unreachable',
  'frag_needed',
  'source_route_failed',
  'net_unknown',
  'host_unknown',
  'source_host_isolated',
  'net_prohibited',
  'host_prohibited',
  'net_unreachable_for_tos',
  'host_unreachable_for_tos',
  'packet_filtered',
  'precedence_violation',
  'precedence_cutoff',
];

// prettier-ignore
const ICMP: readonly NamedType[] = [
  { name: 'echo_reply', type: 0, codes: [] },
  { name: 'unreachable', type: 3, codes: UNREACHABLE_CODES },
  { name: 'source_quench', type: 4, codes: [] },
  { name: 'redirect', type: 5, codes: [] },
  { name: 'echo_request', type: 8, codes: [] },
  { name: 'time_exceeded', type: 11, codes: [] },
  { name: 'parameter_problem', type: 12, codes: [] },
  { name: 'timestamp_request', type: 13, codes: [] },
  { name: 'timestamp_reply', type: 14, codes: [] },
  { name: 'information_request', type: 15, codes: [] },
  { name: 'information_reply', type: 16, codes: [] },
  { name: 'address_mask_request', type: 17, codes: [] },
  { name: 'address_mask_reply', type: 18, codes: [] },
];

/** RFC 4443 §3 and §4. */
// prettier-ignore
const ICMPV6: readonly NamedType[] = [
  { name: 'unreachable', type: 1,
    codes: ['no_route', 'admin_prohibited', 'not_neighbour', 'address_unreachable',
      'port_unreachable'] },
  { name: 'packet_too_big', type: 2, codes: [] },
  { name: 'time_exceeded', type: 3, codes: ['exceeded_hop_limit', 'exceeded_frag_time'] },
  { name: 'parameter_problem', type: 4,
    codes: ['header_field', 'unknown_next_header', 'unknown_option'] },
  { name: 'echo_request', type: 128, codes: [] },
  { name: 'echo_reply', type: 129, codes: [] },
];

/** A code of ICMPv6 that has a second name. */
const NET_UNREACHABLE = { name: 'net_unreachable', code: 0 };

function namedTypes(isVersion6: boolean): readonly NamedType[] {
  return isVersion6 ? ICMPV6 : ICMP;
}

/** Type and code as numbers, or nothing when one of them is unknown; no code is code 0. */
export function icmpNumbers(
  icmp: Pick<IcmpSpec, 'type' | 'code'>,
  isVersion6: boolean,
): { readonly type: number; readonly code: number } | undefined {
  const type = icmpType(icmp.type, isVersion6);
  const code = type === undefined ? undefined : icmpCode(type, icmp.code, isVersion6);
  return type === undefined || code === undefined ? undefined : { type, code };
}

/** A type's number: of a name, or of `type_N`. */
export function icmpType(name: string, isVersion6: boolean): number | undefined {
  const named = namedTypes(isVersion6).find((known) => known.name === name);
  return named?.type ?? numbered(name, 'type_');
}

/** A code's number: of a name that the type has, or of `code_N`. */
function icmpCode(type: number, name: string | undefined, isVersion6: boolean): number | undefined {
  if (name === undefined) return 0;
  const named = namedTypes(isVersion6).find((known) => known.type === type);
  const code = named?.codes.indexOf(name) ?? -1;
  if (code >= 0) return code;
  const isUnreachable = named?.name === 'unreachable';
  if (isUnreachable && name === NET_UNREACHABLE.name) return NET_UNREACHABLE.code;
  return numbered(name, 'code_');
}

export function icmpTypeName(type: number, isVersion6: boolean): string {
  return namedTypes(isVersion6).find((known) => known.type === type)?.name ?? `type_${type}`;
}

/** `undefined` for code 0 of a type that has no names for its codes. */
export function icmpCodeName(type: number, code: number, isVersion6: boolean): string | undefined {
  const codes = namedTypes(isVersion6).find((known) => known.type === type)?.codes ?? [];
  if (codes.length > 0) return codes[code] ?? `code_${code}`;
  return code === 0 ? undefined : `code_${code}`;
}

function numbered(name: string, prefix: string): number | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^\d{1,3}$/.test(digits) && Number(digits) <= 255 ? Number(digits) : undefined;
}
