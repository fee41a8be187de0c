/**
 * What ICMP messages of IPv4 say, as values: the errors of RFC 792 with the MTU of RFC 1191, echo,
 * timestamp, information, router discovery (RFC 1256), address masks (RFC 950).
 * {@link icmpv4Fields} makes the same message of them again.
 */
import type { Ipv4Address } from './address.ts';
import { concat, put32, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type Icmpv4Fields, type Icmpv4Message, Icmpv4Type } from './icmpv4.ts';

/** Errors quote the packet's header and eight octets at least, as much as fits into 576 at best. */
interface Icmpv4Error {
  readonly code: number;
  /** The beginning of the packet that caused the error, from its IPv4 header on. */
  readonly quote: Uint8Array;
}

/** What pairs a question with its answer. */
interface Identified {
  /** 0 when left out. */
  readonly code?: number | undefined;
  readonly identifier: number;
  readonly sequence: number;
  /** Octets behind what the type has. */
  readonly data: Uint8Array;
}

/** A router, and how much hosts should prefer it: a signed number, by its 32 bits. */
export interface AdvertisedRouter {
  readonly address: Ipv4Address;
  readonly preference: number;
}

export type Icmpv4Content =
  | (Icmpv4Error & {
      /** `code` is one of `UnreachableCode`. */
      readonly kind: 'destination-unreachable';
      /** Of the next hop, where fragmentation is needed (RFC 1191 §4); 0 from old routers. */
      readonly mtu: number;
      /** 16 bits; the second eight are the length of RFC 4884. */
      readonly unused?: number | undefined;
    })
  | (Icmpv4Error & {
      readonly kind: 'source-quench' | 'time-exceeded';
      readonly unused?: number | undefined;
    })
  | (Icmpv4Error & { readonly kind: 'redirect'; readonly gateway: Ipv4Address })
  | (Icmpv4Error & {
      readonly kind: 'parameter-problem';
      /** The octet at fault in the quoted header. */
      readonly pointer: number;
      /** 24 bits; the first eight are the length of RFC 4884. */
      readonly unused?: number | undefined;
    })
  | (Identified & {
      readonly kind: 'echo-request' | 'echo-reply' | 'information-request' | 'information-reply';
    })
  | (Identified & {
      readonly kind: 'timestamp-request' | 'timestamp-reply';
      /** Milliseconds since midnight UTC: when it was sent, received and sent back. */
      readonly originate: number;
      readonly receive: number;
      readonly transmit: number;
    })
  | (Identified & {
      readonly kind: 'address-mask-request' | 'address-mask-reply';
      readonly mask: Ipv4Address;
    })
  | {
      readonly kind: 'router-advertisement';
      readonly code?: number | undefined;
      /** In seconds. */
      readonly lifetime: number;
      readonly routers: readonly AdvertisedRouter[];
      readonly data: Uint8Array;
    }
  | ({ readonly kind: 'other' } & Icmpv4Fields);

const IDENTIFIED = new Map<
  number,
  'echo-request' | 'echo-reply' | 'information-request' | 'information-reply'
>([
  [Icmpv4Type.echoRequest, 'echo-request'],
  [Icmpv4Type.echoReply, 'echo-reply'],
  [Icmpv4Type.informationRequest, 'information-request'],
  [Icmpv4Type.informationReply, 'information-reply'],
]);

const TYPES = {
  'source-quench': Icmpv4Type.sourceQuench,
  'time-exceeded': Icmpv4Type.timeExceeded,
  'echo-request': Icmpv4Type.echoRequest,
  'echo-reply': Icmpv4Type.echoReply,
  'information-request': Icmpv4Type.informationRequest,
  'information-reply': Icmpv4Type.informationReply,
  'timestamp-request': Icmpv4Type.timestampRequest,
  'timestamp-reply': Icmpv4Type.timestampReply,
  'address-mask-request': Icmpv4Type.addressMaskRequest,
  'address-mask-reply': Icmpv4Type.addressMaskReply,
} as const;

/** What the message says, or why it does not say what its type announces. */
export function readIcmpv4(message: Icmpv4Message): Icmpv4Content | DecodeError {
  const { type, code, rest, payload } = message;
  const identified = IDENTIFIED.get(type);
  const pair = { code, identifier: rest >>> 16, sequence: rest & 0xffff };
  if (identified !== undefined) return { kind: identified, ...pair, data: payload };
  switch (type) {
    case Icmpv4Type.destinationUnreachable: {
      const mtu = rest & 0xffff;
      return { kind: 'destination-unreachable', code, mtu, unused: rest >>> 16, quote: payload };
    }
    case Icmpv4Type.sourceQuench:
      return { kind: 'source-quench', code, unused: rest, quote: payload };
    case Icmpv4Type.timeExceeded:
      return { kind: 'time-exceeded', code, unused: rest, quote: payload };
    case Icmpv4Type.redirect:
      return { kind: 'redirect', code, gateway: rest, quote: payload };
    case Icmpv4Type.parameterProblem: {
      const unused = rest & 0xffffff;
      return { kind: 'parameter-problem', code, pointer: rest >>> 24, unused, quote: payload };
    }
    case Icmpv4Type.timestampRequest:
    case Icmpv4Type.timestampReply: {
      if (payload.length < 12) return truncated(message);
      const isRequest = type === Icmpv4Type.timestampRequest;
      return {
        kind: isRequest ? 'timestamp-request' : 'timestamp-reply',
        ...pair,
        originate: u32(payload, 0),
        receive: u32(payload, 4),
        transmit: u32(payload, 8),
        data: payload.subarray(12),
      };
    }
    case Icmpv4Type.addressMaskRequest:
    case Icmpv4Type.addressMaskReply: {
      if (payload.length < 4) return truncated(message);
      const isRequest = type === Icmpv4Type.addressMaskRequest;
      const kind = isRequest ? 'address-mask-request' : 'address-mask-reply';
      return { kind, ...pair, mask: u32(payload, 0), data: payload.subarray(4) };
    }
    case Icmpv4Type.routerAdvertisement:
      return readRouters(message);
    default:
      return { kind: 'other', type, code, rest, payload };
  }
}

function truncated(message: Icmpv4Message): DecodeError {
  return new DecodeError('icmpv4', 'truncated', message.end);
}

/** RFC 1256 §3: the number of addresses, the words of each, the lifetime. */
function readRouters(message: Icmpv4Message): Icmpv4Content | DecodeError {
  const { start, code, rest, payload } = message;
  const count = rest >>> 24;
  if (((rest >>> 16) & 0xff) !== 2) return new DecodeError('icmpv4', 'bad-value', start + 5);
  if (payload.length < 8 * count) return truncated(message);
  const routers = Array.from({ length: count }, (_, i) => {
    return { address: u32(payload, 8 * i), preference: u32(payload, 8 * i + 4) };
  });
  const data = payload.subarray(8 * count);
  return { kind: 'router-advertisement', code, lifetime: rest & 0xffff, routers, data };
}

/** The fields that say it, for `encodeIcmpv4` and frames; the checksum is left to be computed. */
export function icmpv4Fields(content: Icmpv4Content): Icmpv4Fields {
  const { code = 0 } = content;
  switch (content.kind) {
    case 'destination-unreachable': {
      const { unused = 0, mtu, quote: payload } = content;
      return {
        type: Icmpv4Type.destinationUnreachable,
        code,
        rest: unused * 0x10000 + mtu,
        payload,
      };
    }
    case 'source-quench':
    case 'time-exceeded': {
      const { kind, unused: rest = 0, quote: payload } = content;
      return { type: TYPES[kind], code, rest, payload };
    }
    case 'redirect':
      return { type: Icmpv4Type.redirect, code, rest: content.gateway, payload: content.quote };
    case 'parameter-problem': {
      const { pointer, unused = 0, quote: payload } = content;
      return {
        type: Icmpv4Type.parameterProblem,
        code,
        rest: pointer * 0x1000000 + unused,
        payload,
      };
    }
    case 'router-advertisement': {
      const { routers, lifetime, data } = content;
      const words = routers.flatMap(({ address, preference }) => [address, preference]);
      const rest = routers.length * 0x1000000 + 2 * 0x10000 + lifetime;
      return { type: Icmpv4Type.routerAdvertisement, code, rest, payload: before(words, data) };
    }
    case 'other': {
      const { type, rest, payload, checksum } = content;
      return { type, code, rest, payload, checksum };
    }
    default: {
      const { kind, identifier, sequence, data } = content;
      const payload = before(wordsOf(content), data);
      return { type: TYPES[kind], code, rest: identifier * 0x10000 + sequence, payload };
    }
  }
}

/** What a question or an answer has between its identifiers and its data. */
function wordsOf(content: Identified & Icmpv4Content): readonly number[] {
  if ('originate' in content) return [content.originate, content.receive, content.transmit];
  return 'mask' in content ? [content.mask] : [];
}

function before(words: readonly number[], data: Uint8Array): Uint8Array {
  const b = new Uint8Array(4 * words.length);
  for (const [i, word] of words.entries()) put32(b, 4 * i, word);
  return words.length === 0 ? data : concat(b, data);
}
