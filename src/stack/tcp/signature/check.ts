/**
 * Whether a segment is signed as it must be (RFC 2385 §2; Linux tcp_inbound_md5_hash()): by a peer
 * with a key, and by no other. What is not goes no further and is not answered.
 */
import {
  readTcpOptions,
  sameBytes,
  SIGNATURE_LENGTH,
  TCP_HEADER_LENGTH,
  tcpSignature,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Listener } from '../listen/listener.ts';
import type { Tcb } from '../tcb.ts';
import { keyFor } from './keys.ts';

const NOT_SIGNED = cause('not-signed', 'it has no signature, though there is a key', 'RFC 2385 §2');
const NO_KEY = cause('signature-unexpected', 'it is signed, and there is no key', 'RFC 2385 §2');
const WRONG = cause('signature-wrong', 'its signature is wrong', 'RFC 2385 §2');

/** What is wrong with the segment's signature; nothing when all is well. */
export function signatureProblem(
  key: Uint8Array | undefined,
  signature: Uint8Array,
  packet: IpPacket,
  seg: TcpSegment,
): Cause | undefined {
  if (key === undefined) return signature.length > 0 ? NO_KEY : undefined;
  if (signature.length === 0) return NOT_SIGNED;
  const { source, destination } = packet;
  const right = tcpSignature(seg.bytes, seg.start, seg.end, source, destination, key);
  return sameBytes(signature, right) ? undefined : WRONG;
}

/** The digest that the segment carries, or no octets. */
export function signatureOf(seg: TcpSegment): Uint8Array {
  return readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt).signature;
}

/** What is wrong with the signature of a segment for a listener. */
export function problemForListener(
  listener: Listener,
  packet: IpPacket,
  seg: TcpSegment,
): Cause | undefined {
  const key = keyFor(listener.optionsFor(packet.source).signatureKeys, packet.source);
  return signatureProblem(key, signatureOf(seg), packet, seg);
}

/** Octets that the signature takes of every segment's options. */
export function signatureLength({ signatureKey }: Tcb): number {
  return signatureKey === undefined ? 0 : SIGNATURE_LENGTH;
}
