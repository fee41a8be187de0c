/**
 * What a host makes of the extension headers of a packet for it (RFC 8200 §4): it looks into each
 * in its order, and ends where one says that the packet is not to be taken. Few packets have any.
 */
import {
  decodeIpv6Extensions,
  DecodeError,
  type FragmentExtension,
  fragmentOf,
  ipv6ExtensionLength,
  type Ipv6Extension,
  type Ipv6Option,
  type Ipv6Packet,
  listIpv6Options,
  type OptionsExtension,
  ParameterProblemCode,
  unknownOptionAction,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';

const MALFORMED = cause(
  'ipv6-extension-malformed',
  'an extension header that cannot be read',
  'RFC 8200 §4',
);
const UNKNOWN_OPTION = cause(
  'ipv6-unknown-option',
  'an option that must be known to be taken',
  'RFC 8200 §4.2',
);
const ROUTED = cause(
  'ipv6-routing-header',
  'a routing header with nodes left to visit',
  'RFC 8200 §4.4, RFC 5095 §3',
);

/** What the headers lead to. */
export interface HeadersRead {
  readonly protocol: number;
  readonly payloadAt: number;
  /** Where the protocol's number stands, for those who do not know it. */
  readonly protocolAt: number;
  /** The packet is a piece of another, and what follows a piece of its payload. */
  readonly fragment: FragmentExtension | undefined;
}

/** Why the packet is not taken, and what its sender is told of it, if anything. */
export interface HeaderFault {
  readonly why: Cause;
  /** The code of a parameter problem; nothing where none is sent. */
  readonly code: number | undefined;
  /** The octet at fault, from the packet's first. */
  readonly pointer: number;
  /** Whether a packet to many draws it too. */
  readonly evenToMany: boolean;
}

/** Reads the chain of headers behind `packet`'s own. */
export function readHeaders(packet: Ipv6Packet): HeadersRead | HeaderFault {
  const { bytes, start, payloadAt, end } = packet;
  const chain = decodeIpv6Extensions(bytes, start + 6, payloadAt, end);
  let at = payloadAt;
  for (const extension of chain.extensions) {
    const fault = faultOf(extension, at - start);
    if (fault !== undefined) return fault;
    at += ipv6ExtensionLength(extension);
  }
  const { error, protocol, protocolAt, extensions } = chain;
  if (error !== undefined) {
    // A number that must not stand there (§4.1) is told of; what is cut short says nothing.
    const isMisplaced = error.reason === 'bad-value';
    const code = isMisplaced ? ParameterProblemCode.nextHeader : undefined;
    return { why: MALFORMED, code, pointer: protocolAt - start, evenToMany: false };
  }
  return { protocol, protocolAt, payloadAt: chain.payloadAt, fragment: fragmentOf(extensions) };
}

/** @param at where the header begins, from the packet's first octet */
function faultOf(extension: Ipv6Extension, at: number): HeaderFault | undefined {
  switch (extension.kind) {
    case 'hop-by-hop':
    case 'destination-options':
      return faultOfOptions(extension, at + 2);
    case 'routing': {
      if (extension.segmentsLeft === 0) return undefined;
      const code = ParameterProblemCode.header;
      return { why: ROUTED, code, pointer: at + 2, evenToMany: false };
    }
    default:
      return undefined;
  }
}

function faultOfOptions({ options }: OptionsExtension, begin: number): HeaderFault | undefined {
  const list = listIpv6Options(options);
  if (list instanceof DecodeError) {
    return { why: MALFORMED, code: undefined, pointer: 0, evenToMany: false };
  }
  let pointer = begin;
  for (const option of list) {
    const action = option.kind === 'other' ? unknownOptionAction(option.code) : 'skip';
    if (action !== 'skip') {
      const code = action === 'discard' ? undefined : ParameterProblemCode.option;
      return { why: UNKNOWN_OPTION, code, pointer, evenToMany: action === 'report' };
    }
    pointer += lengthOf(option);
  }
  return undefined;
}

function lengthOf(option: Ipv6Option): number {
  switch (option.kind) {
    case 'pad1':
      return 1;
    case 'router-alert':
      return 4;
    default:
      return 2 + option.data.length;
  }
}
