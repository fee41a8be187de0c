/** ICMP errors in the words of `ping`. */
import {
  Icmpv4Type,
  Icmpv6Type,
  ParameterProblemCode,
  printIp,
  TimeExceededCode,
} from '../../wire/index.ts';
import { ICMP_VERSION_6, type IcmpMessage, type IcmpVersion } from './icmp-answers.ts';

/** The error as ping prints it. */
export function printIcmpError(version: IcmpVersion, message: IcmpMessage): string {
  return version === ICMP_VERSION_6 ? printIcmpv6Error(message) : printIcmpv4Error(message);
}

/** By the code of destination unreachable. */
const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set', // followed by the MTU
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];

const FRAGMENTATION_NEEDED = 4;

function printIcmpv4Error({ type, code, rest }: IcmpMessage): string {
  switch (type) {
    case Icmpv4Type.destinationUnreachable: {
      const text = UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`;
      return code === FRAGMENTATION_NEEDED ? `${text} (mtu = ${rest & 0xffff})` : text;
    }
    case Icmpv4Type.sourceQuench:
      return 'Source Quench';
    case Icmpv4Type.redirect:
      return `Redirect ${code === 0 ? 'Network' : 'Host'}(New nexthop: ${printIp(rest)})`;
    case Icmpv4Type.timeExceeded:
      if (code === TimeExceededCode.transit) return 'Time to live exceeded';
      if (code === TimeExceededCode.reassembly) return 'Frag reassembly time exceeded';
      return `Time exceeded, Bad Code: ${code}`;
    case Icmpv4Type.parameterProblem:
      return `Parameter problem: pointer = ${rest >>> 24}`;
    default:
      return `Bad ICMP type: ${type}`;
  }
}

/** By the code of destination unreachable of ICMPv6. */
const UNREACHABLE_6: readonly string[] = [
  'No route',
  'Administratively prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
];

const PARAMETER_PROBLEM_6: ReadonlyMap<number, string> = new Map([
  [ParameterProblemCode.header, 'Wrong header field'],
  [ParameterProblemCode.nextHeader, 'Unknown header'],
  [ParameterProblemCode.option, 'Unknown option'],
]);

function printIcmpv6Error({ type, code, rest }: IcmpMessage): string {
  switch (type) {
    case Icmpv6Type.destinationUnreachable:
      return `Destination unreachable: ${UNREACHABLE_6[code] ?? `Unknown code ${code}`}`;
    case Icmpv6Type.packetTooBig:
      return `Packet too big: mtu=${rest}${code === 0 ? '' : `, code=${code}`}`;
    case Icmpv6Type.timeExceeded:
      return `Time exceeded: ${['Hop limit', 'Defragmentation failure'][code] ?? `code ${code}`}`;
    case Icmpv6Type.parameterProblem:
      return `Parameter problem: ${PARAMETER_PROBLEM_6.get(code) ?? `code ${code}`} at ${rest}`;
    default:
      return `unknown icmp type: ${type}`;
  }
}
