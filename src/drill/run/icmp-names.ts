/** The words that scripts have for ICMP's types and codes (tcpdump's, more or less). */

const TYPES: ReadonlyMap<string, number> = new Map([
  ['echo_reply', 0],
  ['unreachable', 3],
  ['source_quench', 4],
  ['redirect', 5],
  ['echo_request', 8],
  ['time_exceeded', 11],
  ['parameter_problem', 12],
  ['timestamp_request', 13],
  ['timestamp_reply', 14],
  ['information_request', 15],
  ['information_reply', 16],
  ['address_mask_request', 17],
  ['address_mask_reply', 18],
]);

const DESTINATION_UNREACHABLE = 3;

/** Codes of destination unreachable, 0 to 15 in this order (RFC 792, RFC 1122, RFC 1812). */
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

/** A type's number: of a name, or of `type_N`. */
export function icmpType(name: string): number | undefined {
  return TYPES.get(name) ?? numbered(name, 'type_');
}

/** A code's number: of a name that the type has, or of `code_N`; 0 where none is written. */
export function icmpCode(type: number, name: string | undefined): number | undefined {
  if (name === undefined) return 0;
  const code = type === DESTINATION_UNREACHABLE ? UNREACHABLE_CODES.indexOf(name) : -1;
  return code >= 0 ? code : numbered(name, 'code_');
}

export function icmpTypeName(type: number): string {
  for (const [name, number] of TYPES) if (number === type) return name;
  return `type_${type}`;
}

/** `undefined` for code 0 of a type that has no names for its codes. */
export function icmpCodeName(type: number, code: number): string | undefined {
  if (type === DESTINATION_UNREACHABLE) return UNREACHABLE_CODES[code] ?? `code_${code}`;
  return code === 0 ? undefined : `code_${code}`;
}

function numbered(name: string, prefix: string): number | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^\d{1,3}$/.test(digits) && Number(digits) <= 255 ? Number(digits) : undefined;
}
