/** What routers and hosts say of a packet, in ICMP and in ICMPv6, by what it means. */
import type { Errno } from '../../src/stack/index.ts';
import {
  type FrameFields,
  Icmpv4Type,
  Icmpv6Type,
  Icmpv6UnreachableCode,
  UnreachableCode,
} from '../../src/wire/index.ts';
import type { Family } from './families.ts';
import { type Conversation, HOST_MAC, PEER_MAC } from './peer.ts';

export interface IcmpError {
  readonly type: number;
  readonly code: number;
  /** Octets 4–7: of one about the length, the MTU. */
  readonly rest?: number;
}

/** An error, and what a program hears of it. */
export interface ToldError extends IcmpError {
  readonly errno: Errno;
}

export interface IcmpErrors {
  readonly types: readonly number[];
  readonly hostUnreachable: ToldError;
  readonly networkUnreachable: ToldError;
  /** Nobody is there to hear: the port, and in ICMP the protocol. */
  readonly nobodyThere: readonly [port: ToldError, ...ToldError[]];
  tooLong(mtu: number): IcmpError;
  /** Whether waiting is no help (Linux icmp_err_convert[], icmpv6_err_convert()). */
  isHard(error: IcmpError): boolean;
}

const UNREACHABLE = Icmpv4Type.destinationUnreachable;
const UNREACHABLE_6 = Icmpv6Type.destinationUnreachable;

const ICMP: IcmpErrors = {
  types: [
    UNREACHABLE,
    Icmpv4Type.sourceQuench,
    Icmpv4Type.redirect,
    Icmpv4Type.timeExceeded,
    Icmpv4Type.parameterProblem,
  ],
  hostUnreachable: { type: UNREACHABLE, code: UnreachableCode.host, errno: 'EHOSTUNREACH' },
  networkUnreachable: { type: UNREACHABLE, code: UnreachableCode.net, errno: 'ENETUNREACH' },
  nobodyThere: [
    { type: UNREACHABLE, code: UnreachableCode.port, errno: 'ECONNREFUSED' },
    { type: UNREACHABLE, code: UnreachableCode.protocol, errno: 'ENOPROTOOPT' },
  ],
  tooLong: (rest) => ({
    type: UNREACHABLE,
    code: UnreachableCode.fragmentationNeeded,
    rest,
  }),
  isHard: ({ type, code }) => type === UNREACHABLE && ![0, 1, 4, 5, 11, 12].includes(code),
};

const ICMPV6: IcmpErrors = {
  types: [
    UNREACHABLE_6,
    Icmpv6Type.packetTooBig,
    Icmpv6Type.timeExceeded,
    Icmpv6Type.parameterProblem,
    77, // unknown to all
  ],
  hostUnreachable: {
    type: UNREACHABLE_6,
    code: Icmpv6UnreachableCode.address,
    errno: 'EHOSTUNREACH',
  },
  networkUnreachable: {
    type: UNREACHABLE_6,
    code: Icmpv6UnreachableCode.noRoute,
    errno: 'ENETUNREACH',
  },
  nobodyThere: [{ type: UNREACHABLE_6, code: Icmpv6UnreachableCode.port, errno: 'ECONNREFUSED' }],
  tooLong: (rest) => ({ type: Icmpv6Type.packetTooBig, code: 0, rest }),
  isHard: ({ type, code }) =>
    type === Icmpv6Type.parameterProblem || (type === UNREACHABLE_6 && ![0, 2, 3].includes(code)),
};

/** The errors that are heard of over a family. */
export function icmpErrorsOf({ isVersion6 }: Family): IcmpErrors {
  return isVersion6 ? ICMPV6 : ICMP;
}

/** The host hears of an error about a packet of its own, of which this much is quoted. */
export function hearError(
  { laboratory }: Conversation,
  { type, code, rest = 0 }: IcmpError,
  quote: Uint8Array,
): void {
  const { family, hostAddress, peerAddress } = laboratory;
  const message = { type, code, rest };
  const icmp: Pick<FrameFields, 'icmpv4' | 'icmpv6'> = family.isVersion6
    ? { icmpv6: message }
    : { icmpv4: message };
  laboratory.receive({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ...family.header(peerAddress, hostAddress),
    ...icmp,
    payload: quote,
  });
}
