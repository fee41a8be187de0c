/**
 * `md5 valid` (RFC 2385): an injected segment is signed with the secret of `--tcp_md5_secret`, and
 * a digest that the stack has sent is called valid where that secret makes it.
 */
import {
  DecodeError,
  IpProtocol,
  pseudoSum,
  put16,
  sameBytes,
  TCP_HEADER_LENGTH,
  TcpOptionKind,
  tcpSignature,
  writeTcpChecksum,
} from '../../wire/index.ts';
import type { PacketSpec, TcpOptionSpec } from '../syntax/script.ts';
import { decodeLivePacket, type LivePacket } from './live-to-script.ts';

/** Fills in the digest of a segment, an IP header before it, and the checksum that follows. */
export function signPacket(bytes: Uint8Array, secret: Uint8Array): void {
  const packet = decodeLivePacket(bytes);
  if (packet instanceof DecodeError || packet.transport.kind !== 'tcp') return;
  const { start, end, payloadAt } = packet.transport.segment;
  const { source, destination } = packet.ip;
  const at = digestAt(bytes, start + TCP_HEADER_LENGTH, payloadAt);
  if (at === undefined) return;
  bytes.set(tcpSignature(bytes, start, end, source, destination, secret), at);
  put16(bytes, start + 16, 0); // as if there were none yet
  const pseudo = pseudoSum(source, destination, IpProtocol.tcp, end - start);
  writeTcpChecksum(bytes, start, end, pseudo);
}

/** The packet as a script would write it, its digest as `valid` where the secret makes it. */
export function withVerdict(
  described: PacketSpec,
  packet: LivePacket,
  secret: Uint8Array,
): PacketSpec {
  const { transport } = described;
  if (transport.kind !== 'tcp' || transport.options === 'any') return described;
  if (!isSignatureValid(packet, secret)) return described;
  const options = transport.options.map((option): TcpOptionSpec =>
    option.kind === 'md5' ? { kind: 'md5', digest: 'valid' } : option,
  );
  return { ...described, transport: { ...transport, options } };
}

function isSignatureValid({ ip, transport }: LivePacket, secret: Uint8Array): boolean {
  if (transport.kind !== 'tcp') return false;
  const { bytes, start, end, payloadAt } = transport.segment;
  const at = digestAt(bytes, start + TCP_HEADER_LENGTH, payloadAt);
  if (at === undefined) return false;
  const right = tcpSignature(bytes, start, end, ip.source, ip.destination, secret);
  return sameBytes(bytes.subarray(at, at + right.length), right);
}

/** Where the digest stands among well-formed options. */
function digestAt(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  while (at < to) {
    const kind = bytes[at]!;
    if (kind === TcpOptionKind.signature) return at + 2;
    if (kind === TcpOptionKind.endOfList) return undefined;
    at += kind === TcpOptionKind.noOperation ? 1 : Math.max(2, bytes[at + 1] ?? 2);
  }
  return undefined;
}
