/**
 * What ICMPv6 messages say, as values: the errors and echoes of RFC 4443, Neighbor Discovery,
 * Multicast Listener Discovery. {@link icmpv6Fields} makes the same message of them again.
 */
import type { DecodeError } from './decode-error.ts';
import { type Icmpv6Fields, type Icmpv6Message, Icmpv6Type } from './icmpv6.ts';
import {
  isListenerType,
  listenerFields,
  type MulticastListenerMessage,
  readListenerMessage,
} from './multicast-listener.ts';
import {
  discoveryFields,
  type DiscoveryMessage,
  isDiscoveryType,
  readDiscovery,
} from './neighbor-discovery.ts';

/** Errors quote as much of the packet as fits into 1,280 octets (RFC 4443 §2.4 (c)). */
interface Icmpv6Error {
  readonly code: number;
  /** The beginning of the packet that caused the error, from its IPv6 header on. */
  readonly quote: Uint8Array;
}

/** The types that {@link Icmpv6Content} has values for, and others. */
export type Icmpv6Content =
  | (Icmpv6Error & {
      /** `code` is one of `Icmpv6UnreachableCode`. */
      readonly kind: 'destination-unreachable';
      /** 32 bits; the first eight are the length of RFC 4884 where extensions follow. */
      readonly unused?: number | undefined;
    })
  | (Icmpv6Error & { readonly kind: 'packet-too-big'; readonly mtu: number })
  | (Icmpv6Error & {
      /** `code` 0: the hop limit, 1: the time for reassembly. */
      readonly kind: 'time-exceeded';
      readonly unused?: number | undefined;
    })
  | (Icmpv6Error & {
      /** `code` is one of `ParameterProblemCode`. */
      readonly kind: 'parameter-problem';
      /** The octet at fault, from the quoted packet's first; it may lie behind the quote. */
      readonly pointer: number;
    })
  | {
      readonly kind: 'echo-request' | 'echo-reply';
      /** 0 when left out. */
      readonly code?: number | undefined;
      readonly identifier: number;
      readonly sequence: number;
      readonly data: Uint8Array;
    }
  | DiscoveryMessage
  | MulticastListenerMessage
  | ({ readonly kind: 'other' } & Icmpv6Fields);

/** What the message says, or why it does not say what its type announces. */
export function readIcmpv6(message: Icmpv6Message): Icmpv6Content | DecodeError {
  const { type, code, rest, payload } = message;
  if (isDiscoveryType(type)) return readDiscovery(message);
  if (isListenerType(type)) return readListenerMessage(message);
  switch (type) {
    case Icmpv6Type.destinationUnreachable:
      return { kind: 'destination-unreachable', code, unused: rest, quote: payload };
    case Icmpv6Type.packetTooBig:
      return { kind: 'packet-too-big', code, mtu: rest, quote: payload };
    case Icmpv6Type.timeExceeded:
      return { kind: 'time-exceeded', code, unused: rest, quote: payload };
    case Icmpv6Type.parameterProblem:
      return { kind: 'parameter-problem', code, pointer: rest, quote: payload };
    case Icmpv6Type.echoRequest:
    case Icmpv6Type.echoReply: {
      const kind = type === Icmpv6Type.echoRequest ? 'echo-request' : 'echo-reply';
      return { kind, code, identifier: rest >>> 16, sequence: rest & 0xffff, data: payload };
    }
    default:
      return { kind: 'other', type, code, rest, payload };
  }
}

/** The fields that say it, for `encodeIcmpv6` and frames; the checksum is left to be computed. */
export function icmpv6Fields(content: Icmpv6Content): Icmpv6Fields {
  const { code = 0 } = content;
  switch (content.kind) {
    case 'destination-unreachable': {
      const { unused: rest = 0, quote: payload } = content;
      return { type: Icmpv6Type.destinationUnreachable, code, rest, payload };
    }
    case 'packet-too-big':
      return { type: Icmpv6Type.packetTooBig, code, rest: content.mtu, payload: content.quote };
    case 'time-exceeded': {
      const { unused: rest = 0, quote: payload } = content;
      return { type: Icmpv6Type.timeExceeded, code, rest, payload };
    }
    case 'parameter-problem': {
      const { pointer: rest, quote: payload } = content;
      return { type: Icmpv6Type.parameterProblem, code, rest, payload };
    }
    case 'echo-request':
    case 'echo-reply': {
      const { kind, identifier, sequence, data: payload } = content;
      const type = kind === 'echo-request' ? Icmpv6Type.echoRequest : Icmpv6Type.echoReply;
      return { type, code, rest: identifier * 0x10000 + sequence, payload };
    }
    case 'listener-query':
    case 'listener-report':
    case 'listener-done':
    case 'listener-query-2':
    case 'listener-report-2':
      return listenerFields(content);
    case 'other': {
      const { type, rest, payload, checksum } = content;
      return { type, code, rest, payload, checksum };
    }
    default:
      return discoveryFields(content);
  }
}
